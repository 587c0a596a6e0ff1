"""Freelancers and projects that are made up, as columns of the search index: as many as one likes, always the same.

A freelancer is of a field, and has skills of it and some that everybody may have; how often a skill is had falls with
its rank, as words do (Zipf). A project asks for skills of a field likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sourcing.index.columns import Columns, Rows, starts_of
from sourcing.index.documents import Document, Query, Terms
from sourcing.index.vocabulary import Vectors, Vocabulary, word

FIELDS = 250
SKILLS_OF_A_FIELD = 60
EVERYBODYS_SHARE = 0.2
FEWEST_SKILLS, MOST_SKILLS = 5, 20
FEWEST_ASKED, MOST_ASKED = 3, 8
WORDS = [f"word{number}" for number in range(2000)]
WORDS_OF_A_TITLE = 4


@dataclass(frozen=True)
class Market:
    """Which skills each field has, most frequent first; the last row is everybody's."""

    names: Sequence[str]
    fields: Rows
    frequencies: NDArray[np.float64]


def market_of_skills() -> tuple[Market, Vectors]:
    """Make a market of the platform's skills; their vectors beside it, in the order of its names."""
    from sourcing.skill_vectors import skill_vector
    from sourcing.skills import all_skills

    known = {name: vector for name in all_skills() if (vector := skill_vector(name)) is not None}
    vectors = np.stack(list(known.values()))
    return market(list(known), vectors), vectors


def market(names: Sequence[str], vectors: Vectors, seed: int = 1) -> Market:
    """Make fields, each of the skills next to one, and one of what everybody may have."""
    rng = np.random.default_rng(seed)
    width = min(SKILLS_OF_A_FIELD, len(names))
    centres = rng.integers(0, len(names), FIELDS)
    near = np.argsort(-(vectors[centres] @ vectors.T), axis=1, kind="stable")[:, :width]
    fields = [*(rng.permutation(field) for field in near), rng.choice(len(names), width, replace=False)]
    frequencies = 1.0 / np.arange(1, width + 1)
    return Market(names, np.array(fields, np.int32), frequencies / frequencies.sum())


def skills(market: Market, counts: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray[np.int64], Rows]:
    """Draw skills for so many people or projects, each once: how many each has, and which, one after another."""
    field = np.repeat(rng.integers(0, FIELDS, len(counts)), counts)
    field[rng.random(len(field)) < EVERYBODYS_SHARE] = FIELDS
    drawn = market.fields[field, rng.choice(market.fields.shape[1], len(field), p=market.frequencies)]
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    once = np.unique(owner * len(market.names) + drawn)
    return np.bincount(once // len(market.names), minlength=len(counts)), (once % len(market.names)).astype(np.int32)


def freelancers(market: Market, count: int, seed: int = 2) -> Columns:
    """Make freelancers; a skill's number is its place in the market's names."""
    rng = np.random.default_rng(seed)
    counts, features = skills(market, rng.integers(FEWEST_SKILLS, MOST_SKILLS + 1, count), rng)
    confirmed = rng.random(len(features)) < 0.2
    return Columns(
        np.array([f"{number:036d}".encode() for number in range(count)]),
        np.ones(count, np.int32),
        rng.gamma(2.0, 4.0, count).astype(np.float32),
        rng.gamma(9.0, 8.0, count).astype(np.float32),
        rng.random(count) < 0.7,
        rng.random(count) < 0.8,
        starts_of(counts),
        features,
        np.where(confirmed, 255, rng.integers(178, 230, len(features))).astype(np.uint8),
    )


def titled(columns: Columns, vocabulary: Vocabulary, seed: int = 5) -> Columns:
    """Give each freelancer words of a title."""
    numbers = np.array([vocabulary.number(word(name)) for name in WORDS], np.int32)
    said = numbers[titles(len(columns), np.random.default_rng(seed))]
    at = np.repeat(columns.starts[1:], WORDS_OF_A_TITLE)
    return replace(
        columns,
        starts=columns.starts + WORDS_OF_A_TITLE * np.arange(len(columns) + 1),
        features=np.insert(columns.features, at, said.ravel()),
        credits=np.insert(columns.credits, at, 255),
    )


def titles(count: int, rng: np.random.Generator) -> Rows:
    """Draw the words of so many titles; how often a word is said falls with its rank."""
    frequencies = 1.0 / np.arange(1, len(WORDS) + 1)
    drawn = rng.choice(len(WORDS), (count, WORDS_OF_A_TITLE), p=frequencies / frequencies.sum())
    return drawn.astype(np.int32)


def queries(market: Market, count: int, seed: int = 3) -> list[Query]:
    """Make what so many projects ask."""
    rng = np.random.default_rng(seed)
    counts, features = skills(market, rng.integers(FEWEST_ASKED, MOST_ASKED + 1, count), rng)
    starts = starts_of(counts)
    said = titles(count, rng)
    made = []
    for (begin, end), title in zip(pairwise(starts), said, strict=True):
        asked = {market.names[number]: 1.0 / (end - begin) for number in features[begin:end]}
        liked = Terms(available=True, remote=True, min_years=5.0, max_rate=80.0)
        made.append(Query(asked, liked, words=tuple({WORDS[number]: None for number in title})))
    return made


def changed(market: Market, freelancer: int, seed: int = 4) -> Document:
    """Return a freelancer with another profile than they had."""
    rng = np.random.default_rng(seed)
    _, features = skills(market, np.array([MOST_SKILLS]), rng)
    return Document(f"{freelancer:036d}", 2, {market.names[number]: 1.0 for number in features})
