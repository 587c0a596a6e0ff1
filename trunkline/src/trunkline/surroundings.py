"""What the server at the other end can do: is JetStream there, and do the declared streams exist?

It is asked once for each connection. A connection may also be laid around somebody else's client, from which nothing is
heard; whatever was learnt is therefore tied to a *generation* (which client, how often reconnected), and asked anew
when that has changed.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import structlog
from nats.aio.client import Client

from trunkline.cancellation import end
from trunkline.jetstream import JetStreamState, ask
from trunkline.settings import NatsSettings
from trunkline.streams import Stream, StreamDefaults, StreamStatus, declared, ensure, look
from trunkline.subjects import covers
from trunkline.wire import server_info

log = structlog.get_logger(__name__)

Generation = tuple[int, int]

_API_TIMEOUT = 2.0
_ASK_AGAIN = 1.0  # seconds before an unanswered "is JetStream there" is asked again
_BATCHES_SINCE = (2, 14)


class Link(Protocol):
    """What the parts of a connection need of it."""

    @property
    def nc(self) -> Client:
        """The current client."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether it holds a connection."""
        ...

    @property
    def generation(self) -> Generation:
        """Changes with each new connection."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found at the server, in which generation, and when (monotonic seconds)."""

    generation: Generation
    jetstream: JetStreamState
    reason: str | None
    asked: float


class Surroundings:
    """What was seen at the server, and the declared streams."""

    def __init__(self, link: Link, settings: NatsSettings) -> None:
        self._link = link
        self._settings = settings
        self.streams: tuple[Stream, ...] = ()
        self.had_jetstream = False
        """Whether JetStream was ever seen here."""
        self._statuses: dict[str, StreamStatus] = {}
        self._by_first_token: dict[str, list[tuple[str, Stream]]] = {}
        self._seen = _Seen((-1, -1), JetStreamState.UNKNOWN, None, 0.0)
        self._doubted = False
        self._looking: asyncio.Task[None] | None = None

    # JetStream

    @property
    def reason(self) -> str | None:
        """Why JetStream is not there, or not known to be."""
        if self._settings.jetstream == "off":
            return "switched off by NATS_JETSTREAM=off"
        return self._seen.reason if self.is_current else "not asked yet"

    @property
    def is_current(self) -> bool:
        """Whether it was this very connection's server that was last looked at."""
        return self._seen.generation == self._link.generation

    @property
    def is_settled(self) -> bool:
        """Whether all is known, as it should be, and not in doubt."""
        if not self.is_current or self._seen.jetstream is JetStreamState.UNKNOWN or self._doubted:
            return False
        return self._seen.jetstream is JetStreamState.NO or not any(s.error for s in self._statuses.values())

    @property
    def last_seen(self) -> tuple[Generation, JetStreamState]:
        """What the last look found, and in which generation."""
        return self._seen.generation, self._seen.jetstream

    def known(self) -> JetStreamState | None:
        """Return what is known of this very connection without asking; None when it has to be asked."""
        if self._settings.jetstream == "off":
            return JetStreamState.NO
        if not self.is_current:
            return None
        if self._seen.jetstream is JetStreamState.UNKNOWN and monotonic() - self._seen.asked > _ASK_AGAIN:
            return None
        return self._seen.jetstream

    async def jetstream(self) -> JetStreamState:
        """Say whether JetStream is there: asked once for each connection, together with the declared streams."""
        known = self.known()
        if known is None and self._link.is_connected:
            await self.look_around()
            known = self.known()
        return known or JetStreamState.UNKNOWN

    def doubt(self) -> None:
        """Let nothing be settled before the next look: something was not as it was last seen."""
        self._doubted = True

    # The declared streams

    def declare(self, streams: Iterable[Stream]) -> None:
        """Declare more streams; one of the same name is declared already."""
        for stream in streams:
            if stream.name in self._statuses:
                continue
            self.streams += (stream,)
            self._statuses[stream.name] = declared(stream, error="not looked at yet")
            for pattern in stream.subjects:
                self._by_first_token.setdefault(pattern.partition(".")[0], []).append((pattern, stream))

    def stream_keeping(self, subject: str) -> Stream | None:
        """Return the declared stream that keeps `subject` (or every subject of that pattern), or None."""
        for first in (subject.partition(".")[0], "*", ">"):
            for pattern, stream in self._by_first_token.get(first, ()):
                if covers(pattern, subject):
                    return stream
        return None

    def status_of(self, stream: Stream) -> StreamStatus:
        """Return a declared stream as it was last seen."""
        return self._statuses[stream.name]

    async def stream_status(self) -> list[StreamStatus]:
        """Ask the server for each declared stream now; where it does not answer, the status says so."""
        if await self.jetstream() is not JetStreamState.YES:
            reason = self.reason if self._link.is_connected else "not connected"
            return [declared(stream, error=reason) for stream in self.streams]
        client, defaults = self._link.nc, self._defaults(self._link.nc)
        statuses = await asyncio.gather(*(look(client, s, defaults, timeout=_API_TIMEOUT) for s in self.streams))
        self._statuses |= {status.name: status for status in statuses}  # others may have been declared meanwhile
        return statuses

    # Looking

    async def look_around(self) -> None:
        """Ask whether JetStream is there and see to the declared streams; callers share one look that is under way."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_around())
        await asyncio.wait({self._looking})

    async def end(self) -> None:
        """End a look that is under way."""
        await end(self._looking)

    async def _look_around(self) -> None:
        self._doubted = False
        generation, client = self._link.generation, self._link.nc
        state, reason = await ask(client, timeout=_API_TIMEOUT)
        seen = _Seen(generation, state, reason, monotonic())
        if state is JetStreamState.YES and self._settings.jetstream != "off":
            self.had_jetstream = True
            defaults = self._defaults(client)
            checks = (ensure(client, stream, defaults, timeout=_API_TIMEOUT) for stream in self.streams)
            self._report({status.name: status for status in await asyncio.gather(*checks)})
        self._seen = seen

    def _report(self, statuses: dict[str, StreamStatus]) -> None:
        for name, status in statuses.items():
            before = self._statuses[name]
            if status.error and status.error != before.error:
                log.error("stream cannot keep its events", stream=name, error=status.error)
            if status.difference and status.difference != before.difference:
                log.warning("stream differs from its declaration", stream=name, difference=status.difference)
        self._statuses |= statuses  # others may have been declared meanwhile: they are as they were, not looked at yet

    def _defaults(self, client: Client) -> StreamDefaults:
        version = str(server_info(client).get("version", "0.0")).split(".")
        batches = tuple(int(part) for part in version[:2] if part.isdigit()) >= _BATCHES_SINCE
        return StreamDefaults(self._settings.stream_max_bytes, self._settings.replicas, batches)
