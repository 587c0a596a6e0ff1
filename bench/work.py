"""What is measured: a work, who does it, and how far ahead we want to be."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bench.place import Place

P = TypeVar("P", bound=Place)


class BenchError(Exception):
    """What was counted is not what was stored or handled, or a process of ours failed: the figure would be a lie."""


@dataclass(frozen=True)
class Found:
    """What a contender found in a round: the figure, and what else is worth knowing, each with its unit in its name."""

    figure: float
    notes: Mapping[str, float] = field(default_factory=dict)


Contender = Callable[[P, int], Awaitable[float | Found]]
"""Does the work so many times.

It returns the seconds that the work itself took, from which the rate is made; where `Work.lower_is_better`, the figure.
"""

Check = Callable[[Place, int], Awaitable[None]]
"""Raises `BenchError` unless the work has truly been done so many times."""


@dataclass(frozen=True, kw_only=True)
class Work(Generic[P]):
    """One row of the table.

    `times` and `quick_times` say how often a round does it, `rounds` and `quick_rounds` how many rounds there are;
    `goal` names the ratio of ours to each peer that is to be reached, or not to be exceeded when `lower_is_better`.
    `place` brings up what all contenders need, once.
    """

    name: str
    description: str
    place: Callable[[int], AbstractAsyncContextManager[P]]
    ours: Contender[P]
    peers: Mapping[str, Contender[P]]
    times: int
    quick_times: int
    rounds: int = 5
    quick_rounds: int = 5
    goal: Mapping[str, float] = field(default_factory=dict)
    unit: str = "events/s"
    lower_is_better: bool = False
    check: Check | None = None


@dataclass(frozen=True)
class Row:
    """A work's medians, in its unit."""

    work: Work[Any]
    rounds: int
    times: int
    ours: float
    peers: Mapping[str, float]
    notes: Mapping[str, float]

    def ratio(self, peer: str) -> float:
        """Our figure over the peer's."""
        return self.ours / self.peers[peer]

    def reached(self, peer: str) -> bool | None:
        """Whether the goal over this peer is reached; None where there is none."""
        goal = self.work.goal.get(peer)
        if goal is None:
            return None
        return self.ratio(peer) <= goal if self.work.lower_is_better else self.ratio(peer) >= goal
