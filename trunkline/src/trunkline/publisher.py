"""Publishing with an answer: a stream has the event, or it was handed to whoever listens, or an error says why not.

Three rules:

- An event whose acknowledgement is late is sent again under its own id, which the stream knows, and never by core NATS:
  whoever listens would see it twice.
- It is sent only when a stream is known to keep its subject: one that we declared and have seen, or one that the server
  named. A listener is no stream: it would take the event, and the acknowledgement would be waited for in vain.
- Where nothing keeps the subject, the error names the nearest one that is kept: most often it is mistyped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from time import monotonic

import pydantic_core
import structlog
from nats.aio.client import Client

from trunkline.bulk import Bulk
from trunkline.connection import Connection
from trunkline.errors import (
    DatabaseError,
    InvalidEvent,
    NoStreamForSubject,
    NotConnected,
    PayloadTooLarge,
    StreamUnavailable,
    TrunklineError,
)
from trunkline.events import Sendable
from trunkline.flights import Flights
from trunkline.jetstream import ApiError, ApiSilent, JetStreamState, call, streams_covering
from trunkline.receipts import Guarantee, Receipt
from trunkline.streams import Stream
from trunkline.subjects import Subjects, matches, nearest
from trunkline.surroundings import Generation
from trunkline.wire import Received, message_frame

log = structlog.get_logger(__name__)

_API_TIMEOUT = 1.0
_LOOK_AGAIN = 1.0  # seconds between two looks at a stream that publishes do not find
_CLEAR = 8192  # subjects of which is remembered that a stream keeps them
_PATTERNS = 1000  # of other people's streams that are remembered at most
_NOT_STORED = 10077  # the stream is full, or cannot write
_TOO_LARGE_FOR_STREAM = 10054
_HEADERS_TOO_LARGE_FOR_STREAM = 10097


class Publisher:
    """Publishes events over one connection.

    Args:
        connection: whose declared streams keep the events.
        subjects: the declared templates, for the hint in an error.
        remembered: says whether this server had JetStream in an earlier run; asked before an event is handed over
            unkept.
        publish_timeout: seconds an event may take; default the connection's setting.
        max_in_flight: events awaiting acknowledgement at once; default the connection's setting.
    """

    def __init__(
        self,
        connection: Connection,
        subjects: Subjects | None = None,
        *,
        remembered: Callable[[], Awaitable[bool]] | None = None,
        publish_timeout: float | None = None,
        max_in_flight: int | None = None,
    ) -> None:
        self._connection = connection
        self._subjects = subjects or Subjects()
        self._remembered = remembered
        self._timeout = publish_timeout or connection.settings.publish_timeout
        self._max_in_flight = max_in_flight or connection.settings.max_in_flight
        self._flights = Flights(connection, limit=self._timeout, most=self._max_in_flight)
        self._outlook: Hashable = None
        self._clear: set[str] = set()
        """Subjects of which it is known, at this outlook, that a stream keeps them."""
        self._most_bytes = 0
        self._looked = -_LOOK_AGAIN
        self._others: tuple[Generation, set[str]] = ((-1, -1), set())
        """Patterns that streams of others keep, as far as they were needed, in this generation of the connection."""
        self._warned = False
        self.on_full: Callable[[], None] | None = None
        """Called when a stream refuses an event that it has no room for."""

    async def publish(self, event: Sendable) -> Receipt:
        """Have a stream keep `event`. On a server that never had JetStream it is handed once to whoever listens.

        Returns:
            A receipt of `stored`, or of `sent` where there is no JetStream and none is expected.

        Raises:
            PayloadTooLarge: the server, or the stream, takes no event of this size.
            InvalidEvent: the headers alone are larger than a stream takes.
            NotConnected: there is no connection now; nothing was sent.
            NoStreamForSubject: neither a declared stream nor any on the server keeps the subject.
            StreamUnavailable: the stream is full or does not answer; `stored_unknown` says if it may have the event.
        """
        began = monotonic()
        if not self._is_clear(event):
            state = await self._look(event, began + self._timeout)
            if state is not JetStreamState.YES:
                return await self._without_stream(event, state)
            await self._make_way(event, began + self._timeout)
        flight = self._flights.begin(event, began)
        try:
            landed = await flight.landed
        finally:
            self._flights.end(flight)
        return landed if isinstance(landed, Receipt) else await self._read(event, landed)

    async def send(self, event: Sendable) -> Receipt:
        """Hand `event` to whoever listens now, by core NATS; nothing keeps it.

        Raises:
            PayloadTooLarge: the server takes no event of this size.
            NotConnected: there is no connection, or the server takes nothing.
        """
        self._check_size(event)
        try:
            await self._connection.ready_to_write(self._timeout)
        except TimeoutError:
            raise NotConnected(f"the server took nothing for {self._timeout:g} s") from None
        self._connection.write_now(message_frame(event.subject, "", event.head(), event.payload))
        return Receipt(Guarantee.SENT, event.id, event.subject)

    async def publish_many(self, events: Iterable[Sendable]) -> list[Receipt | TrunklineError]:
        """Publish `events`, those of one key in their order; each answer stands at its event's place.

        After an event that has to wait, the later ones of its key are not sent: they would overtake it. One that can
        never be kept (no stream, too large) holds nothing up. What a stream takes as a batch has receipts without
        `sequence`.
        """
        bulk = Bulk(self._connection, self.publish, limit=self._timeout, window=self._max_in_flight)
        return await bulk.send(events)

    def _is_clear(self, event: Sendable) -> bool:
        """Whether nothing has to be found out or waited for: as it is for nearly all events."""
        if self._connection.outlook != self._outlook:
            self._clear.clear()
            return False
        return (
            event.subject in self._clear
            and len(event.payload) + len(event.head()) <= self._most_bytes
            and not self._flights.is_full
            and self._connection.is_ready_to_write
        )

    async def _look(self, event: Sendable, deadline: float) -> JetStreamState:
        self._check_size(event)
        state = self._connection.known_jetstream()
        if state is None:
            state = await self._find_out(event, deadline)
        if not self._connection.is_connected:
            raise NotConnected("there is no connection to a server now")
        return state

    def _check_size(self, event: Sendable) -> None:
        limit = self._connection.max_payload
        size = len(event.payload) + len(event.head())
        if limit is not None and size > limit:
            raise PayloadTooLarge(event.subject, size, limit)

    async def _without_stream(self, event: Sendable, state: JetStreamState) -> Receipt:
        if state is JetStreamState.UNKNOWN or await self._is_expected(event):
            reason = self._connection.jetstream_reason or "JetStream is not there now"
            raise StreamUnavailable(event.subject, reason, stored_unknown=False)
        return await self._hand_over(event)

    async def _find_out(self, event: Sendable, deadline: float) -> JetStreamState:
        try:
            async with asyncio.timeout(deadline - monotonic()):
                return await self._connection.jetstream()
        except TimeoutError:
            raise StreamUnavailable(event.subject, "the server does not answer", stored_unknown=False) from None

    async def _is_expected(self, event: Sendable) -> bool:
        if self._connection.jetstream_expected or self._remembered is None:
            return self._connection.jetstream_expected
        try:
            return await self._remembered()
        except DatabaseError as error:
            # Not knowing, its absence must not be taken for a choice.
            reason = f"whether JetStream should be there cannot be looked up: {error}"
            raise StreamUnavailable(event.subject, reason, stored_unknown=False) from error

    async def _hand_over(self, event: Sendable) -> Receipt:
        """Publish once by core NATS, to a server that was seen alive just before."""
        if self._connection.stream_keeping(event.subject) is None:
            raise self._nobody_keeps(event)
        if not self._warned:
            self._warned = True
            log.warning("events are not kept: the server has no JetStream", reason=self._connection.jetstream_reason)
        if await self._connection.echo() is None and not self._connection.is_deaf:
            raise StreamUnavailable(event.subject, "the server does not answer", stored_unknown=False)
        return await self.send(event)

    async def _make_way(self, event: Sendable, deadline: float) -> None:
        """Wait until the event may be written, and remember that one of its subject may."""
        outlook = self._connection.outlook
        reason = "the server takes nothing"
        try:
            async with asyncio.timeout(max(0.0, deadline - monotonic())) as limit:
                if not self._is_kept(event.subject):
                    await self._find_stream(event)
                await self._connection.ready_to_write(self._timeout)
                reason = "too many events await acknowledgement"
                await self._flights.room()
        except TimeoutError:
            if not limit.expired():
                raise
            raise StreamUnavailable(event.subject, reason, stored_unknown=False) from None
        if outlook == self._connection.outlook and self._is_kept(event.subject):
            self._remember_clear(event.subject)

    def _remember_clear(self, subject: str) -> None:
        if self._outlook != self._connection.outlook or len(self._clear) >= _CLEAR:
            self._clear.clear()
        self._outlook = self._connection.outlook
        self._most_bytes = self._connection.max_payload or 0
        self._clear.add(subject)

    def _is_kept(self, subject: str) -> bool:
        stream = self._connection.stream_keeping(subject)
        if stream is not None and self._connection.status_of(stream).error is None:
            return True
        generation, patterns = self._others
        return generation == self._connection.generation and any(matches(pattern, subject) for pattern in patterns)

    async def _find_stream(self, event: Sendable) -> None:
        """Find out which stream of the server keeps the subject; a declared one that is missing is made again.

        Raises:
            NoStreamForSubject: none does, and none is declared.
            StreamUnavailable: the declared one is not there, or nobody can tell.
        """
        stream = self._connection.stream_keeping(event.subject)
        try:
            patterns = await _patterns_keeping(self._connection.nc, event.subject)
        except (ApiError, ApiSilent) as error:
            raise StreamUnavailable(event.subject, str(error), stored_unknown=False) from error
        if patterns:
            self._remember(patterns)
        elif stream is None:
            raise self._nobody_keeps(event)
        elif not await self._is_made_again(stream):
            reason = f"stream {stream.name}: {self._connection.status_of(stream).error}"
            raise StreamUnavailable(event.subject, reason, stored_unknown=False)

    async def _is_made_again(self, stream: Stream) -> bool:
        if monotonic() - self._looked >= _LOOK_AGAIN:
            self._looked = monotonic()
            await self._connection.look_around()
        return self._connection.status_of(stream).error is None

    def _remember(self, patterns: set[str]) -> None:
        generation, known = self._others
        if generation != self._connection.generation or len(known) > _PATTERNS:
            known = set()
        self._others = (self._connection.generation, known | patterns)

    async def _read(self, event: Sendable, answer: Received) -> Receipt:
        """Raise what an answer means that is no receipt."""
        if answer.is_no_responders:
            self._connection.doubt()
            raise StreamUnavailable(event.subject, "its stream is gone, or has no leader", stored_unknown=False)
        try:
            error = pydantic_core.from_json(answer.data)["error"]
            code, description = error.get("err_code"), str(error.get("description"))
        except (ValueError, KeyError, TypeError, AttributeError):
            # A core-only server's listener answered, or another service: whoever it was, it is no stream.
            reason = "something that is no stream answered"
            raise StreamUnavailable(event.subject, reason, stored_unknown=False) from None
        if code == _NOT_STORED and self.on_full is not None:
            self.on_full()
        if code == _TOO_LARGE_FOR_STREAM:
            raise PayloadTooLarge(event.subject, len(event.payload), await self._stream_limit(event.subject))
        if code == _HEADERS_TOO_LARGE_FOR_STREAM:
            raise InvalidEvent(
                f"the headers of the event for {event.subject!r} are too large: {description}", field="headers"
            )
        raise StreamUnavailable(event.subject, description, stored_unknown=False)

    def _nobody_keeps(self, event: Sendable) -> NoStreamForSubject:
        return NoStreamForSubject(event.subject, nearest(event.subject, self._kept_subjects_like(event.subject)))

    def _kept_subjects_like(self, subject: str) -> Iterable[str]:
        """Yield subjects that are kept, made from the declared templates and patterns with the tokens of `subject`."""
        tokens = subject.split(".")
        patterns = [template.pattern for template in self._subjects]
        kept = [pattern for pattern in patterns if self._connection.stream_keeping(pattern) is not None]
        for pattern in [*kept, *(pattern for stream in self._connection.streams for pattern in stream.subjects)]:
            yield _fill(pattern.split("."), tokens)

    async def _stream_limit(self, subject: str) -> int:
        try:
            names = await streams_covering(self._connection.nc, subject, timeout=_API_TIMEOUT)
            found = await call(self._connection.nc, f"STREAM.INFO.{names[0]}", timeout=_API_TIMEOUT)
            return int(found["config"]["max_msg_size"])
        except (ApiError, ApiSilent, IndexError, KeyError):
            return 0


async def _patterns_keeping(client: Client, subject: str) -> set[str]:
    patterns: set[str] = set()
    for name in await streams_covering(client, subject, timeout=_API_TIMEOUT):
        found = await call(client, f"STREAM.INFO.{name}", timeout=_API_TIMEOUT)
        patterns.update(found["config"].get("subjects") or ())
    return patterns


def _fill(pattern: list[str], tokens: list[str]) -> str:
    """Put the tokens of a subject in the place of a pattern's wildcards."""
    filled = []
    for index, part in enumerate(pattern):
        if part == ">":
            filled.extend(tokens[index:] or [part])
        else:
            filled.append(tokens[index] if part == "*" and index < len(tokens) else part)
    return ".".join(filled)
