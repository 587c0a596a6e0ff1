"""What a freelancer has for a skill that is asked for: the skill itself, or one near to it by meaning.

What a near skill lends grows with its nearness, from nothing at 0.5 to 0.4 of its own credit at 1; so it is always
below the skill itself, which counts 0.5 at least. A skill that the freelancer denies counts nothing, however near
another comes.
"""

from functools import lru_cache

from sourcing.candidates import Candidate, CandidateSkill
from sourcing.evidence import Evidence, How
from sourcing.skills import Skill, nearest

NEAR = 0.4
NEAR_FROM = 0.5


def fit_of(skill: Skill, candidate: Candidate) -> Evidence:
    """Return what the freelancer has for the skill, also by a near one."""
    exactly = exact_fit_of(skill, candidate)
    if exactly.credit or exactly.how == "denied":
        return exactly
    near, how_near = nearest_present(skill, candidate)
    if near is None:
        return exactly
    if how_near < NEAR_FROM:
        return exactly.model_copy(update={"has": near.name})
    return Evidence(
        asked=skill.name,
        credit=lent(how_near) * near.credit,
        how="near",
        has=near.name,
        nearness=round(how_near, 4),
        sentence=near.evidence,
        years=near.years,
        confidence=_confidence(near),
    )


def lent(how_near: float) -> float:
    """Return what part of its own credit a skill lends to one that it is so near to."""
    return NEAR * max(0.0, how_near - NEAR_FROM) / (1.0 - NEAR_FROM)


def exact_fit_of(skill: Skill, candidate: Candidate) -> Evidence:
    """Return what the freelancer has of the skill itself."""
    has = candidate.present.get(skill.id)
    if has is None:
        return Evidence(asked=skill.name, credit=0.0, how="denied" if skill.id in candidate.denied else "absent")
    return Evidence(
        asked=skill.name,
        credit=has.credit,
        how=_how(has),
        has=has.name,
        sentence=has.evidence,
        years=has.years,
        confidence=_confidence(has),
    )


def nearest_present(skill: Skill, candidate: Candidate) -> tuple[CandidateSkill | None, float]:
    """Return the skill that stands in best for the one that is missing, and how near it is.

    Where none is near by meaning, the nearest of the same category is named, with a nearness of 0.
    """
    near = [(_nearness(skill.id, skill_id), has) for skill_id, has in candidate.present.items() if skill_id != skill.id]
    best, has = max(near, key=lambda pair: pair[0] * pair[1].credit, default=(0.0, None))
    if best >= NEAR_FROM:
        return has, best
    related = nearest(skill.id, candidate.present)
    return (candidate.present[related.id], 0.0) if related else (None, 0.0)


def _how(has: CandidateSkill) -> How:
    if has.status == "confirmed":
        return "confirmed"
    if has.method == "meaning":
        return "described"
    return "listed" if has.listed else "found"


def _confidence(has: CandidateSkill) -> float | None:
    """How sure the reading is, where the freelancer has not said it."""
    return has.confidence if has.status == "found" else None


@lru_cache(maxsize=1 << 17)
def _nearness(one: str, other: str) -> float:
    from sourcing.skill_vectors import nearness  # with numpy, which start-up can do without

    return nearness(one, other)
