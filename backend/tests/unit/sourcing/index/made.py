"""Skills with vectors, freelancers and queries, made up for the tests of the index."""

import numpy as np
from numpy.typing import NDArray

from sourcing.index.documents import Document, Query
from sourcing.index.vocabulary import Meaning, Vocabulary
from sourcing.unit import unit

DIMENSIONS = 16
NAMES = [f"skill-{number}" for number in range(120)]
_RNG = np.random.default_rng(7)
_VECTORS = dict(zip(NAMES, unit(_RNG.standard_normal((len(NAMES), DIMENSIONS)).astype(np.float32)), strict=True))


def vector_of(name: str) -> NDArray[np.float32] | None:
    return _VECTORS.get(name)


def nearness(one: str, other: str) -> float:
    """The cosine, as it is."""
    return float(np.clip(_VECTORS[one] @ _VECTORS[other], 0.0, 1.0))


MEANING = Meaning(DIMENSIONS, vector_of, nearness)


def vocabulary() -> Vocabulary:
    return Vocabulary(MEANING)


def freelancers(count: int, seed: int = 1) -> list[Document]:
    rng = np.random.default_rng(seed)
    return [
        Document(
            id=f"f{number:05d}",
            version=1,
            skills={str(name): float(rng.uniform(0.5, 1.0)) for name in rng.choice(NAMES, rng.integers(1, 8), False)},
            languages=("English",) if rng.random() < 0.5 else (),
            location="Berlin" if rng.random() < 0.1 else None,
            years=float(rng.uniform(0, 20)) if rng.random() < 0.8 else None,
            rate=float(rng.uniform(30, 150)) if rng.random() < 0.8 else None,
            available=bool(rng.random() < 0.7),
            remote=bool(rng.random() < 0.8),
        )
        for number in range(count)
    ]


def asking(*names: str) -> Query:
    return Query({name: 1.0 / len(names) for name in names})
