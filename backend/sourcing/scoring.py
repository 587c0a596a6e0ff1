"""How well a freelancer fits a project, from 0 to 1, taken apart.

The formula. A score is a weighted mean of five parts:

    required skills   0.55
    wished skills     0.15
    years             0.12     }
    languages         0.10     }  conditions
    terms             0.08     }  (place, rate, availability)

A part that the project does not ask about is left out, and the weights of the others are divided by their sum. (A
project that names neither skills, years nor languages gives nothing to compare: 0 for everybody.) Where skills are
asked for, the conditions count only as far as the skills are there: their weights are multiplied by the skills' own
weighted mean. Who has none of the skills scores 0, however many years, languages and free days there are.

- Skills: the mean of the credits of the skills asked for. A skill that the freelancer confirmed counts 1. One that was
  only found in a CV counts 0.7, and up to 0.2 more for years of use that the CV tells of (three years: all of it). One
  that is absent or denied counts 0.
- Years: what the freelancer has of the years asked for, at most 1; unknown counts 0.3.
- Languages: the mean over those asked for: 1 for speaking it as well as asked (B2 where nothing is said), 0.5 for
  speaking it less well, 0 for not at all.
- Terms: the mean of: place (only when the project is not remote: 1 in the place, 0.5 unknown, 0 elsewhere; a remote
  project wants somebody who works remotely), rate (only with a limit: 1 up to it, falling to 0 at one and a half times
  the limit, 0.5 unknown), availability (0 when not available).

All is linear in the skills: each of a part adds the same, also through the conditions that it lets count, and
`improvement_potential` is the sum of what the missing ones would add. Confirming every missing skill gives
`match_confidence + improvement_potential`, exactly. The score is the sum of weight times value over its parts.

`match_confidence` is this weighted overlap, no measured probability. Name, gender, age and nationality are no input.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sourcing.skills import Skill, nearest, skill_for
from sourcing.spoken_languages import RANKS, SpokenLanguage, language_asked

WEIGHTS = {"required_skills": 0.55, "wished_skills": 0.15, "years": 0.12, "languages": 0.10, "terms": 0.08}
SKILL_PARTS = ("required_skills", "wished_skills")
FOUND = 0.7
YEARS_OF_USE = 0.2
FULL_YEARS_OF_USE = 3.0
UNKNOWN_YEARS = 0.3
UNKNOWN_TERM = 0.5
RANK_ASKED = RANKS["B2"]
NAMED_AT_MOST = 6

Status = Literal["found", "confirmed", "denied"]


class Requirements(BaseModel):
    """What a project asks for. Skills are names as their owner typed them."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    required_skills: list[str] = []
    wished_skills: list[str] = []
    min_years: float | None = Field(default=None, ge=0)
    languages: list[str] = []
    remote: bool = True
    location: str | None = None
    max_rate: float | None = Field(default=None, ge=0)

    @cached_property
    def required(self) -> list[Skill]:
        """The required skills, each once."""
        return _each_once(self.required_skills)

    @cached_property
    def wished(self) -> list[Skill]:
        """The wished skills that are not required anyway."""
        required = {skill.id for skill in self.required}
        return [skill for skill in _each_once(self.wished_skills) if skill.id not in required]


class CandidateSkill(BaseModel):
    """A skill of a freelancer: found in a CV, or confirmed or denied by the freelancer."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    id: str
    name: str
    years: float | None = None
    status: Status = "found"


class Candidate(BaseModel):
    """What the score knows of a freelancer; a row with fields of these names can be validated into it."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    skills: list[CandidateSkill] = []
    years_of_experience: float | None = None
    languages: list[SpokenLanguage] = []
    available: bool = True
    remote: bool = True
    rate: float | None = None
    location: str | None = None

    @cached_property
    def credits(self) -> dict[str, float]:
        """What each skill counts, by id; of a skill named twice the better, but a denial stands."""
        denied = {skill.id for skill in self.skills if skill.status == "denied"}
        credits: dict[str, float] = {}
        for skill in self.skills:
            if skill.id not in denied:
                credits[skill.id] = max(_credit(skill), credits.get(skill.id, 0.0))
        return credits


class Part(BaseModel):
    """One part of a score: its share of the whole, its own value from 0 to 1, and why in words."""

    name: str
    weight: float
    value: float
    explanation: str


class Improvement(BaseModel):
    """What confirming one missing skill would add to the score."""

    skill: str
    adds: float
    nearest: str | None = None


class Match(BaseModel):
    """A score, taken apart. `missing_skills` are names, required ones first."""

    match_confidence: float
    improvement_potential: float
    missing_skills: list[str]
    improvements: list[Improvement]
    parts: list[Part]
    reasons: list[str]


def score(requirements: Requirements, candidate: Candidate) -> Match:
    """Score one freelancer for one project; the same input always gives the same match."""
    whole = _parts(requirements, candidate)
    if not any(part.name != "terms" for part in whole):
        return _nothing_to_compare()
    parts = _as_far_as_skills_are_there(whole)
    improvements = _improvements(requirements, candidate, whole)
    return Match(
        match_confidence=_bounded(sum(part.weight * part.value for part in parts)),
        improvement_potential=_bounded(sum(improvement.adds for improvement in improvements)),
        missing_skills=[improvement.skill for improvement in improvements],
        improvements=improvements,
        parts=parts,
        reasons=[part.explanation for part in parts],
    )


def _parts(requirements: Requirements, candidate: Candidate) -> list[Part]:
    """The parts that the project asks about, with weights that make one together."""
    asked: list[tuple[str, float, str]] = []
    if requirements.required:
        asked.append(("required_skills", *_skills("required", requirements.required, candidate)))
    if requirements.wished:
        asked.append(("wished_skills", *_skills("wished", requirements.wished, candidate)))
    if requirements.min_years:
        asked.append(("years", *_years(requirements.min_years, candidate.years_of_experience)))
    if requirements.languages:
        asked.append(("languages", *_languages(requirements.languages, candidate.languages)))
    asked.append(("terms", *_terms(requirements, candidate)))
    whole = sum(WEIGHTS[name] for name, _, _ in asked)
    return [
        Part(name=name, weight=WEIGHTS[name] / whole, value=value, explanation=explanation)
        for name, value, explanation in asked
    ]


def _as_far_as_skills_are_there(parts: list[Part]) -> list[Part]:
    """The parts with the weights of the conditions multiplied by the skills' weighted mean."""
    skills = [part for part in parts if part.name in SKILL_PARTS]
    if not skills:
        return parts
    mean = sum(part.weight * part.value for part in skills) / sum(part.weight for part in skills)
    conditions = [part for part in parts if part.name not in SKILL_PARTS]
    return skills + [part.model_copy(update={"weight": part.weight * mean}) for part in conditions]


def _skills(kind: str, wanted: list[Skill], candidate: Candidate) -> tuple[float, str]:
    credits = candidate.credits
    present = [skill.name for skill in wanted if skill.id in credits]
    absent = [_with_nearest(skill, candidate) for skill in wanted if skill.id not in credits]
    value = sum(credits.get(skill.id, 0.0) for skill in wanted) / len(wanted)
    has = f"Has {len(present)} of {len(wanted)} {kind} skills"
    missing = f"; missing: {_listed(absent)}" if absent else ""
    return value, f"{has}{': ' + _listed(present) if present else ''}{missing}."


def _years(asked: float, years: float | None) -> tuple[float, str]:
    if years is None:
        return UNKNOWN_YEARS, f"{asked:g} years of experience asked; the profile does not say how many."
    return min(1.0, years / asked), f"{years:g} years of experience, {asked:g} asked."


def _languages(asked: list[str], spoken: list[SpokenLanguage]) -> tuple[float, str]:
    wanted = [language_asked(language) for language in asked]
    best = {language.name.casefold(): language for language in sorted(spoken, key=lambda language: language.rank)}
    values, words = [], []
    for language in wanted:
        has = best.get(language.name.casefold())
        rank_asked = language.rank if language.level else RANK_ASKED
        values.append(0.0 if has is None else 1.0 if has.rank >= rank_asked else 0.5)
        words.append(f"no {language.name}" if has is None else f"{has.name} ({has.level or 'level not given'})")
    return sum(values) / len(values), f"Languages: {', '.join(words)}."


def _terms(requirements: Requirements, candidate: Candidate) -> tuple[float, str]:
    terms = [_place(requirements, candidate), (1.0, "available") if candidate.available else (0.0, "not available")]
    if requirements.max_rate is not None:
        terms.append(_rate(requirements.max_rate, candidate.rate))
    words = ", ".join(word for _, word in terms)
    return sum(value for value, _ in terms) / len(terms), f"{words[0].upper()}{words[1:]}."


def _place(requirements: Requirements, candidate: Candidate) -> tuple[float, str]:
    if requirements.remote and candidate.remote:
        return 1.0, "works remotely"
    if requirements.location is None:
        return (0.0, "does not work remotely") if requirements.remote else (UNKNOWN_TERM, "place not named")
    if candidate.location is None:
        return UNKNOWN_TERM, f"place unknown ({requirements.location} asked)"
    wanted, lives = requirements.location.casefold().strip(), candidate.location.casefold().strip()
    if wanted and lives and (wanted in lives or lives in wanted):
        return 1.0, f"in {candidate.location}"
    return 0.0, f"in {candidate.location}, not {requirements.location}"


def _rate(limit: float, rate: float | None) -> tuple[float, str]:
    if rate is None:
        return UNKNOWN_TERM, "rate unknown"
    if rate <= limit:
        return 1.0, f"rate {rate:g} within {limit:g}"
    return max(0.0, 3.0 - 2.0 * rate / limit) if limit else 0.0, f"rate {rate:g} above {limit:g}"


def _improvements(requirements: Requirements, candidate: Candidate, parts: list[Part]) -> list[Improvement]:
    """What each missing skill would add, required ones first: its own share, and the conditions that it lets count."""
    weights = {part.name: part.weight for part in parts}
    conditions = sum(part.weight * part.value for part in parts if part.name not in SKILL_PARTS)
    lift = 1.0 + conditions / (sum(weights.get(name, 0.0) for name in SKILL_PARTS) or 1.0)
    return [
        Improvement(
            skill=skill.name, adds=weights[name] * lift / len(skills), nearest=_name_of_nearest(skill, candidate)
        )
        for name, skills in zip(SKILL_PARTS, (requirements.required, requirements.wished), strict=True)
        for skill in skills
        if skill.id not in candidate.credits
    ]


def _with_nearest(skill: Skill, candidate: Candidate) -> str:
    near = _name_of_nearest(skill, candidate)
    return f"{skill.name} (nearest: {near})" if near else skill.name


def _name_of_nearest(skill: Skill, candidate: Candidate) -> str | None:
    near = nearest(skill.id, candidate.credits)
    return near.name if near else None


def _credit(skill: CandidateSkill) -> float:
    if skill.status == "confirmed":
        return 1.0
    return FOUND + YEARS_OF_USE * min(skill.years or 0.0, FULL_YEARS_OF_USE) / FULL_YEARS_OF_USE


def _each_once(names: Iterable[str]) -> list[Skill]:
    skills = (skill_for(name) for name in names if name.strip())
    return list({skill.id: skill for skill in skills}.values())


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _bounded(value: float) -> float:
    """Within 0 and 1 also after rounding in the last digits."""
    return round(min(1.0, max(0.0, value)), 6)


def _nothing_to_compare() -> Match:
    return Match(
        match_confidence=0.0,
        improvement_potential=0.0,
        missing_skills=[],
        improvements=[],
        parts=[],
        reasons=["The project names no skills, years or languages to compare."],
    )
