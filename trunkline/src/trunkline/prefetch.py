"""How many events a durable handler holds: as many as keep it busy, and no more.

With few it waits for the server again and again; of many, most wait here while another process may have nothing to do.
So the window begins at twice the concurrency. Each time that a window's worth of events is done it is doubled, if they
were done as soon as they came, or halved, if they had to wait. After a pause it begins anew: what comes then is shared
among the processes before anybody takes much.
"""

_SOON = 0.05  # seconds from an event's coming to its end
_WAITED = 0.25
_PAUSE = 1.0


class Prefetch:
    """The `window`, between `least` and `most` events."""

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = max(least, most)
        self._done = 0
        self._slowest = 0.0
        self._last = 0.0
        self.window = least

    def done(self, came: float, now: float) -> None:
        """Take note that an event which came then is done now; both in seconds, on the same clock."""
        if now - self._last > _PAUSE:
            self._done, self._slowest, self.window = 0, 0.0, self._least
        self._last = now
        self._done += 1
        self._slowest = max(self._slowest, now - came)
        if self._slowest > _WAITED:
            self._change(max(self._least, self.window // 2))
        elif self._done >= self.window:
            self._change(min(self._most, 2 * self.window) if self._slowest < _SOON else self.window)

    def _change(self, window: int) -> None:
        self.window = window
        self._done, self._slowest = 0, 0.0
