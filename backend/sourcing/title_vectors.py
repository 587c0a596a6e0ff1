"""How near two titles are, by the shipped vectors of skills: what somebody works as, beside what is asked for.

A word's vector is the mean direction of the listed skills whose names have it, less what all words have in common. Two
titles are as near as their words: for each word of either its nearest of the other, on the mean, the rarer a word among
the names of skills the heavier; then the mean of both ways (BERTScore's recall and precision, Zhang et al. 2020, with
their plain mean: a title that the other one only adds to stays near). No network runs for it, so a title costs
microseconds, and a word that is no word of work says nothing.
"""

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from sourcing.skill_vectors import skill_vectors
from sourcing.title_words import skills_of_words
from sourcing.unit import unit

Vectors = NDArray[np.float32]


@lru_cache(maxsize=1 << 14)
def title_nearness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """How near two titles are, given as their words of work (`title_words`), from 0 to 1: 1 for the same words."""
    first, second = _weighed(one), _weighed(other)
    near = np.clip(first.rows @ second.rows.T, 0.0, 1.0)
    return float(near.max(axis=1) @ first.weights + near.max(axis=0) @ second.weights) / 2.0


@dataclass(frozen=True)
class _Weighed:
    """Words as rows of length one, and how much each weighs by its rarity."""

    rows: Vectors
    weights: Vectors


@lru_cache(maxsize=1 << 13)
def _weighed(words: tuple[str, ...]) -> _Weighed:
    row_of, known = _words_of_work()
    rows = [row_of[word] for word in words]
    return _Weighed(known.rows[rows], known.weights[rows] / known.weights[rows].sum())


@cache
def _words_of_work() -> tuple[dict[str, int], _Weighed]:
    vectors = skill_vectors()
    named = skills_of_words()
    rows = np.stack(
        [vectors.rows[[vectors.row_of[skill] for skill in skills]].sum(axis=0) for skills in named.values()]
    )
    rows = unit(rows)
    rarity = [math.log(1 + len(vectors.rows) / len(skills)) for skills in named.values()]
    weighed = _Weighed(unit(rows - rows.mean(axis=0)), np.array(rarity, np.float32))
    return {word: row for row, word in enumerate(named)}, weighed
