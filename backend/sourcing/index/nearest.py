"""The vectors of a segment's rows, and which of them are nearest to one.

Up to some ten thousand rows all are looked at (`Flat`). More are kept in lists around centres, a byte a dimension, and
only the lists next to the query are looked at (`Lists`: faiss' IVF with scalar quantisation). How many lists that takes
is measured, against looking at all of them; vectors of a kind that comes later may need more, so it is measured again.
faiss is imported where lists are, and not before.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sourcing.index.columns import Mask, Rows
from sourcing.index.vocabulary import Vectors

LISTS_FROM = 50_000
"""Rows from which a segment keeps lists; below, looking at all of them takes less than ten milliseconds."""
TRAINED_ON = 40
"""Rows for each centre that the centres are found from."""
ROUNDS = 8
"""Of looking for the centres."""
NEIGHBOURS = 400
"""Of a vector, that are looked for when the probes are measured."""
RECALL = 0.97
"""Of the true neighbours, that the probes must find."""
SELECTIVE = 0.02
"""The share of rows from which a filter is so narrow that all lists are looked at."""

Found = tuple[Rows, NDArray[np.float32]]


class Nearest(Protocol):
    """Finds the rows nearest to a vector."""

    probes: int
    """How many lists are looked at; 0 where all rows are."""

    def search(self, vector: Vectors, allowed: Mask, count: int) -> Found:
        """Return at most `count` rows of `allowed`, nearest first, and their cosines."""
        ...

    def widen(self) -> None:
        """Look at twice as many lists from now on."""
        ...


class Flat:
    """All vectors as they are; every answer is exact."""

    probes = 0

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, vector: Vectors, allowed: Mask, count: int) -> Found:
        """Look at all."""
        return nearest_of_all(self._vectors @ vector, allowed, count)

    def widen(self) -> None:
        """Everything is looked at already."""


class Lists:
    """Vectors in lists around centres."""

    def __init__(self, index: Any, probes: int) -> None:
        self.index = index
        self.probes = probes

    def search(self, vector: Vectors, allowed: Mask, count: int, *, everywhere: bool = False) -> Found:
        """Look at the nearest lists; at all of them where few rows are allowed, or `everywhere` is asked for."""
        import faiss

        left = np.count_nonzero(allowed)
        narrow = left < SELECTIVE * len(allowed)
        probes = self.index.nlist if everywhere or narrow else self.probes
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits) if left < len(allowed) else None
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        cosines, rows = self.index.search(vector[None, :], count, params=parameters)
        found = (rows[0] >= 0) & (cosines[0] > 0)
        return rows[0][found].astype(np.int32), cosines[0][found]

    def widen(self) -> None:
        """Look at twice as many lists from now on."""
        self.probes = min(2 * self.probes, self.index.nlist)

    def measure(self, queries: Vectors, allowed: Mask) -> None:
        """Set the probes to the fewest that find `RECALL` of the true neighbours of `queries`."""
        exact = [set(self.search(query, allowed, NEIGHBOURS, everywhere=True)[0].tolist()) for query in queries]
        self.probes = 4
        while self.probes < self.index.nlist:
            found = [set(self.search(query, allowed, NEIGHBOURS)[0].tolist()) for query in queries]
            shares = [len(a & b) / len(b) for a, b in zip(found, exact, strict=True) if b]
            if not shares or sum(shares) / len(shares) >= RECALL:
                return
            self.widen()


def flat(batches: Iterator[Vectors], dimensions: int) -> Flat:
    """Keep the vectors as they are."""
    return Flat(np.concatenate([np.empty((0, dimensions), np.float32), *batches]))


def lists(batches: Iterator[Vectors], sample: Vectors, queries: Vectors, rows: int) -> Lists:
    """Make lists of the vectors of `rows` rows. Takes a minute for a million.

    The centres are found from a sample of them; the probes are measured with queries as they will be asked.
    """
    import faiss

    centres, dimensions = centres_for(rows), sample.shape[1]
    quantiser = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        quantiser, dimensions, centres, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter = ROUNDS
    index.cp.min_points_per_centroid = 1
    index.train(sample)
    for batch in batches:
        index.add(batch)
    made = Lists(index, probes=4)
    made.measure(queries, np.ones(rows, np.bool_))
    return made


def centres_for(rows: int) -> int:
    """How many lists so many rows are kept in: twice their root."""
    return int(2 * rows**0.5)


def nearest_of_all(cosines: NDArray[np.float32], allowed: Mask, count: int) -> Found:
    """Return at most `count` rows of `allowed`, given the cosine of each row; `cosines` is written over."""
    cosines[~allowed] = -1.0
    rows = highest(cosines, count)
    rows = rows[cosines[rows] > 0]
    return rows, cosines[rows]


def highest(values: NDArray[np.float32], count: int) -> Rows:
    """Return where the highest values are, highest first; among equals the first."""
    if count >= len(values):
        return np.argsort(-values, kind="stable").astype(np.int32)
    part = np.argpartition(-values, count)[:count]
    part.sort()
    return part[np.argsort(-values[part], kind="stable")].astype(np.int32)
