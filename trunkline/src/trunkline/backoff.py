"""Pauses between attempts: they grow, and no two processes make the same ones."""

import random


class Backoff:
    """The next pause before another attempt, in seconds: doubled each time up to a limit, half of it at random.

    The random half keeps the clients of a server that comes back from arriving all at once.
    """

    def __init__(self, first: float, limit: float) -> None:
        self._first = first
        self._limit = limit
        self._attempts = 0

    def next(self) -> float:
        """Return the next pause, and count the attempt."""
        whole = min(self._limit, self._first * 2.0 ** min(self._attempts, 32))
        self._attempts += 1
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    def reset(self) -> None:
        """Begin again with the first pause, after a success."""
        self._attempts = 0
