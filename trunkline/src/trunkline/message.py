"""The message, as a handler gets it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

from trunkline.delivery import is_delivery, read_delivery
from trunkline.errors import CommitUnavailable
from trunkline.events import Event
from trunkline.wire import Received

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

T = TypeVar("T")


class Acknowledging(Protocol):
    """How the sender of messages is told what became of one. Live messages have nobody to tell."""

    def ack(self, message: "Message") -> None:
        """It is done."""
        ...

    def nak(self, message: "Message", delay: float) -> None:
        """It is to come again, after `delay` seconds."""
        ...

    def term(self, message: "Message") -> None:
        """It will never be done, and must not come again."""
        ...

    def in_progress(self, message: "Message") -> None:
        """It is being worked on; the time it may take begins anew."""
        ...


class Committing(Protocol):
    """What runs an effect in one transaction with the inbox mark of its event."""

    async def commit(self, handler: str, event: Event, effect: "Callable[[Session], T]") -> T | None:
        """Run `effect` unless `handler` has done `event` already."""
        ...


class Message:
    """One delivery of an event to a handler.

    `deliveries` counts from 1 which one it is. What was given back before it had begun is left out where that is known:
    with a database it is the number of the attempt.
    """

    __slots__ = (
        "_committed",
        "_committing",
        "_event",
        "_handler",
        "_received",
        "_refused",
        "_settled",
        "acknowledging",
        "data",
        "deliveries",
        "reply",
        "subject",
    )

    def __init__(
        self,
        received: Received,
        *,
        event: Event | None = None,
        deliveries: int = 1,
        handler: str | None = None,
        acknowledging: Acknowledging | None = None,
        committing: Committing | None = None,
    ) -> None:
        self.subject = received.subject
        self.data = received.data
        self.reply = received.reply
        self.deliveries = deliveries
        self.acknowledging = acknowledging
        self._received = received
        self._event = event
        self._handler = handler
        self._committing = committing
        self._settled = False
        self._refused = False
        self._committed = False

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers as they came."""
        return self._received.headers

    @property
    def stream(self) -> str | None:
        """The stream that it was delivered from; None for one that nothing keeps."""
        return read_delivery(self.reply).stream if is_delivery(self.reply) else None

    @property
    def sequence(self) -> int | None:
        """Its sequence in that stream."""
        return int(read_delivery(self.reply).sequence) if is_delivery(self.reply) else None

    @property
    def event(self) -> Event:
        """The event that subject, data and headers say."""
        if self._event is None:
            # A stranger's event may have no id; its place in the stream is one that a second delivery shares.
            place = read_delivery(self.reply).place if is_delivery(self.reply) else None
            self._event = Event.received(self.subject, self.data, self.headers, missing_id=place)
        return self._event

    def is_for(self, handler: str, *, tests: bool) -> bool:
        """Say whether the durable handler of that name is meant, which may or may not see trials (`tests`)."""
        if self._event is None and not _names_receivers(self._received):
            return True
        return self.event.is_for(handler) and (tests or not self.event.test)

    @property
    def settled(self) -> bool:
        """Whether the sender has been told what became of the message."""
        return self._settled

    @property
    def refused(self) -> bool:
        """Whether the handler has asked for it again."""
        return self._refused

    @property
    def committed(self) -> bool:
        """Whether the event is marked as done."""
        return self._committed

    async def commit(self, effect: "Callable[[Session], T]") -> T | None:
        """Run `effect`, mark the event as done and keep the events it adds, all in one transaction; then acknowledge.

        Effects of messages that are worked on at the same time may share a commit; none is touched by another's error.
        `effect` may be run more than once: what it writes to the database is kept once, so it should do nothing else.
        Returns what `effect` returned, or None when this handler has done the event before, and nothing is written.

        Raises:
            CommitUnavailable: the service has no database, or the subscription is not durable.
            DatabaseError: the transaction was not taken; nothing happened, and the event comes again.
            OwnershipLost: another process has taken over the ordered handler; nothing happened here.
        """
        if self._handler is None:
            raise CommitUnavailable("msg.commit() needs a durable subscription: a live one is in every process")
        if self._committing is None:
            raise CommitUnavailable("msg.commit() needs a database: NATSService(..., database=Database(...))")
        result = await self._committing.commit(self._handler, self.event, effect)
        self._committed = True
        self.done()
        return result

    async def ack(self) -> None:
        """Say that the event is done; a handler that returns without a word has said so."""
        self.done()

    async def nak(self, delay: float = 1.0) -> None:
        """Ask for the event again, `delay` seconds after this attempt has ended; it counts as an attempt."""
        if self.acknowledging is not None and not self._settled:
            self._settled = self._refused = True
            self.acknowledging.nak(self, delay)

    async def term(self) -> None:
        """Say that the event must never come again, done or not."""
        if self.acknowledging is not None and not self._settled:
            self._settled = True
            self.acknowledging.term(self)

    async def in_progress(self) -> None:
        """Ask for more time. Trunkline does so by itself while a handler runs."""
        if self.acknowledging is not None and not self._settled:
            self.acknowledging.in_progress(self)

    def renew(self) -> None:
        """Be as it was when it came, for another attempt in this process, or another word about this one."""
        self._settled = self._refused = self._committed = False

    def done(self) -> None:
        """As `ack`, at once."""
        if self.acknowledging is not None and not self._settled:
            self._settled = True
            self.acknowledging.ack(self)


def _names_receivers(received: Received) -> bool:
    """Whether there may be a header that says for whom a message is; looked for without reading them all."""
    if not received.head:
        return bool(received.headers)
    head = received.head.lower()
    return b"trunkline-test" in head or b"trunkline-handler" in head
