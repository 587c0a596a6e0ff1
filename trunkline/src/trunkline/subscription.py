"""What a service gives for a handler, live, durable, or answering requests."""

from collections.abc import Iterable
from typing import Protocol

from trunkline.tally import Tally


class Subscription(Protocol):
    """What a service gives for a handler; `unsubscribe` ends it."""

    @property
    def pattern(self) -> str:
        """What it listens to."""
        ...

    @property
    def durable(self) -> str | None:
        """The name of a durable handler."""
        ...

    @property
    def active(self) -> bool:
        """Whether it has not been ended."""
        ...

    @property
    def concurrency(self) -> int:
        """How many events it handles at once, at most."""
        ...

    @property
    def tally(self) -> Tally:
        """What it has done so far, and does now."""
        ...

    @property
    def failed(self) -> int:
        """Attempts that failed."""
        ...

    @property
    def dropped(self) -> int:
        """Events that found no room."""
        ...

    @property
    def error(self) -> str | None:
        """Why it gets nothing now."""
        ...

    async def unsubscribe(self) -> None:
        """Take no more, and finish what is running within the drain limit."""
        ...

    async def stop(self, limit: float) -> None:
        """Take no more, and finish what is running within `limit` seconds."""
        ...


def load_of(subscriptions: Iterable[Subscription]) -> float:
    """Say how busy the busiest of these handlers is: 0 idle, 1 as much as it does at once."""
    return max((each.tally.running / each.concurrency for each in subscriptions), default=0.0)
