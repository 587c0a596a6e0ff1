"""Which event of each key this process put into the outbox last: what comes later must not overtake it."""

from collections.abc import Mapping
from threading import Lock

KEYS = 10_000
"""Keys that are remembered at most; the longest ago goes first, and its event has most likely been sent."""


class LastAdded:
    """By key, the id of the last event that was added and committed; may be used by any thread."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._lock = Lock()

    def note(self, added: Mapping[str, str]) -> None:
        """Remember what was committed, by key."""
        with self._lock:
            for key, event_id in added.items():
                self._ids.pop(key, None)
                self._ids[key] = event_id
            while len(self._ids) > KEYS:
                del self._ids[next(iter(self._ids))]

    def get(self, key: str) -> str | None:
        """Return the last event of the key, unless it is known to have left the outbox."""
        return self._ids.get(key)

    def forget(self, key: str, event_id: str) -> None:
        """Take note that the event has left, unless another of its key has come since."""
        with self._lock:
            if self._ids.get(key) == event_id:
                del self._ids[key]
