"""How relevant texts are to each other: projects and CVs as they are, long and messy, whatever their fields say.

Six signals, each computed for a query against all documents of a collection:

- words: BM25 of the query's words;
- meaning: for each window of either text the nearest window of the other, on the mean, by sentence vectors; less what
  the document is near to anyway (the mean of its nearest texts of the query's kind: Conneau et al. 2018, CSLS), as some
  texts are near to everything;
- whole: the cosine of the texts' mean vectors;
- titles: the project's first line, without the terms of engagement, against the CV's headline and the titles of its
  positions, the nearest;
- skills: the skills that both name, each by its rarity in the collection, beside those that either names;
- score: the explained score (`sourcing.scoring`) of the CV for what the project's text asks for.

They are fused as the weighted sum of their standard scores over the collection, cut off at three deviations either way,
so that a signal that says the same of all documents says nothing, and none outvotes the others by its scale.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from sourcing.asked import requirements_in
from sourcing.personal import impersonal
from sourcing.profiles import read_profile
from sourcing.scoring import Candidate, Requirements, score
from sourcing.vacancy_text import work_named
from sourcing.words import BM25, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Signal = NDArray[np.float64]

Kind = Literal["project", "freelancer"]
Name = Literal["words", "meaning", "whole", "titles", "skills", "score"]

WEIGHTS: dict[Name, float] = {
    "words": 0.5,
    "meaning": 1.0,
    "whole": 0.5,
    "titles": 1.0,
    "skills": 0.4,
    "score": 0.5,
}
NEIGHBOURS = 5
MOST_TITLES = 6
TITLE_CHARACTERS = 120
WINDOW_WORDS = 60
MOST_WINDOWS = 12
WORDS_READ = 1500
CUT_OFF = 3.0


@dataclass(frozen=True)
class Document:
    """A text, read: its words, vectors of its windows and titles, the skills it names, what it asks for or offers."""

    words: list[str]
    vectors: "Vectors"
    titles: "Vectors"
    skills: frozenset[str]
    reading: Requirements | Candidate


def read_document(text: str, kind: Kind, today: date) -> Document:
    """Read a project or a CV. Takes time: for a thread."""
    from sourcing.encoding import encode

    if kind == "project":
        requirements = requirements_in(text)
        skills = frozenset(skill.id for skill in [*requirements.required, *requirements.wished])
        title = work_named(requirements.title)[:TITLE_CHARACTERS]
        return Document(words_of(text), encode(windows(text)), encode([title]), skills, requirements)
    text = impersonal(text)
    profile = read_profile(text, today, described=True)
    candidate = Candidate.model_validate(profile.model_dump())
    titles = [title for title in (profile.headline, *(position.title for position in profile.positions)) if title]
    titles = list(dict.fromkeys(titles))[:MOST_TITLES] or _first_lines(text)
    skills = frozenset(candidate.present)
    return Document(words_of(text), encode(windows(text)), encode(titles), skills, candidate)


def _first_lines(text: str) -> list[str]:
    filled = [line.strip()[:TITLE_CHARACTERS] for line in text.splitlines() if line.strip()]
    return filled[:3] or [""]


def windows(text: str) -> list[str]:
    """Cut a text into windows of about as many words; of a long one every so many, from beginning to end."""
    words = text.split()[:WORDS_READ]
    pieces = [" ".join(words[start : start + WINDOW_WORDS]) for start in range(0, len(words), WINDOW_WORDS)] or [""]
    step = max(1.0, len(pieces) / MOST_WINDOWS)
    return [pieces[int(number * step)] for number in range(min(len(pieces), MOST_WINDOWS))]


class Collection:
    """Documents of one kind, to be ranked for documents of the other, of which `others` are examples."""

    def __init__(self, documents: Sequence[Document], others: Sequence[Document]) -> None:
        import numpy as np

        self._documents = documents
        self._bm25 = BM25([document.words for document in documents], [other.words for other in others])
        holding = Counter(skill for document in (*documents, *others) for skill in document.skills)
        self._texts = len(documents) + len(others)
        self._rarity = {skill: math.log(1.0 + self._texts / count) for skill, count in holding.items()}
        near = np.array([[_meaning(other, document) for document in documents] for other in others])
        self._near_anyway = (
            np.sort(near, axis=0)[-NEIGHBOURS:].mean(axis=0) if len(others) else np.zeros(len(documents))
        )

    def relevance(self, query: Document) -> "Signal":
        """Return how relevant each document is to the query; comparable within one query only."""
        return fused(self.signals(query))

    def signals(self, query: Document) -> dict[Name, "Signal"]:
        """Return each signal for each document."""
        import numpy as np

        return {
            "words": np.array(self._bm25.scores(query.words)),
            "meaning": 2.0 * np.array([_meaning(query, document) for document in self._documents]) - self._near_anyway,
            "whole": np.array([_whole(query, document) for document in self._documents]),
            "titles": np.array([float((query.titles @ document.titles.T).max()) for document in self._documents]),
            "skills": np.array([self._shared(query.skills, document.skills) for document in self._documents]),
            "score": np.array([explained(query, document) for document in self._documents]),
        }

    def _shared(self, one: frozenset[str], other: frozenset[str]) -> float:
        """The cosine of two sets of skills, each skill weighing its rarity."""
        if not one or not other:
            return 0.0
        lengths = math.prod(math.sqrt(sum(self._rare(skill) ** 2 for skill in skills)) for skills in (one, other))
        return sum(self._rare(skill) ** 2 for skill in one & other) / lengths

    def _rare(self, skill: str) -> float:
        return self._rarity.get(skill, math.log(1.0 + self._texts))


def fused(signals: Mapping[Name, "Signal"]) -> "Signal":
    """Return the weighted sum of the signals' standard scores."""
    import numpy as np

    total = np.zeros(len(next(iter(signals.values()))))
    for name, signal in signals.items():
        deviation = float(signal.std())
        if deviation > 0:
            total += WEIGHTS[name] * np.clip((signal - signal.mean()) / deviation, -CUT_OFF, CUT_OFF)
    return total


def _meaning(query: Document, document: Document) -> float:
    near = query.vectors @ document.vectors.T
    return float(near.max(axis=0).mean() + near.max(axis=1).mean()) / 2.0


def _whole(query: Document, document: Document) -> float:
    import numpy as np

    one, other = query.vectors.mean(axis=0), document.vectors.mean(axis=0)
    return float(one @ other) / (float(np.linalg.norm(one) * np.linalg.norm(other)) or 1.0)


def explained(one: Document, other: Document) -> float:
    """Return the explained score of a CV for a project, whichever comes first.

    Raises:
        TypeError: both are of one kind.
    """
    if isinstance(one.reading, Requirements) and isinstance(other.reading, Candidate):
        return score(one.reading, other.reading).score
    if isinstance(one.reading, Candidate) and isinstance(other.reading, Requirements):
        return score(other.reading, one.reading).score
    raise TypeError("a project is compared with a freelancer, and a freelancer with a project")
