"""A freelancer, as far as the score may know them.

How a person looks, how old they are, where they come from or live is not here, so it enters no score. `location` is
the place of work that the freelancer gave, and counts only for a project that is tied to a place; `name` is here to
take its words out of the titles.
"""

from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from sourcing.spoken_languages import SpokenLanguage
from sourcing.title_words import title_words

FOUND = 0.6
DESCRIBED = 0.5
LISTED = 0.5
YEARS_OF_USE = 0.3
FULL_YEARS_OF_USE = 3.0
MOST_TITLES = 6

Status = Literal["found", "confirmed", "denied"]


class CandidateSkill(BaseModel):
    """A skill of a freelancer: found in a CV (`evidence` is the sentence), or confirmed or denied by the freelancer.

    `method` says how it was found; by "meaning", the CV describes it without naming it. `confidence` is how sure the
    reading is: a prior that nobody has counted yet, so it is shown and enters no score. `listed` says that the CV names
    it without years, and has years for fewer than half of what it names (`Candidate`).
    """

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    id: str
    name: str
    years: float | None = None
    evidence: str | None = None
    status: Status = "found"
    method: str | None = None
    confidence: float | None = None
    listed: bool = False

    @property
    def credit(self) -> float:
        """What the skill counts where it is asked for."""
        if self.status == "denied":
            return 0.0
        if self.status == "confirmed":
            return 1.0
        if self.listed:
            return LISTED
        found = DESCRIBED if self.method == "meaning" else FOUND
        return found + YEARS_OF_USE * min(self.years or 0.0, FULL_YEARS_OF_USE) / FULL_YEARS_OF_USE


class Held(BaseModel):
    """A position, by its title."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    title: str = ""


class Candidate(BaseModel):
    """What the score knows of a freelancer; a row with fields of these names can be validated into it.

    Years of use come from dated positions that name a skill, or stand beside it. Where they bear out most of the skills
    that a CV names, the rest of its list is believed. Where they bear out some, but fewer than half, the others are
    only listed: keywords beside work of another kind. A CV without any years says nothing of either, and what is only
    described is no list.
    """

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    name: str = ""
    headline: str = ""
    positions: list[Held] = []
    skills: list[CandidateSkill] = []
    years_of_experience: float | None = None
    languages: list[SpokenLanguage] = []
    available: bool = True
    remote: bool = True
    rate: float | None = None
    location: str | None = None

    @model_validator(mode="after")
    def _what_is_only_listed(self) -> Self:
        named = [skill for skill in self.skills if skill.evidence and skill.method != "meaning"]
        borne_out = sum(1 for skill in named if skill.years)
        for skill in named:
            skill.listed = skill.status == "found" and not skill.years and 0 < borne_out < len(named) / 2
        return self

    @cached_property
    def titles(self) -> dict[str, tuple[str, ...]]:
        """The headline and the latest positions' titles, each with its words of work; without those that have none."""
        said = [title for title in (self.headline, *(position.title for position in self.positions)) if title]
        words = {title: title_words([title], self.name) for title in said[:MOST_TITLES]}
        return {title: found for title, found in words.items() if found}

    @cached_property
    def denied(self) -> set[str]:
        """The ids of the skills that the freelancer says are not there."""
        return {skill.id for skill in self.skills if skill.status == "denied"}

    @cached_property
    def present(self) -> dict[str, CandidateSkill]:
        """The skills that are there, by id; of a skill named twice the better, but a denial stands."""
        present: dict[str, CandidateSkill] = {}
        for skill in self.skills:
            before = present.get(skill.id)
            if skill.id not in self.denied and (before is None or skill.credit > before.credit):
                present[skill.id] = skill
        return present
