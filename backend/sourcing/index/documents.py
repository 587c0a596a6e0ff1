"""What the index knows of a freelancer, and what it can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Document:
    """A freelancer, at one version of the profile. `skills` says what each skill counts, from 0 to 1, by its id;
    `words` are those of the titles (`sourcing.title_words`).
    """

    id: str
    version: int
    skills: Mapping[str, float]
    languages: tuple[str, ...] = ()
    location: str | None = None
    years: float | None = None
    rate: float | None = None
    available: bool = True
    remote: bool = True
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be asked besides skills; a field that is None, False or empty asks nothing.

    Names of languages and places are compared in small letters, and whole.
    """

    available: bool = False
    remote: bool = False
    location: str | None = None
    languages: tuple[str, ...] = ()
    min_years: float | None = None
    max_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought: `skills` with their weights, by id, and `words` of the title.

    What `liked` says moves a freelancer up or down; who does not meet `only`, or is not known to,
    is left out.
    """

    skills: Mapping[str, float]
    liked: Terms = field(default_factory=Terms)
    only: Terms = field(default_factory=Terms)
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A freelancer that was found. `value` orders the hits of one answer and means nothing besides."""

    id: str
    value: float
