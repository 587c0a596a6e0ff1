"""Freelancers as columns: what a segment is made of, and what is written to disk.

The features of row `i` (skills, languages, places, words of titles, as numbers of the vocabulary) are
`features[starts[i]:starts[i+1]]`, each with a credit from 1 to 255.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from sourcing.index.documents import Document
from sourcing.index.vocabulary import Vectors, Vocabulary, language, place, word
from sourcing.unit import unit

CREDIT = 255
ROWS_AT_ONCE = 4096
"""Rows whose vectors are composed at once: some 50 MiB of skills' vectors."""

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of freelancers; NaN where a number is not known."""

    ids: NDArray[np.bytes_]
    versions: Rows
    years: Floats
    rates: Floats
    available: Mask
    remote: Mask
    starts: NDArray[np.int64]
    features: Rows
    credits: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)

    def kept(self, mask: Mask) -> "Columns":
        """Return the rows of the mask."""
        counts = np.diff(self.starts)
        of_kept = np.repeat(mask, counts)
        return Columns(
            self.ids[mask],
            self.versions[mask],
            self.years[mask],
            self.rates[mask],
            self.available[mask],
            self.remote[mask],
            starts_of(counts[mask]),
            self.features[of_kept],
            self.credits[of_kept],
        )


def thinned(columns: Columns, share: int, vocabulary: Vocabulary) -> Columns:
    """Return the rows with every `share`-th of their features that have a vector, counted over all rows, and without
    those left empty.
    """
    kept = np.zeros(len(columns.features), np.bool_)
    kept[np.flatnonzero(vocabulary.matrix[columns.features].any(axis=1))[::share]] = True
    owners = np.repeat(np.arange(len(columns)), np.diff(columns.starts))[kept]
    counts = np.bincount(owners, minlength=len(columns))
    fewer = replace(columns, starts=starts_of(counts), features=columns.features[kept], credits=columns.credits[kept])
    return fewer.kept(counts > 0)


def columns_of(documents: Sequence[Document], vocabulary: Vocabulary) -> Columns:
    """Make columns of documents, in their order."""
    counts: list[int] = []
    features: list[int] = []
    credits: list[int] = []
    for document in documents:
        before = len(features)
        for name, credit in _features(document):
            features.append(vocabulary.number(name))
            credits.append(max(1, round(credit * CREDIT)))
        counts.append(len(features) - before)
    return Columns(
        np.array([document.id.encode() for document in documents], dtype=np.bytes_),
        np.array([document.version for document in documents], np.int32),
        _numbers([document.years for document in documents]),
        _numbers([document.rate for document in documents]),
        np.array([document.available for document in documents], np.bool_),
        np.array([document.remote for document in documents], np.bool_),
        starts_of(np.array(counts, np.int64)),
        np.array(features, np.int32),
        np.array(credits, np.uint8),
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the rows of all parts, one after another."""
    counts = np.concatenate([np.diff(part.starts) for part in parts])
    whole = {each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Columns)}
    return Columns(**(whole | {"starts": starts_of(counts)}))


def vectors_of(columns: Columns, vocabulary: Vocabulary) -> Iterator[Vectors]:
    """Compose the rows' vectors from their skills', some thousand rows at once, in order."""
    return (unit(sums) for sums in _sums(columns, vocabulary))


def vectors_at(columns: Columns, rows: Rows, vocabulary: Vocabulary) -> Vectors:
    """Compose the vectors of these rows, in their order."""
    begins = columns.starts[rows]
    starts = starts_of(columns.starts[rows + 1] - begins)
    places = np.repeat(begins - starts[:-1], np.diff(starts)) + np.arange(starts[-1])
    return unit(_summed(columns.features[places], columns.credits[places], starts, vocabulary))


def lengths_of(columns: Columns, vocabulary: Vocabulary) -> Floats:
    """Return how long each row's vector is before it is brought to length one."""
    lengths = [np.linalg.norm(sums, axis=1) for sums in _sums(columns, vocabulary)]
    return np.concatenate([np.empty(0, np.float32), *lengths])


def products_of(columns: Columns, vocabulary: Vocabulary, vector: Vectors) -> Floats:
    """Return the products of `vector` with the rows' vectors as they are before that, which need not be composed."""
    return _added_up((vocabulary.matrix @ vector)[columns.features] * columns.credits, columns.starts)


def _sums(columns: Columns, vocabulary: Vocabulary) -> Iterator[Vectors]:
    for begin in range(0, len(columns), ROWS_AT_ONCE):
        starts = columns.starts[begin : begin + ROWS_AT_ONCE + 1]
        span = slice(starts[0], starts[-1])
        yield _summed(columns.features[span], columns.credits[span], starts - starts[0], vocabulary)


def _summed(features: Rows, credits: NDArray[np.uint8], starts: NDArray[np.int64], vocabulary: Vocabulary) -> Vectors:
    return _added_up(vocabulary.matrix[features] * credits[:, None].astype(np.float32), starts)


def _added_up(of_features: Floats, starts: NDArray[np.int64]) -> Floats:
    """Add up what the features of each row have; a row without any has zeros."""
    sums = np.zeros((len(starts) - 1, *of_features.shape[1:]), np.float32)
    filled = np.diff(starts) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(of_features, starts[:-1][filled], axis=0)
    return sums


def _features(document: Document) -> Iterator[tuple[str, float]]:
    yield from document.skills.items()
    for name in dict.fromkeys(map(language, document.languages)):
        yield name, 1.0
    if document.location:
        yield place(document.location), 1.0
    for name in dict.fromkeys(map(word, document.words)):
        yield name, 1.0


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float32)


def starts_of(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each row begins, and where the last one ends, of rows of so many."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
