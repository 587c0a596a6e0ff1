"""Freelancers and projects that are made up, as columns of the search index: as many as one likes, always the same.

A freelancer is of a field, bears titles of its profession, and has skills of it and some that everybody may have; how
often a skill is had falls with its rank, as words do (Zipf). A project asks for skills of a field likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench.titles import TITLES, Titles, titles_of
from sourcing.index.columns import Columns, Rows, starts_of
from sourcing.index.documents import Document, Query, Terms
from sourcing.index.vocabulary import Vectors, Vocabulary, word
from sourcing.title_words import title_words

FIELDS = 250
SKILLS_OF_A_FIELD = 60
EVERYBODYS_SHARE = 0.2
FEWEST_SKILLS, MOST_SKILLS = 5, 20
FEWEST_ASKED, MOST_ASKED = 3, 8


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


def fields_of(count: int, seed: int) -> NDArray[np.int64]:
    """Draw the fields of so many people or projects."""
    return np.random.default_rng(seed).integers(0, FIELDS, count)


def skills(
    market: Market, fields: NDArray[np.int64], counts: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], Rows]:
    """Draw skills for people or projects of these fields, each once: how many each has, and which, in their order."""
    field = np.repeat(fields, counts)
    field[rng.random(len(field)) < EVERYBODYS_SHARE] = FIELDS
    drawn = market.fields[field, rng.choice(market.fields.shape[1], len(field), p=market.frequencies)]
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    once = np.unique(owner * len(market.names) + drawn)
    return np.bincount(once // len(market.names), minlength=len(counts)), (once % len(market.names)).astype(np.int32)


def freelancers(market: Market, count: int) -> tuple[Columns, Titles]:
    """Make freelancers and their titles; a skill's number is its place in the market's names."""
    rng = np.random.default_rng(2)
    fields = fields_of(count, 6)
    counts, features = skills(market, fields, rng.integers(FEWEST_SKILLS, MOST_SKILLS + 1, count), rng)
    confirmed = rng.random(len(features)) < 0.2
    columns = Columns(
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
    return columns, titles_of(fields, 5)


def titled(columns: Columns, titles: Titles, vocabulary: Vocabulary) -> Columns:
    """Give each freelancer the words of their titles, as the platform does."""
    words = [[vocabulary.number(word(name)) for name in title_words([title])] for title in TITLES]
    said = np.full((len(TITLES), max(map(len, words))), -1, np.int64)
    for place, of_title in enumerate(words):
        said[place, : len(of_title)] = of_title
    numbers = said[titles.places].reshape(len(columns), -1)
    known = 1 + numbers.max()
    owners, numbers = np.divmod(np.unique((np.arange(len(columns))[:, None] * known + numbers)[numbers >= 0]), known)
    counts = np.bincount(owners, minlength=len(columns))
    return replace(
        columns,
        starts=columns.starts + starts_of(counts),
        features=np.insert(columns.features, columns.starts[1:][owners], numbers),
        credits=np.insert(columns.credits, columns.starts[1:][owners], 255),
    )


def queries(market: Market, count: int) -> tuple[list[Query], Titles]:
    """Make what so many projects ask, and what they are called."""
    rng = np.random.default_rng(3)
    fields = fields_of(count, 7)
    counts, features = skills(market, fields, rng.integers(FEWEST_ASKED, MOST_ASKED + 1, count), rng)
    titles = titles_of(fields, 8)
    made = []
    for row, (begin, end) in enumerate(pairwise(starts_of(counts))):
        asked = {market.names[number]: 1.0 / (end - begin) for number in features[begin:end]}
        liked = Terms(available=True, remote=True, min_years=5.0, max_rate=80.0)
        made.append(Query(asked, liked, words=titles.words(row)))
    return made, titles


def changed(market: Market, freelancer: int) -> Document:
    """Return a freelancer with another profile than they had."""
    _, features = skills(market, fields_of(1, freelancer), np.array([MOST_SKILLS]), np.random.default_rng(4))
    return Document(f"{freelancer:036d}", 2, {market.names[number]: 1.0 for number in features})
