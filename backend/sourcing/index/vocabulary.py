"""Numbers for what freelancers have: skills, languages, places, words of titles; and the skills' vectors.

A number is given once and stays, so that segments that were made earlier can be read with what was added later.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sourcing.unit import unit

Vectors = NDArray[np.float32]

LANGUAGE = "language:"
PLACE = "place:"
WORD = "word:"
NEAR_FROM = 0.5
"""The nearness from which a skill stands in for another."""
STAND_INS = 12
"""Skills at most that stand in for one, the nearest."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What skills mean, by their ids: vectors of length one (None: it has none), and how near two are, from 0 to 1."""

    dimensions: int
    vector_of: Callable[[str], Vectors | None]
    nearness: Callable[[str, str], float]


class Vocabulary:
    """The names that have a number, in the order of the numbers."""

    def __init__(self, meaning: Meaning, names: Iterable[str] = ()) -> None:
        self.dimensions = meaning.dimensions
        self._meaning = meaning
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._matrix: Vectors = np.zeros((1024, meaning.dimensions), np.float32)
        self._stand_ins: dict[str, list[tuple[str, float]]] = {}
        self._lock = Lock()
        for name in names:
            self.number(name)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def names(self) -> list[str]:
        """All names."""
        return list(self._names)

    @property
    def matrix(self) -> Vectors:
        """The vectors by number; zeros where there is none."""
        return self._matrix

    def known(self, name: str) -> int | None:
        """Return the number of a name; None when nobody has it."""
        return self._numbers.get(name)

    def number(self, name: str) -> int:
        """Return the number of a name, given now if it has none yet."""
        with self._lock:
            number = self._numbers.get(name)
            if number is None:
                number = len(self._numbers)
                self._place(number, name)
                self._names.append(name)
                self._numbers[name] = number
        return number

    def vector(self, weights: Mapping[str, float]) -> Vectors:
        """Return the unit vector of weighted skills; zeros when none has a vector."""
        total = np.zeros(self.dimensions, np.float32)
        for name, weight in weights.items():
            vector = self._meaning.vector_of(name)
            if vector is not None:
                total += np.float32(weight) * vector
        of_length_one: Vectors = unit(total[None, :])[0]
        return of_length_one

    def stand_ins(self, name: str) -> list[tuple[str, float]]:
        """Return the skills that come nearest to one, of those that somebody has, and how near each is."""
        found = self._stand_ins.get(name)
        vector = self._meaning.vector_of(name)
        if found is not None or vector is None:
            return found or []
        cosines = self._matrix[: len(self._names)] @ vector
        likely = [number for number in np.argsort(-cosines)[: STAND_INS + 1] if cosines[number] > 0]
        others = [self._names[number] for number in likely if self._names[number] != name]
        near = [(other, self._meaning.nearness(name, other)) for other in others]
        found = [each for each in near if each[1] >= NEAR_FROM]
        self._stand_ins[name] = found
        return found

    def fingerprint(self) -> str:
        """Say what the vectors are, so that an index made with others is known for it."""
        return blake2b(self._matrix[: len(self)].tobytes(), digest_size=16).hexdigest()

    def _place(self, number: int, name: str) -> None:
        if number == len(self._matrix):
            self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
        vector = None if name.startswith((LANGUAGE, PLACE, WORD)) else self._meaning.vector_of(name)
        if vector is not None:
            self._matrix[number] = vector
            self._stand_ins.clear()  # it may be near to some of them


def language(name: str) -> str:
    """The name under which a language is numbered."""
    return LANGUAGE + name.casefold().strip()


def place(name: str) -> str:
    """The name under which a place is numbered."""
    return PLACE + name.casefold().strip()


def word(name: str) -> str:
    """The name under which a word of titles is numbered."""
    return WORD + name
