"""The message, as a handler gets it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

from trunkline.errors import CommitUnavailable
from trunkline.events import Event

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

T = TypeVar("T")


class Acknowledging(Protocol):
    """How a message's sender is told what became of it. Live messages have nobody to tell."""

    async def ack(self) -> None:
        """It is done."""
        ...

    async def nak(self, delay: float) -> None:
        """It is to come again, after `delay` seconds."""
        ...

    async def term(self) -> None:
        """It will never be done, and must not come again."""
        ...

    async def in_progress(self) -> None:
        """It is being worked on; the time it may take begins anew."""
        ...


class Committing(Protocol):
    """What runs an effect in one transaction with the inbox mark of its event."""

    async def commit(self, handler: str, event: Event, effect: "Callable[[Session], T]") -> T | None:
        """Run `effect` unless `handler` has done `event` already."""
        ...


class Message:
    """One delivery of an event to a handler; `event` is what its headers say.

    `deliveries` counts from 1 which one it is. What was given back before it had begun is left out where that is known:
    with a database it is the number of the attempt.
    """

    __slots__ = (
        "_committed",
        "_committing",
        "_handler",
        "_refused",
        "_settled",
        "acknowledging",
        "data",
        "deliveries",
        "event",
        "headers",
        "reply",
        "sequence",
        "stream",
        "subject",
    )

    def __init__(
        self,
        event: Event,
        headers: Mapping[str, str] | None,
        *,
        reply: str = "",
        deliveries: int = 1,
        stream: str | None = None,
        sequence: int | None = None,
        handler: str | None = None,
        acknowledging: Acknowledging | None = None,
        committing: Committing | None = None,
    ) -> None:
        self.event = event
        self.subject = event.subject
        self.data = event.payload
        self.headers: Mapping[str, str] = headers or {}
        self.reply = reply
        self.deliveries = deliveries
        self.stream = stream
        self.sequence = sequence
        self._handler = handler
        self.acknowledging = acknowledging
        self._committing = committing
        self._settled = False
        self._refused = False
        self._committed = False

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

        Returns what `effect` returned, or None without running it when this handler has done the event before.

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
        await self.ack()
        return result

    async def ack(self) -> None:
        """Say that the event is done; a handler that returns without a word has said so."""
        if self.acknowledging is not None and not self._settled:
            self._settled = True
            await self.acknowledging.ack()

    async def nak(self, delay: float = 0) -> None:
        """Ask for the event again after `delay` seconds."""
        if self.acknowledging is not None and not self._settled:
            self._settled = self._refused = True
            await self.acknowledging.nak(delay)

    async def term(self) -> None:
        """Say that the event must never come again, done or not."""
        if self.acknowledging is not None and not self._settled:
            self._settled = True
            await self.acknowledging.term()

    async def in_progress(self) -> None:
        """Ask for more time. Trunkline does so by itself while a handler runs."""
        if self.acknowledging is not None and not self._settled:
            await self.acknowledging.in_progress()
