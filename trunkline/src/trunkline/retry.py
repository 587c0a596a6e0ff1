"""How often a failed event is tried again, and after which pauses."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempts of a durable handler at one event.

    ``Retry(on={RateLimited: Retry(attempts=20, first_delay=30, max_delay=600)}, never=(ValueError,))`` tries again
    longer after one kind of error, and not at all after another. The class of an error decides, or else the nearest of
    its base classes. An event's attempts are counted together, whatever they failed with.

    Args:
        attempts: how often it runs before it becomes a dead letter.
        first_delay: seconds before the second attempt; each later pause is `factor` times longer, up to `max_delay`.
        factor: see `first_delay`.
        max_delay: longest pause, seconds.
        jitter: share of each pause by which it is varied at random, so that what failed together is not retried
            together.
        on: what holds instead after errors of a class.
        never: classes of errors that make the event a dead letter at once.

    Raises:
        ValueError: a value cannot be meant.
    """

    attempts: int = 5
    first_delay: float = 1.0
    factor: float = 2.0
    max_delay: float = 60.0
    jitter: float = 0.2
    on: Mapping[type[Exception], "Retry"] = field(default_factory=dict, hash=False)
    never: tuple[type[Exception], ...] = ()

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first_delay <= 0 or self.factor < 1 or self.max_delay < self.first_delay:
            raise ValueError("Retry needs attempts >= 1, first_delay > 0, factor >= 1 and max_delay >= first_delay")
        if not 0 <= self.jitter < 1:
            raise ValueError("Retry needs 0 <= jitter < 1")
        if any(each.on or each.never for each in self.on.values()):
            raise ValueError("Retry needs on= one level deep: what stands in it has neither on= nor never= of its own")
        if twice := [each.__name__ for each in self.never if each in self.on]:
            raise ValueError(f"Retry needs {twice[0]} in on= or in never=, not in both")

    @property
    def most_attempts(self) -> int:
        """How often an event may run at most, whatever it fails with."""
        return max(self.attempts, *(each.attempts for each in self.on.values()), 1)

    def after(self, error: BaseException) -> "Retry | None":
        """Return what holds after `error`; None when it is not to be tried again."""
        for kind in type(error).__mro__:
            if kind in self.never:
                return None
            if kind in self.on:
                return self.on[kind]
        return self

    def delay(self, failed: int) -> float:
        """Return the seconds to wait after the `failed`-th attempt has failed (from 1)."""
        whole = min(self.max_delay, self.first_delay * self.factor ** min(failed - 1, 64))
        return whole * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - spreads load, guards nothing
