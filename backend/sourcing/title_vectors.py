"""Titles as vectors, made of the shipped vectors of skills: how near what somebody works as is to what is asked for.

A word's vector is the mean direction of the listed skills whose names have it, less what all words have in common; a
title's is the sum of its words' (`title_words`), the rarer a word among the skills' names the heavier. No network runs
for it, so a title costs microseconds, and a word that is no word of work says nothing.
"""

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from sourcing.encoding import DIMENSIONS
from sourcing.skill_vectors import skill_vectors
from sourcing.title_words import skills_of_words


def title_nearness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The cosine of two titles, given as their words of work (`title_words`): 1 for the same words."""
    return float(_title_vector(one) @ _title_vector(other))


@lru_cache(maxsize=1 << 13)
def _title_vector(words: tuple[str, ...]) -> NDArray[np.float32]:
    known = _word_vectors()
    total = np.zeros(DIMENSIONS, np.float32)
    for word in words:
        row = known.row_of.get(word)
        if row is not None:
            total += known.weights[row] * known.rows[row]
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > 0 else total


@dataclass(frozen=True)
class _WordVectors:
    """Rows of length one, which word has which, and how much each weighs by its rarity."""

    row_of: dict[str, int]
    rows: NDArray[np.float32]
    weights: NDArray[np.float32]


@cache
def _word_vectors() -> _WordVectors:
    vectors = skill_vectors()
    named = skills_of_words()
    rows = np.stack(
        [vectors.rows[[vectors.row_of[skill] for skill in skills]].sum(axis=0) for skills in named.values()]
    )
    rows = _of_length_one(rows)
    rarity = [math.log(1 + len(vectors.rows) / len(skills)) for skills in named.values()]
    return _WordVectors(
        row_of={word: row for row, word in enumerate(named)},
        rows=_of_length_one(rows - rows.mean(axis=0)),
        weights=np.array(rarity, np.float32),
    )


def _of_length_one(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    of_length_one: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-9))
    return of_length_one
