"""A part of the index: columns, who has which skill, and the vectors. It is made once and never changes.

What changes is `alive`: a freelancer whose profile has changed is in a newer segment, and dead in the older ones.
Searches may run beside that; at the worst they see a freelancer in two segments, of which the index takes the newer.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from sourcing.index.columns import CREDIT, Columns, Floats, Mask, Rows, thinned, vectors_of
from sourcing.index.documents import Terms
from sourcing.index.nearest import LISTS_FROM, TRAINED_ON, Found, Nearest, centres_for, flat, highest, lists
from sourcing.index.vocabulary import Vectors, Vocabulary, language, place

UNKNOWN = 0.5
"""What a term counts of which a profile says nothing."""
SKILLS, YEARS, LANGUAGES, OTHERS = 0.70, 0.12, 0.10, 0.08
"""What skills and terms count together, about as in the score; `OTHERS` are availability, place and rate."""
LEAST = SKILLS
"""What the skills count at the least, when the terms asked for count nothing."""

QUERIES = 64
SHARE_ASKED = 3
"""A project asks for some third of the skills of those who fit; with such queries the probes are measured."""


class Segment:
    """Some rows of the index."""

    def __init__(self, columns: Columns, vocabulary: Vocabulary, nearest: Nearest | None = None) -> None:
        self.columns = columns
        self.alive: Mask = np.ones(len(columns), np.bool_)
        self._vocabulary = vocabulary
        self._by_id = np.argsort(columns.ids, kind="stable").astype(np.int32)
        self._posting_starts, self._posting_rows, self._posting_credits = _postings(columns)
        self.nearest = nearest or _nearest(columns, vocabulary)

    def __len__(self) -> int:
        return len(self.columns)

    def rows_of(self, ids: NDArray[np.bytes_]) -> Rows:
        """Return the living rows of those of `ids` that are here."""
        if not len(self):
            return np.empty(0, np.int32)
        at = np.searchsorted(self.columns.ids, ids, sorter=self._by_id)
        rows: Rows = self._by_id[np.minimum(at, len(self) - 1)]
        found: Rows = rows[(self.columns.ids[rows] == ids) & self.alive[rows]]
        return found

    def allowed(self, only: Terms) -> Mask:
        """Return the living rows for which the terms hold."""
        mask = self.alive.copy()
        for _, values in self._terms(only, np.arange(len(self), dtype=np.int32), unknown=0.0):
            mask &= values >= 1.0
        return mask

    def by_skills(self, skills: Mapping[str, float], liked: Terms, allowed: Mask, count: int) -> Found:
        """Return at most `count` rows that have some of the skills, best first.

        A row's value is the weighted sum of its skills' credits, of which the terms it does not meet take up to a part.
        """
        overlap = np.zeros(len(self), np.float32)
        for name, weight in skills.items():
            rows, credits = self._posting(name)
            overlap[rows] += np.float32(weight / CREDIT) * credits
        overlap[~allowed] = 0.0
        rows = _worth_a_look(overlap, count)
        values = overlap[rows] * self._lift(liked, rows)
        best = highest(values, count)
        return rows[best], values[best]

    def by_vector(self, vector: Vectors, liked: Terms, allowed: Mask, count: int, *, exactly: bool = False) -> Found:
        """Return at most `count` rows next to the vector, best first; the terms count as in `by_skills`."""
        rows, cosines = self.nearest.search(vector, allowed, count, exactly=exactly)
        values = cosines * self._lift(liked, rows)
        order = highest(values, count)
        return rows[order], values[order]

    def how_many_have(self, name: str) -> int:
        """Return how many rows, dead ones among them, have a skill."""
        return len(self._posting(name)[0])

    def _posting(self, name: str) -> tuple[Rows, NDArray[np.uint8]]:
        number = self._vocabulary.known(name)
        if number is None or number + 1 >= len(self._posting_starts):
            return self._posting_rows[:0], self._posting_credits[:0]
        span = slice(self._posting_starts[number], self._posting_starts[number + 1])
        return self._posting_rows[span], self._posting_credits[span]

    def _lift(self, liked: Terms, rows: Rows) -> Floats:
        """What the terms leave of a row's value: all where it meets them, `LEAST` where it meets none."""
        whole, lift = SKILLS, np.full(len(rows), SKILLS, np.float32)
        for weight, values in self._terms(liked, rows, unknown=UNKNOWN):
            whole += weight
            lift += np.float32(weight) * values
        return lift / np.float32(whole)

    def _terms(self, asked: Terms, rows: Rows, *, unknown: float) -> Iterable[tuple[float, Floats]]:
        """How far each row meets each of the terms, from 0 to 1, and what that counts."""
        others = OTHERS / max(
            1, asked.available + (asked.remote or bool(asked.location)) + (asked.max_rate is not None)
        )
        columns = self.columns
        if asked.available:
            yield others, columns.available[rows].astype(np.float32)
        if asked.remote:
            yield others, columns.remote[rows].astype(np.float32)
        if asked.location:
            yield others, self._has(place(asked.location), rows)
        for each in asked.languages:
            yield LANGUAGES / len(asked.languages), self._has(language(each), rows)
        if asked.min_years:
            yield YEARS, _known(np.minimum(1.0, columns.years[rows] / np.float32(asked.min_years)), unknown)
        if asked.max_rate is not None:
            above = columns.rates[rows] / np.float32(max(asked.max_rate, 1e-6))
            yield others, _known(np.clip(3.0 - 2.0 * above, 0.0, 1.0), unknown)

    def _has(self, name: str, rows: Rows) -> Floats:
        have = np.zeros(len(self), np.float32)
        have[self._posting(name)[0]] = 1.0
        return have[rows]


def _known(values: Floats, unknown: float) -> Floats:
    return np.where(np.isnan(values), np.float32(unknown), values).astype(np.float32)


def _worth_a_look(overlap: Floats, count: int) -> Rows:
    """The rows that may be among the best `count` whatever the terms say of them."""
    some = np.flatnonzero(overlap > 0).astype(np.int32)
    if len(some) <= count:
        return some
    values = overlap[some]
    surely = np.partition(values, len(values) - count)[len(values) - count] * LEAST
    looked_at: Rows = some[values >= surely]
    return looked_at


def _postings(columns: Columns) -> tuple[NDArray[np.int64], Rows, NDArray[np.uint8]]:
    order = np.argsort(columns.features, kind="stable")
    rows = np.repeat(np.arange(len(columns), dtype=np.int32), np.diff(columns.starts))
    counts = np.bincount(columns.features) if len(columns.features) else np.zeros(0, np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    return starts, rows[order], columns.credits[order]


def _nearest(columns: Columns, vocabulary: Vocabulary) -> Nearest:
    if len(columns) < LISTS_FROM:
        return flat(vectors_of(columns, vocabulary), vocabulary.dimensions)
    sample = np.concatenate(list(vectors_of(_some(columns, TRAINED_ON * centres_for(len(columns))), vocabulary)))
    projects = thinned(_some(columns, QUERIES), SHARE_ASKED)
    queries = np.concatenate(list(vectors_of(projects, vocabulary)))
    return lists(vectors_of(columns, vocabulary), sample, queries, len(columns))


def _some(columns: Columns, count: int) -> Columns:
    """About so many of the rows, from all over."""
    chosen = np.zeros(len(columns), np.bool_)
    chosen[:: max(1, len(columns) // count)] = True
    return columns.kept(chosen)
