"""How many live connections an account may hold open in one process: each costs memory, and a place to look at."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Seats:
    """At most `limit` for each account."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: Counter[str] = Counter()

    def are_taken(self, account_id: str) -> bool:
        """Whether the account has as many as it may."""
        return self._taken[account_id] >= self.limit

    @contextmanager
    def one(self, account_id: str) -> Iterator[None]:
        """Hold one while the block runs; whether there is one is asked before."""
        self._taken[account_id] += 1
        try:
            yield
        finally:
            self._taken[account_id] -= 1
            if not self._taken[account_id]:
                del self._taken[account_id]
