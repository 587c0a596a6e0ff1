"""What a handler has done so far, and does now."""

from dataclasses import dataclass
from time import perf_counter_ns


@dataclass(slots=True)
class Tally:
    """Attempts that were begun, run now, and have failed; events that were given up; the time that it all took."""

    begun: int = 0
    running: int = 0
    failed: int = 0
    buried: int = 0
    nanoseconds: int = 0

    def begin(self) -> int:
        """Count an attempt that begins; return what `end` is to be given."""
        self.begun += 1
        self.running += 1
        return perf_counter_ns()

    def end(self, began: int) -> None:
        """Count the end of that attempt."""
        self.running -= 1
        self.nanoseconds += perf_counter_ns() - began
