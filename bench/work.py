"""What is measured: a work, who does it, and how far ahead we want to be."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Contender = Callable[[str, int], Awaitable[float]]
"""Does the work so many times against the server at this URL, and returns the seconds that the work itself took."""


@dataclass(frozen=True)
class Work:
    """One row of the table.

    `times` and `quick_times` say how often a round does it; `goal` names the ratio to reach over each peer.
    """

    name: str
    description: str
    ours: Contender
    peers: Mapping[str, Contender]
    times: int
    quick_times: int
    goal: Mapping[str, float] = field(default_factory=dict)
    unit: str = "events/s"


@dataclass(frozen=True)
class Row:
    """A work's medians, in its unit."""

    work: Work
    ours: float
    peers: Mapping[str, float]

    def ratio(self, peer: str) -> float:
        """How many times as much as the peer we do."""
        return self.ours / self.peers[peer]
