"""What a project asks for, as the score reads it."""

import re
from collections.abc import Iterable
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from sourcing.skills import Skill, all_skills, find_mentions, find_skills, resolve_skill, skill_for
from sourcing.spoken_languages import languages_stated
from sourcing.title_words import title_words

WORDS_OF_A_SENTENCE = 3
TITLE_CHARACTERS = 200
WISH = re.compile(r"\b(nice to have|nice-to-have|bonus|ideally|a plus|desirable|preferably|optional)\b", re.IGNORECASE)
YEARS = re.compile(r"\b(\d{1,2})\s*(?:\+\s*)?(?:or more\s+)?years\b", re.IGNORECASE)


class Requirements(BaseModel):
    """What a project asks for. Skills are names as their owner typed them; `described_skills` are those that only the
    project's title and description name.
    """

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    title: str = ""
    required_skills: list[str] = []
    wished_skills: list[str] = []
    described_skills: list[str] = []
    min_years: float | None = Field(default=None, ge=0)
    languages: list[str] = []
    remote: bool = True
    location: str | None = None
    max_rate: float | None = Field(default=None, ge=0)

    @cached_property
    def title_words(self) -> tuple[str, ...]:
        """The words of the title that tell of work."""
        return title_words([self.title])

    @cached_property
    def required(self) -> list[Skill]:
        """The required skills, each once."""
        return _each_once(self.required_skills)

    @cached_property
    def wished(self) -> list[Skill]:
        """The wished skills that are not required anyway."""
        return _without(_each_once(self.wished_skills), self.required)

    @cached_property
    def described(self) -> list[Skill]:
        """The described skills that are neither required nor wished."""
        return _without(_each_once(self.described_skills), [*self.required, *self.wished])


def requirements_in(text: str, most_skills: int = 15) -> Requirements:
    """Return what a project's text alone asks for: skills, years, and languages that are named with a level.

    Its first line is the title. What stands in one sentence with a wish ("nice to have") is wished, the rest required.
    """
    found = sorted(find_skills(text), key=lambda skill: skill.offset)[:most_skills]
    wished = [skill.name for skill in found if WISH.search(skill.evidence)]
    years = YEARS.search(text)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Requirements(
        title=first[:TITLE_CHARACTERS],
        required_skills=[skill.name for skill in found if skill.name not in wished],
        wished_skills=wished,
        min_years=float(years.group(1)) if years else None,
        languages=[" ".join(filter(None, (each.level, each.name))) for each in languages_stated(text)],
    )


def skills_named_in(title: str, description: str, most: int = 15) -> list[str]:
    """Return the names of the skills that a project's text names, at most so many, in the order of first mention."""
    named = dict.fromkeys(mention.skill.name for mention in find_mentions(f"{title}\n{description}"))
    return list(named)[:most]


def _each_once(names: Iterable[str]) -> list[Skill]:
    skills = (skill for name in names if name.strip() for skill in _meant(name))
    return list({skill.id: skill for skill in skills}.values())


def _meant(name: str) -> list[Skill]:
    """The skill of this name; of a whole phrase that is no skill's name, the listed skills that it names."""
    if resolve_skill(name) is None and len(name.split()) >= WORDS_OF_A_SENTENCE:
        named = {mention.skill.id for mention in find_mentions(name)}
        if named:
            return [all_skills()[skill_id] for skill_id in sorted(named)]
    return [skill_for(name)]


def _without(skills: list[Skill], others: list[Skill]) -> list[Skill]:
    named = {skill.id for skill in others}
    return [skill for skill in skills if skill.id not in named]
