"""What a handler has done so far, and does now."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Attempts that were begun, run now, and have failed; events that were given up; the time that it all took."""

    begun: int = 0
    running: int = 0
    failed: int = 0
    buried: int = 0
    nanoseconds: int = 0
