"""Which names of a list a sentence is about, best first: also of skills that it describes without naming them.

Six things speak for a name, each between 0 and 1, and their weighted sum ranks:

- the vector of the sentence, by the trained query side, is near to the name's;
- that of some window of one to four words is (none that begins or ends with a word of no meaning);
- the sentence contains the name, word for word or by its stems;
- it contains many of the name's words, rare words counting more (inverse document frequency over the list);
- it does so for a long name (BM25, Robertson and Zaragoza 2009, over the names as documents);
- job advertisements often ask for it (`data/demand.tsv`: in how many of the training sentences; logarithmic).

docs/matching.md tells how the weights were chosen.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sourcing.encoding import encode, encode_queries
from sourcing.skill_list import DATA
from sourcing.skill_phrases import stem

Array = NDArray[np.float32]

DEMAND = DATA / "demand.tsv"
LONGEST_WINDOW = 4
MOST_WINDOWS = 200
SENTENCES_AT_ONCE = 16
QUALIFIER = re.compile(r"\s+\([^)]*\)$")
WORD = re.compile(r"[^\s,;:()\[\]{}\"<>|]+")
EDGES = ".!?*'`"
PART = re.compile(r"\w+[+#]*")
EMPTY = frozenset(
    """
    a about all also an and any are as at be been both by can do each either etc for from had has have he her his how
    i if in into is it its like may more most must my new not of on or other our out over own per she should so some
    such than that the their them then there these they this those through to up us very via was we well were what
    when where which while who will with within would you your e.g i.e & - / +
    """.split()  # noqa: SIM905
)
BM25_SATURATION = 1.2
BM25_LENGTH = 0.75


@dataclass(frozen=True)
class Weights:
    """What each of the six is worth."""

    sentence: float
    window: float
    literal: float
    covered: float
    bm25: float
    demand: float


WEIGHTS = Weights(sentence=1.0, window=0.4, literal=0.1, covered=0.2, bm25=0.2, demand=0.15)


@dataclass(frozen=True)
class Features:
    """The six of one sentence, each over all names."""

    sentence: Array
    window: Array
    literal: Array
    covered: Array
    bm25: Array
    demand: Array

    def score(self, weights: Weights = WEIGHTS) -> Array:
        """The weighted sum, over all names."""
        total: Array = (
            weights.sentence * self.sentence
            + weights.window * self.window
            + weights.literal * self.literal
            + weights.covered * self.covered
            + weights.bm25 * self.bm25
            + weights.demand * self.demand
        )
        return total


class SkillRanking:
    """A list of names, ready to be ranked. Making one encodes the names, unless their vectors are given."""

    def __init__(self, names: Sequence[str], vectors: Array | None = None) -> None:
        self.names = tuple(names)
        self.vectors = encode(self.names) if vectors is None else vectors
        self._words = [_stems(QUALIFIER.sub("", name)) for name in names]
        documents = Counter(word for words in self._words for word in set(words))
        self._rarity = {word: math.log(1 + len(names) / count) for word, count in documents.items()}
        self._names_with: dict[str, list[int]] = {}
        for number, words in enumerate(self._words):
            for word in set(words):
                self._names_with.setdefault(word, []).append(number)
        self._totals = [sum(self._rarity[word] for word in set(words)) for words in self._words]
        self._mean_length = sum(map(len, self._words)) / max(1, len(self._words))
        self._demand = np.array([_demand().get(name, 0.0) for name in names], np.float32)
        self._most_bm25 = max(self._totals, default=1.0)

    def features(self, sentences: Sequence[str]) -> Iterator[Features]:
        """What speaks for each name, sentence by sentence; takes time: for a thread."""
        for start in range(0, len(sentences), SENTENCES_AT_ONCE):
            yield from self._features(sentences[start : start + SENTENCES_AT_ONCE])

    def _features(self, sentences: Sequence[str]) -> Iterator[Features]:
        windows = [windows_of(sentence) for sentence in sentences]
        texts = list(dict.fromkeys([*sentences, *(window for some in windows for window in some)]))
        rows = encode_queries(texts)
        row_of = {text: row for row, text in enumerate(texts)}
        whole = rows[[row_of[sentence] for sentence in sentences]] @ self.vectors.T
        for number, sentence in enumerate(sentences):
            places = [row_of[window] for window in windows[number]]
            best = (rows[places] @ self.vectors.T).max(axis=0) if places else whole[number]
            yield Features(whole[number], best, *self._words_in_common(sentence), self._demand)

    def _words_in_common(self, sentence: str) -> tuple[Array, Array, Array]:
        """Whether the sentence contains a name, how much of its words, and the BM25 of it; over all names."""
        literal, covered, bm25 = (np.zeros(len(self.names), np.float32) for _ in range(3))
        stems = _stems(sentence)
        for word in set(stems):
            for number in self._names_with.get(word, ()):
                covered[number] += self._rarity[word]
        run = f" {' '.join(stems)} "
        for number in np.flatnonzero(covered).tolist():
            words = self._words[number]
            length = 1 - BM25_LENGTH + BM25_LENGTH * len(words) / self._mean_length
            bm25[number] = covered[number] * (BM25_SATURATION + 1) / (1 + BM25_SATURATION * length) / self._most_bm25
            covered[number] /= self._totals[number]
            literal[number] = f" {' '.join(words)} " in run
        return literal, covered, bm25


@cache
def _demand() -> dict[str, float]:
    """How often sentences ask for a skill, by its ESCO label: 1 for the most wanted."""
    lines = (line.split("\t") for line in DEMAND.read_text(encoding="utf-8").splitlines())
    counts = {name: math.log1p(int(count)) for name, count in lines}
    most = max(counts.values())
    return {name: count / most for name, count in counts.items()}


def windows_of(sentence: str) -> list[str]:
    """The windows of one to four words that say something, each once."""
    words = [word for raw in WORD.findall(sentence) if (word := raw.strip(EDGES))]
    said = [word.lower() not in EMPTY for word in words]
    windows = {
        " ".join(words[start:end]): None
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + LONGEST_WINDOW) + 1)
        if said[start] and said[end - 1]
    }
    return list(windows)[:MOST_WINDOWS]


def _stems(text: str) -> list[str]:
    return [stem(word) for word in PART.findall(text.lower()) if word not in EMPTY]
