"""Counting second copies: events that a stream had already, and refused.

One comes when an acknowledgement was late or lost and the event was sent again under its own id. Receipts say so,
those of the application's own publishes and those that the relay gets; both are counted here.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from trunkline.errors import TrunklineError
from trunkline.events import Sendable
from trunkline.receipts import Receipt


class Publisher(Protocol):
    """What is watched."""

    async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]:
        """Publish in order for each key."""
        ...


class Duplicates:
    """How many there were since the process began."""

    def __init__(self) -> None:
        self.count = 0

    def noted(self, receipt: Receipt) -> Receipt:
        """Return the receipt, counted if it tells of a second copy."""
        if receipt.duplicate:
            self.count += 1
        return receipt

    def note(self, answers: Iterable[Receipt | TrunklineError]) -> None:
        """Count those of `answers` that tell of a second copy."""
        for answer in answers:
            if isinstance(answer, Receipt):
                self.noted(answer)


class Watched:
    """`publisher` for the relay, with its receipts counted."""

    def __init__(self, publisher: Publisher, duplicates: Duplicates) -> None:
        self._publisher = publisher
        self._duplicates = duplicates

    async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]:
        """As the publisher's."""
        answers = await self._publisher.publish_many(events)
        self._duplicates.note(answers)
        return answers
