"""Which waiting events the relay leaves alone for now.

When an event cannot be sent, its *key* is parked: later events of the same key wait behind it, other keys go on. When
nothing at all gets through to a *lane* (the stream that the event belongs to), the lane is parked too, and after its
pause only a few events try it, each of another key: a full stream with fifty thousand waiting events is not asked fifty
thousand times, and one event that its stream will not take does not close the stream for others. All pauses grow, and
end early when the connection comes back (`clear`).
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from trunkline.backoff import Backoff

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 15.0
PROBES = 16
"""Events that try a parked lane when its pause is over."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting event, as far as the choice needs it. One without a key is a key of its own."""

    seq: int
    key: str | None
    lane: str

    @property
    def line(self) -> Hashable:
        """What must not be overtaken by what comes later in it."""
        return self.key if self.key is not None else self.seq


@dataclass(slots=True)
class _Pause:
    until: float = 0.0
    failures: int = 0
    backoff: Backoff = field(default_factory=lambda: Backoff(FIRST_PAUSE, LONGEST_PAUSE))

    def again(self, now: float) -> None:
        self.failures += 1
        self.until = now + self.backoff.next()


class Parking:
    """What is parked, and until when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lines: dict[Hashable, _Pause] = {}
        self._lanes: dict[str, _Pause] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def sweep(self) -> "Sweep":
        """Return a choice that goes once through all that waits, in order."""
        return Sweep(self._clock(), self._lines, self._lanes)

    def attempts(self, event: Waiting) -> int:
        """Return how often the event has failed."""
        pause = self._lines.get(event.line)
        return pause.failures if pause is not None else 0

    def settle(self, sent: Iterable[Waiting], failed: Iterable[Waiting]) -> None:
        """Take note of what a batch came to; of each key, at most the last event may have failed."""
        now = self._clock()
        open_lanes = set()
        for event in sent:
            self._lines.pop(event.line, None)
            self._lanes.pop(event.lane, None)
            open_lanes.add(event.lane)
        closed_lanes = set()
        for event in failed:
            self._lines.setdefault(event.line, _Pause()).again(now)
            closed_lanes.add(event.lane)
        for lane in closed_lanes - open_lanes:
            self._lanes.setdefault(lane, _Pause()).again(now)

    def keep_only(self, lines: set[Hashable]) -> None:
        """Forget what no longer waits."""
        for line in self._lines.keys() - lines:
            del self._lines[line]

    def clear(self) -> None:
        """Let everything be tried at once."""
        self._lines.clear()
        self._lanes.clear()


class Sweep:
    """One pass through what waits, lowest number first. `after` is the number reached.

    It may be ahead of what is being sent: what it took is asked for again (`still_takes`) when what was taken before it
    has come to its end, so that nothing overtakes an earlier event of its key that failed meanwhile.
    """

    def __init__(self, now: float, lines: Mapping[Hashable, _Pause], lanes: Mapping[str, _Pause]) -> None:
        self._now = now
        self._lines = lines
        self._lanes = lanes
        self._held: set[Hashable] = set()
        self._failed: set[Hashable] = set()
        self._probes: Counter[str] = Counter()
        self.after = 0
        self.seen: set[Hashable] = set()

    @property
    def skipped(self) -> bool:
        """Whether something was left alone."""
        return bool(self._held)

    @property
    def is_free(self) -> bool:
        """Whether nothing is, or was, to be left alone."""
        return not (self._lines or self._lanes or self._held or self._failed)

    def fail(self, event: Waiting) -> None:
        """Take no later event of the same line in this pass, even if all pauses end meanwhile."""
        self._failed.add(event.line)

    def still_takes(self, event: Waiting) -> bool:
        """Say whether an event that was taken is still to be sent, now that all that was taken before it is through."""
        lane = self._lanes.get(event.lane)
        if event.line not in self._failed and (lane is None or lane.until <= self._now):
            return True
        self._failed.add(event.line)
        self._held.add(event.line)
        return False

    def takes(self, event: Waiting) -> bool:
        """Say whether `event` is to be sent in this pass."""
        self.after = event.seq
        self.seen.add(event.line)
        if event.line in self._failed or event.line in self._held or not self._may_try(event):
            self._held.add(event.line)
            return False
        return True

    def _may_try(self, event: Waiting) -> bool:
        line, lane = self._lines.get(event.line), self._lanes.get(event.lane)
        if line is not None and line.until > self._now:
            return False
        if lane is None:
            return True
        if lane.until > self._now or self._probes[event.lane] >= PROBES:
            return False
        self._probes[event.lane] += 1
        self._held.add(event.line)
        return True
