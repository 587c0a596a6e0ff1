"""Listening for a durable handler: a `Pull` for each stream that keeps some of its pattern, or a `Queued`.

A pattern may span streams, and streams come and go: they are looked for after every connection and now and then
besides. On a server without JetStream a `Queued` takes their place, and is dropped again when JetStream appears.
"""

import asyncio

import structlog

from trunkline.attempts import Attempts
from trunkline.backoff import Backoff
from trunkline.cancellation import end
from trunkline.connection import Connection
from trunkline.errors import NotConnected
from trunkline.jetstream import ApiError, ApiSilent, JetStreamState, streams_covering
from trunkline.pull import Pull
from trunkline.queued import Queued
from trunkline.surroundings import Generation

log = structlog.get_logger(__name__)

_GLANCE = 0.5
_LOOK_AGAIN = 30.0  # seconds between two searches for streams that keep the pattern
_API_TIMEOUT = 2.0


class Listening:
    """Feeds the events of `pattern` to `attempts`, from `start` to `stop`."""

    def __init__(
        self, connection: Connection, pattern: str, attempts: Attempts, *, concurrency: int, ack_wait: float
    ) -> None:
        self._connection = connection
        self._pattern = pattern
        self._attempts = attempts
        self._concurrency = concurrency
        self._ack_wait = ack_wait
        self._pulls: dict[str, Pull] = {}
        self._queued: Queued | None = None
        self._lost = 0
        self._said = False
        self._task: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Events that found no room, on a server that keeps none."""
        return self._lost + (self._queued.dropped if self._queued is not None else 0)

    @property
    def error(self) -> str | None:
        """Why nothing comes, or not all, now; None when it listens."""
        if not self._connection.is_connected:
            return "not connected"
        if self._queued is not None:
            return None
        if not self._pulls:
            return "no stream that keeps its subjects was found"
        return next((pull.error for pull in self._pulls.values() if pull.error is not None), None)

    @property
    def is_unkept(self) -> bool:
        """Whether the server keeps nothing, and what comes now may come only once."""
        return self._queued is not None

    async def start(self) -> None:
        """Begin to take events, now or as soon as there is a connection."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name=f"trunkline durable {self._attempts.name}")

    async def stop(self, limit: float) -> None:
        """Take no more, and finish what is running within `limit` seconds."""
        await end(self._task)
        self._task = None
        pulls, self._pulls = list(self._pulls.values()), {}
        await asyncio.gather(*(pull.stop(limit) for pull in pulls), self._drop_queue(limit))

    async def _follow(self) -> None:
        """Keep what we listen with in step with what the server has."""
        pause = Backoff(0.5, 10.0)
        seen: tuple[Generation, JetStreamState] | None = None
        again = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                state = await self._connection.jetstream()
                now = (self._connection.generation, state)
                if self._connection.is_connected and (now != seen or loop.time() >= again):
                    complete = await self._match(state)
                    again = loop.time() + (_LOOK_AGAIN if complete else pause.next())
                    if complete:
                        pause.reset()
                    seen = now
            except (ApiError, ApiSilent, NotConnected) as error:
                log.debug("looking for streams failed", handler=self._attempts.name, error=str(error))
                seen, again = None, 0.0
                await asyncio.sleep(pause.next())
            except Exception:
                log.exception("durable handler cannot follow the server", handler=self._attempts.name)
                seen = None
                await asyncio.sleep(pause.next())
            await asyncio.sleep(_GLANCE)

    async def _match(self, state: JetStreamState) -> bool:
        """Listen as `state` demands; True when nothing is left to be found soon."""
        if state is JetStreamState.UNKNOWN:
            return False
        if state is JetStreamState.NO:
            await self._listen_unkept()
            return True
        await self._drop_queue(self._connection.settings.drain_timeout)
        for stream in await streams_covering(self._connection.nc, self._pattern, timeout=_API_TIMEOUT):
            if stream not in self._pulls:
                pull = Pull(
                    self._connection,
                    stream,
                    self._pattern,
                    self._attempts,
                    concurrency=self._concurrency,
                    ack_wait=self._ack_wait,
                )
                await pull.start()
                self._pulls[stream] = pull
        return bool(self._pulls)

    async def _listen_unkept(self) -> None:
        if self._queued is not None:
            return
        if not self._said:
            self._said = True
            log.warning("durable handler gets unkept events only: no JetStream", handler=self._attempts.name)
        queued = Queued(self._connection, self._pattern, self._attempts, concurrency=self._concurrency)
        await queued.start()
        self._queued = queued

    async def _drop_queue(self, limit: float) -> None:
        queued, self._queued = self._queued, None
        if queued is not None:
            self._lost += queued.dropped
            await queued.stop(limit)
