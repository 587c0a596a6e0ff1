"""The search index: who has which skills, and whose skills are near in meaning, in memory.

**Segments.** Each lot of changes becomes a new, small segment, and the rows that it replaces die. Small segments are
merged as they become many, each into one that is at most four times as large, so that there are few, and a row is
moved a few times at the most. A merge that makes a large segment takes a while: it is made beside the index (`merged`)
and takes its parts' place when it is ready (`take`). Whoever searches works on the segments that there were when he
began. One writer at a time; readers are many, in threads, and wait for nobody.

**An answer** joins three rankings: by skills (each by its weight; whoever has one of them is looked at), by vector
(who has skills near to those) and by the words of titles (each by its inverse document frequency; of BM25 that is what
remains where a text is a title, which says a word once). They are fused by reciprocal rank (Cormack, Clarke, Buettcher,
SIGIR 2009): a rank `r` counts `1 / (60 + r)`, and what several rankings have counts as often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sourcing.index.columns import Columns, Mask, columns_of, joined
from sourcing.index.documents import Document, Hit, Query
from sourcing.index.nearest import LISTS_FROM, Found
from sourcing.index.segment import Segment
from sourcing.index.vocabulary import Vocabulary, word

FUSED = 60.0
GROWTH = 4
"""A segment is merged into the one before it when that is not more than so many times as large."""
MOST_ROWS = 200_000
"""Rows at most that are looked at for the words of a question, the rarest words first: what many have says little."""
DEAD = 0.25
"""The share of dead rows from which a large segment is made anew."""


class Merge(NamedTuple):
    """Segments that are to become one, and who was alive in them when that began."""

    parts: tuple[Segment, ...]
    alive: tuple[Mask, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """How large the index is."""

    freelancers: int
    segments: int
    dead: int
    names: int
    probes: int


class Index:
    """Freelancers, to be searched."""

    def __init__(self, vocabulary: Vocabulary, segments: Sequence[Segment] = ()) -> None:
        self.vocabulary = vocabulary
        self.segments: tuple[Segment, ...] = tuple(segments)
        self._merging: tuple[Segment, ...] = ()
        """Parts of the merge that is made beside; they stay as they are until then."""

    def __len__(self) -> int:
        return sum(int(np.count_nonzero(segment.alive)) for segment in self.segments)

    def statistics(self) -> Statistics:
        """Say how large it is."""
        rows, alive = sum(map(len, self.segments)), len(self)
        probes = max((segment.nearest.probes for segment in self.segments), default=0)
        return Statistics(alive, len(self.segments), rows - alive, len(self.vocabulary), probes)

    # Changing

    def change(self, documents: Sequence[Document], gone: Iterable[str] = ()) -> None:
        """Put these freelancers in, in the place of what was known of them, and take out those who are gone."""
        newest = list({document.id: document for document in documents}.values())
        before = self.segments
        if newest:
            self.segments = (*before, Segment(columns_of(newest, self.vocabulary), self.vocabulary))
        self._kill(before, [document.id for document in newest] + list(gone))
        while merge := self._due(small=True):
            self.take(merge, merged(merge, self.vocabulary))

    def large_merge(self) -> Merge | None:
        """Return what should be merged beside the index, if anything. Its parts wait: `take` it, or `give_up`."""
        merge = self._due(small=False)
        self._merging = merge.parts if merge is not None else ()
        return merge

    def give_up(self) -> None:
        """Forget the merge that was to be made beside the index."""
        self._merging = ()

    def take(self, merge: Merge, made: Segment) -> None:
        """Put a merged segment in the place of its parts; who has died in them meanwhile dies in it."""
        for part, was in zip(merge.parts, merge.alive, strict=True):
            died = part.columns.ids[was & ~part.alive]
            made.alive[made.rows_of(died)] = False
        at = self.segments.index(merge.parts[0])
        self.segments = (*self.segments[:at], made, *self.segments[at + len(merge.parts) :])
        self._merging = tuple(each for each in self._merging if each not in merge.parts)

    def _kill(self, segments: Iterable[Segment], ids: list[str]) -> None:
        keys = np.array([each.encode() for each in ids], dtype=np.bytes_)
        for segment in segments if ids else ():
            segment.alive[segment.rows_of(keys)] = False

    def _due(self, *, small: bool) -> Merge | None:
        for earlier, later in zip(self.segments, self.segments[1:], strict=False):
            if earlier in self._merging or later in self._merging:
                continue
            if len(earlier) <= GROWTH * len(later) and (len(earlier) + len(later) < LISTS_FROM) is small:
                return _merge(earlier, later)
        first = self.segments[0] if self.segments else None
        if not small and first is not None and np.count_nonzero(~first.alive) > DEAD * max(len(first), LISTS_FROM):
            return _merge(first)
        return None

    # Asking

    def search(self, query: Query, count: int, *, exactly: bool = False) -> list[Hit]:
        """Return the best `count`, best first; `exactly` looks at every vector. Takes time: for a thread."""
        vector, words = self.vocabulary.vector(query.skills), self._telling(query.words)
        by_skills: list[tuple[Segment, Found]] = []
        by_vector: list[tuple[Segment, Found]] = []
        by_words: list[tuple[Segment, Found]] = []
        for segment in self.segments:
            allowed = segment.allowed(query.only)
            by_skills.append((segment, segment.by_skills(query.skills, query.liked, allowed, count)))
            by_vector.append((segment, segment.by_vector(vector, query.liked, allowed, count, exactly=exactly)))
            by_words.append((segment, segment.by_words(words, query.skills, query.liked, allowed, count)))
        fused: dict[str, float] = {}
        for ranking in (by_skills, by_vector, by_words):
            for rank, id in enumerate(_ranked(ranking, count), start=1):
                fused[id] = fused.get(id, 0.0) + 1.0 / (FUSED + rank)
        best = sorted(fused.items(), key=lambda each: (-each[1], each[0]))[:count]
        return [Hit(id, value) for id, value in best]

    def rarity(self, name: str) -> float:
        """Return how rare a skill is, from 0 (everybody has it) to 1 (one has it)."""
        have = self._how_many_have(name)
        rows = sum(map(len, self.segments))
        return float(np.log(rows / max(1, have)) / np.log(rows)) if rows > 1 else 1.0

    def _how_many_have(self, name: str) -> int:
        return sum(segment.how_many_have(name) for segment in self.segments)

    def _telling(self, words: Sequence[str]) -> dict[str, float]:
        """The words that somebody has, and what each counts: the rarest, as many as there is time for."""
        have = {name: self._how_many_have(word(name)) for name in words}
        telling: dict[str, float] = {}
        looked_at = 0
        for name in sorted(have, key=lambda name: (have[name], name)):
            looked_at += have[name]
            if looked_at > MOST_ROWS:
                break
            if have[name]:
                telling[name] = self.rarity(word(name))
        return telling

    def versions(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the versions of those of the freelancers who are here."""
        keys = np.array([each.encode() for each in ids], dtype=np.bytes_)
        found: dict[str, int] = {}
        for segment in self.segments if ids else ():
            rows = segment.rows_of(keys)
            names = (id.decode() for id in segment.columns.ids[rows])
            found.update(zip(names, segment.columns.versions[rows].tolist(), strict=True))
        return found

    def ids(self) -> NDArray[np.bytes_]:
        """Return the ids of all who are here, sorted."""
        return np.sort(np.concatenate([np.empty(0, "S1"), *(each.columns.ids[each.alive] for each in self.segments)]))


def of_columns(columns: Columns, vocabulary: Vocabulary) -> Index:
    """Make an index of columns, each id once. Takes minutes for a million: for a thread."""
    return Index(vocabulary, [Segment(columns, vocabulary)] if len(columns) else [])


def merged(merge: Merge, vocabulary: Vocabulary) -> Segment:
    """Make one segment of those who were alive. Takes time where it is large: for a thread."""
    parts = [part.columns.kept(alive) for part, alive in zip(merge.parts, merge.alive, strict=True)]
    return Segment(joined(parts), vocabulary)


def _merge(*parts: Segment) -> Merge:
    return Merge(parts, tuple(part.alive.copy() for part in parts))


def _ranked(found: Sequence[tuple[Segment, Found]], count: int) -> list[str]:
    """The ids of the best rows of all segments, each once, best first; among equals the order of ids."""
    best: dict[str, float] = {}
    for segment, (rows, values) in found:
        for id, value in zip(segment.columns.ids[rows].tolist(), values.tolist(), strict=True):
            best[id.decode()] = value  # of two segments the later one knows better
    return [id for id, _ in sorted(best.items(), key=lambda each: (-each[1], each[0]))[:count]]
