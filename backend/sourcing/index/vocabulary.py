"""Numbers for what freelancers have: skills, languages, places; and the skills' vectors.

A number is given once and stays, so that segments that were made earlier can be read with what was added later.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
VectorOf = Callable[[str], Vectors | None]
"""The vector of a skill, of length one, by its id; None when it has none."""

LANGUAGE = "language:"
PLACE = "place:"


class Vocabulary:
    """The names that have a number, in the order of the numbers."""

    def __init__(self, vector_of: VectorOf, dimensions: int, names: Iterable[str] = ()) -> None:
        self.dimensions = dimensions
        self._vector_of = vector_of
        self._numbers: dict[str, int] = {}
        self._matrix: Vectors = np.zeros((1024, dimensions), np.float32)
        self._lock = Lock()
        for name in names:
            self.number(name)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def names(self) -> list[str]:
        """All names."""
        return list(self._numbers)

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
                self._numbers[name] = number
        return number

    def vector(self, weights: Mapping[str, float]) -> Vectors:
        """Return the unit vector of weighted skills; zeros when none has a vector."""
        total = np.zeros(self.dimensions, np.float32)
        for name, weight in weights.items():
            vector = self._vector_of(name)
            if vector is not None:
                total += np.float32(weight) * vector
        of_length_one: Vectors = unit(total[None, :])[0]
        return of_length_one

    def fingerprint(self) -> str:
        """Say what the vectors are, so that an index made with others is known for it."""
        return blake2b(self._matrix[: len(self)].tobytes(), digest_size=16).hexdigest()

    def _place(self, number: int, name: str) -> None:
        if number == len(self._matrix):
            self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
        vector = None if name.startswith((LANGUAGE, PLACE)) else self._vector_of(name)
        if vector is not None:
            self._matrix[number] = vector


def language(name: str) -> str:
    """The name under which a language is numbered."""
    return LANGUAGE + name.casefold().strip()


def place(name: str) -> str:
    """The name under which a place is numbered."""
    return PLACE + name.casefold().strip()


def unit(rows: Vectors) -> Vectors:
    """Bring each row to length one; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    brought: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return brought
