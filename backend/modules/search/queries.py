"""What a project asks for, in the words of the index; and the same terms held against one profile."""

from schemas.search import SearchFilters
from sourcing.index.documents import Query, Terms
from sourcing.scoring import Candidate, Requirements
from sourcing.spoken_languages import language_asked

REQUIRED, WISHED, DESCRIBED = 0.55, 0.15, 0.05
"""What the skills of each kind count together, about as in the score."""


def query_of(requirements: Requirements, only: SearchFilters | None = None) -> Query:
    """Return the query: each skill with its share of the score, the terms as what is liked, the words of the title."""
    shares = {skill.id: REQUIRED / len(requirements.required) for skill in requirements.required}
    shares |= {skill.id: WISHED / len(requirements.wished) for skill in requirements.wished}
    shares |= {skill.id: DESCRIBED / len(requirements.described) for skill in requirements.described}
    whole = sum(shares.values())
    liked = Terms(
        available=True,
        remote=requirements.remote,
        location=None if requirements.remote else requirements.location,
        languages=tuple(language_asked(each).name for each in requirements.languages),
        min_years=requirements.min_years,
        max_rate=requirements.max_rate,
    )
    skills = {skill: share / whole for skill, share in shares.items()}
    return Query(skills, liked, terms_of(only) if only is not None else Terms(), requirements.title_words)


def terms_of(only: SearchFilters) -> Terms:
    """Return the filters as terms."""
    return Terms(only.available, only.remote, only.location, tuple(only.languages), only.min_years, only.max_rate)


def holds(only: SearchFilters, candidate: Candidate) -> bool:
    """Whether a profile meets the filters, as the index sees it."""
    spoken = {language.name.casefold().strip() for language in candidate.languages}
    years, rate = candidate.years_of_experience, candidate.rate
    return (
        (candidate.available or not only.available)
        and (candidate.remote or not only.remote)
        and (not only.location or _same(only.location, candidate.location))
        and all(each.casefold().strip() in spoken for each in only.languages)
        and (not only.min_years or (years is not None and years >= only.min_years))
        and (only.max_rate is None or (rate is not None and rate <= only.max_rate))
    )


def _same(asked: str, place: str | None) -> bool:
    return place is not None and asked.casefold().strip() == place.casefold().strip()
