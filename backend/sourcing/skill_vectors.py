"""Skills as vectors, shipped: how near two of them are, and what a set of them means as a whole.

`data/skill_vectors.npz` holds a row of 8-bit numbers for each skill of the list, made by
`make taxonomy` with `sourcing.encoding.encode` of its name (with its neighbourhood, for those of our own file:
"MySQL (databases)").
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from sourcing.encoding import DIMENSIONS, encode
from sourcing.skill_list import DATA, ESCO, Skill, all_skills, folded
from sourcing.unit import unit

VECTORS = DATA / "skill_vectors.npz"
HALF_WAY = 0.4
"""The cosine, less spelling, at which two skills are near: three in four pairs of one neighbourhood of our own list
are above, of pairs drawn at random three in a hundred, and one in two hundred of ESCO's."""
STEEPNESS = 12.0
SPELLING = 0.5
"""How much of a cosine comes from names that are written alike: its slope over the overlap of letters, among pairs of
different neighbourhoods (fitted: 0.54)."""


@dataclass(frozen=True)
class SkillVectors:
    """Rows of length one, and which skill has which."""

    row_of: dict[str, int]
    rows: NDArray[np.float32]


def skill_vector(skill_id: str) -> NDArray[np.float32] | None:
    """The vector of a listed skill, of length one; `None` when the list does not have it."""
    vectors = skill_vectors()
    row = vectors.row_of.get(skill_id)
    return None if row is None else vectors.rows[row]


def composed(weights: Mapping[str, float]) -> NDArray[np.float32]:
    """The direction in which the weighted skills (by id) point together; zeros when none is known."""
    total = np.zeros(DIMENSIONS, np.float32)
    for skill_id, weight in weights.items():
        vector = skill_vector(skill_id)
        if vector is not None:
            total += np.float32(weight) * vector
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > 0 else total


def nearness(one: str, other: str) -> float:
    """How near two skills (ids) are, 0 to 1: 1 for the same, below 0.5 for such as are not near.

    The logistic function of their cosine, less what it owes to a like spelling ("Java" and "JavaScript"). Free skills
    are near to nothing but themselves.
    """
    if one == other:
        return 1.0
    first, second = skill_vector(one), skill_vector(other)
    if first is None or second is None:
        return 0.0
    meant = float(first @ second) - SPELLING * written_alike(one, other)
    return 1 / (1 + math.exp(-STEEPNESS * (meant - HALF_WAY)))


def written_alike(one: str, other: str) -> float:
    """How much the names of two listed skills (ids) overlap: what they share of their groups of three letters, 0 to 1.

    Jaccard's coefficient.
    """
    first, second = _letters(one), _letters(other)
    return len(first & second) / len(first | second)


@lru_cache(maxsize=1 << 14)
def _letters(skill_id: str) -> frozenset[str]:
    name = f" {folded(all_skills()[skill_id].name)} "
    return frozenset(name[start : start + 3] for start in range(len(name) - 2))


@cache
def skill_vectors() -> SkillVectors:
    """All shipped vectors."""
    with np.load(VECTORS) as file:
        rows = unit(file["numbers"].astype(np.float32))
        return SkillVectors({identity: row for row, identity in enumerate(file["ids"].tolist())}, rows)


def write_vectors() -> None:
    """Encode every skill of the list and write the file; takes some minutes."""
    skills = list(all_skills().values())
    rows = encode([_described(skill) for skill in skills])
    numbers = np.rint(rows * (127 / np.abs(rows).max(axis=1, keepdims=True))).astype(np.int8)
    np.savez_compressed(VECTORS, ids=np.array([skill.id for skill in skills]), numbers=numbers)


def _described(skill: Skill) -> str:
    return skill.name if skill.category == ESCO else f"{skill.name} ({skill.category})"
