"""The check that nothing was lost, done twice or done out of order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pytest

Entry = tuple[str, int]
"""A key, and a number within it."""

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, by key and number; empty tuples say that nothing is.

    `lost` was accepted and had no effect, `doubled` had more than one, `disordered` took effect after one of its key
    that was accepted later, `invented` took effect and was never accepted.
    """

    lost: tuple[Entry, ...]
    doubled: tuple[Entry, ...]
    disordered: tuple[Entry, ...]
    invented: tuple[Entry, ...]

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return "; ".join(f"{len(each)} {name}: {_shortened(each)}" for name, each in found.items() if each) or "nothing"


def compare(accepted: Iterable[Entry], effects: Iterable[Entry]) -> Findings:
    """Hold effects, in the order in which they happened, against what was accepted, in the order of acceptance."""
    place: dict[Entry, int] = {}
    for entry in accepted:
        place.setdefault(entry, len(place))
    times: Counter[Entry] = Counter()
    furthest: dict[str, int] = {}
    disordered = []
    for entry in effects:
        times[entry] += 1
        if times[entry] > 1 or entry not in place:
            continue
        key = entry[0]
        if place[entry] < furthest.get(key, -1):
            disordered.append(entry)
        furthest[key] = max(place[entry], furthest.get(key, -1))
    return Findings(
        lost=tuple(entry for entry in place if entry not in times),
        doubled=tuple(entry for entry, number in times.items() if number > 1),
        disordered=tuple(disordered),
        invented=tuple(entry for entry in times if entry not in place),
    )


class Ledger:
    """What a test has sent and what came of it."""

    def __init__(self) -> None:
        self._accepted: list[Entry] = []
        self._effects: list[Entry] = []

    def accept(self, key: str, number: int) -> None:
        """Note that an event was accepted: from now on it must take effect."""
        self._accepted.append((key, number))

    def effect(self, key: str, number: int) -> None:
        """Note that an event has taken effect."""
        self._effects.append((key, number))

    @property
    def outstanding(self) -> int:
        """How many accepted events have had no effect yet."""
        return len(set(self._accepted) - set(self._effects))

    def findings(self) -> Findings:
        """Return what is wrong so far."""
        return compare(self._accepted, self._effects)

    def verify(self) -> None:
        """Fail unless every accepted event took effect exactly once, in order for its key.

        Raises:
            AssertionError: names what was lost, doubled, disordered or invented.
        """
        findings = self.findings()
        if findings:
            raise AssertionError(str(findings))


@pytest.fixture
def ledger() -> Ledger:
    """Give an empty ledger."""
    return Ledger()


def _shortened(entries: tuple[Entry, ...]) -> str:
    shown = ", ".join(f"{key}/{number}" for key, number in entries[:_SHOWN])
    return shown if len(entries) <= _SHOWN else f"{shown} and {len(entries) - _SHOWN} more"
