"""A durable handler on a server without JetStream: a queue subscription of the same name.

One of the processes that share the name gets each event, if one is listening; nothing keeps it otherwise. What can be
kept of a durable handler's promises is kept in this process: bounded concurrency, retries after growing pauses, dead
letters, an orderly end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import structlog
from nats.aio.msg import Msg

from trunkline.attempts import Attempts
from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.events import Event
from trunkline.jetstream import JetStreamState
from trunkline.lanes import Lanes
from trunkline.message import Message

log = structlog.get_logger(__name__)

_WAITING = 65_536


@dataclass(slots=True)
class Memory:
    """What became of a message that only this process has: `again` is the pause that was asked for."""

    again: float | None = None

    async def ack(self) -> None:
        """Nothing is left to do."""

    async def nak(self, delay: float) -> None:
        """Remember it."""
        self.again = delay

    async def term(self) -> None:
        """Nothing is left to do."""

    async def in_progress(self) -> None:
        """Nobody waits."""


@dataclass(slots=True)
class _Waiting:
    """An event to be handled, and which delivery the next one is."""

    event: Event
    headers: Mapping[str, str]
    deliveries: int = 1


class Queued:
    """Feeds what is published on `pattern` to `attempts`, shared by the processes that use the same name."""

    def __init__(self, connection: Connection, pattern: str, attempts: Attempts, *, concurrency: int) -> None:
        self.pattern = pattern
        self.dropped = 0
        self._connection = connection
        self._attempts = attempts
        self._lanes = Lanes[_Waiting](self._run, concurrency=concurrency, limit=_WAITING)
        self._numbers = count()
        self._subscription: ConnectionSubscription | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._subscription = await self._connection.subscribe(self.pattern, self._receive, queue=self._attempts.name)

    async def stop(self, limit: float) -> None:
        """Listen no more, and finish what has arrived within `limit` seconds; what waits for a retry is given up."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None
        given_up = await self._lanes.finish(limit)
        if given_up:
            log.error("unkept events given up at the end", handler=self._attempts.name, events=given_up)

    async def _receive(self, received: Msg) -> None:
        if received.reply and self._connection.known_jetstream() is not JetStreamState.NO:
            return  # JetStream has appeared: a stream was asked to keep this, and gives it to a pull
        event = Event.received(received.subject, received.data, received.headers)
        key = f"key {event.key}" if self._attempts.ordered and event.key is not None else str(next(self._numbers))
        if not self._lanes.put(key, _Waiting(event, received.headers or {})):
            self.dropped += 1
            if self.dropped % 1000 == 1:
                log.error("events dropped: a handler is too slow", handler=self._attempts.name, dropped=self.dropped)

    async def _run(self, waiting: _Waiting) -> float | None:
        memory = Memory()
        message = Message(
            waiting.event,
            waiting.headers,
            deliveries=waiting.deliveries,
            handler=self._attempts.name,
            acknowledging=memory,
            committing=self._attempts.keeping,
        )
        await self._attempts.run(message)
        waiting.deliveries += 1
        return memory.again
