"""A part of the index: columns, who has which skill, and the vectors. It is made once and never changes.

What changes is `alive`: a freelancer whose profile has changed is in a newer segment, and dead in the older ones.
Searches may run beside that; at the worst they see a freelancer in two segments, of which the index takes the newer.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from sourcing.index.columns import (
    CREDIT,
    Columns,
    Floats,
    Mask,
    Rows,
    lengths_of,
    products_of,
    thinned,
    vectors_at,
    vectors_of,
)
from sourcing.index.documents import Terms
from sourcing.index.nearest import (
    LISTS_FROM,
    TRAINED_ON,
    Found,
    Nearest,
    centres_for,
    flat,
    highest,
    lists,
    nearest_of_all,
)
from sourcing.index.vocabulary import Vectors, Vocabulary, language, place, word
from sourcing.skill_fit import lent

UNKNOWN = 0.5
"""What a term counts of which a profile says nothing."""
SKILLS, YEARS, LANGUAGES, OTHERS = 0.70, 0.12, 0.10, 0.08
"""What skills and terms count together, about as in the score; `OTHERS` are availability, place and rate."""
LEAST = SKILLS
"""What the skills count at the least, when the terms asked for count nothing."""

MORE = 2
"""Times as many rows as wanted that are taken from lists."""

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
        self._lengths: Floats | None = None
        """Of the rows' vectors, when an exact answer has asked for them: a minute's work for a million."""

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

        A row's value is the weighted sum of its skills' credits, where a skill that is near to one asked for counts
        what it lends in the score; of that the terms that the row does not meet take a part.
        """
        rows, overlap = self._overlap(skills)
        here = allowed[rows]
        rows, overlap = _worth_a_look(rows[here], overlap[here], count)
        values = overlap * self._lift(liked, rows)
        best = highest(values, count)
        return rows[best], values[best]

    def by_words(
        self, words: Mapping[str, float], skills: Mapping[str, float], liked: Terms, allowed: Mask, count: int
    ) -> Found:
        """Return at most `count` rows whose titles have some of the words, best first.

        A row's value is the sum of its words' weights. Titles are short and many have the same, so that of those who
        have, the skills decide; the terms count as in `by_skills`.
        """
        sums = np.zeros(len(self), np.float32)
        touched = [self._posting(word(name))[0] for name in words]
        for rows, weight in zip(touched, words.values(), strict=True):
            sums[rows] += np.float32(weight)
        rows, values = _taken(sums, touched)
        here = allowed[rows]
        rows, values = rows[here], values[here]
        if not len(rows):
            return rows, values
        skilled, overlap = self._overlap(skills)
        sums[skilled] = overlap
        values = values * (1.0 + sums[rows]) * self._lift(liked, rows)
        best = highest(values, count)
        return rows[best], values[best]

    def by_vector(self, vector: Vectors, liked: Terms, allowed: Mask, count: int, *, exactly: bool = False) -> Found:
        """Return at most `count` rows next to the vector, best first; the terms count as in `by_skills`.

        Lists keep vectors coarsely, so more rows than wanted are taken from them, and compared as their skills say.
        """
        rows, cosines = self._all(vector, allowed, count) if exactly else self._next(vector, allowed, count)
        values = cosines * self._lift(liked, rows)
        order = highest(values, count)
        return rows[order], values[order]

    def how_many_have(self, name: str) -> int:
        """Return how many rows, dead ones among them, have a skill, or what else has a number."""
        return len(self._posting(name)[0])

    def _next(self, vector: Vectors, allowed: Mask, count: int) -> Found:
        rows, cosines = self.nearest.search(vector, allowed, MORE * count)
        if self.nearest.probes:
            cosines = vectors_at(self.columns, rows, self._vocabulary) @ vector
        best = highest(cosines, count)
        return rows[best], cosines[best]

    def _all(self, vector: Vectors, allowed: Mask, count: int) -> Found:
        """The rows next to the vector of all there are, each looked at."""
        if self._lengths is None:
            self._lengths = lengths_of(self.columns, self._vocabulary)
        products = products_of(self.columns, self._vocabulary, vector)
        cosines = np.divide(products, self._lengths, out=np.zeros_like(products), where=self._lengths > 0)
        return nearest_of_all(cosines, allowed, count)

    def _overlap(self, skills: Mapping[str, float]) -> Found:
        """Return the rows that have some of the skills, each once, and how much of them.

        Only postings are gone through, never all rows: what was taken from the sums is zero when it comes again.
        """
        overlap, credits = np.zeros(len(self), np.float32), np.zeros(len(self), np.float32)
        touched: list[Rows] = []
        for name, weight in skills.items():
            having = [(name, 1.0), *((other, lent(near)) for other, near in self._vocabulary.stand_ins(name))]
            postings = [(*self._posting(other), np.float32(share * weight / CREDIT)) for other, share in having]
            for rows, own, share in postings:
                credits[rows] = np.maximum(credits[rows], share * own)
            for rows, _, _ in postings:
                overlap[rows] += credits[rows]
                credits[rows] = 0.0
                touched.append(rows)
        return _taken(overlap, touched)

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


def _taken(sums: Floats, touched: Iterable[Rows]) -> Found:
    """The rows whose sum is not zero, each once, and the sums."""
    taken: list[Rows] = [np.empty(0, np.int32)]
    values: list[Floats] = [np.empty(0, np.float32)]
    for rows in touched:
        some = rows[sums[rows] > 0]
        taken.append(some)
        values.append(sums[some])
        sums[some] = 0.0
    return np.concatenate(taken), np.concatenate(values)


def _worth_a_look(rows: Rows, overlap: Floats, count: int) -> Found:
    """The rows that may be among the best `count` whatever the terms say of them."""
    if len(rows) <= count:
        return rows, overlap
    surely = np.partition(overlap, len(overlap) - count)[len(overlap) - count] * LEAST
    looked_at = overlap >= surely
    return rows[looked_at], overlap[looked_at]


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
    projects = thinned(_some(columns, QUERIES), SHARE_ASKED, vocabulary)
    queries = np.concatenate(list(vectors_of(projects, vocabulary)))
    return lists(vectors_of(columns, vocabulary), sample, queries, len(columns))


def _some(columns: Columns, count: int) -> Columns:
    """About so many of the rows, from all over."""
    chosen = np.zeros(len(columns), np.bool_)
    chosen[:: max(1, len(columns) // count)] = True
    return columns.kept(chosen)
