"""What a project asks for, as the score reads it."""

import re
from collections.abc import Iterable
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from sourcing.punctuation import DASHES
from sourcing.skills import FoundSkill, Skill, all_skills, find_mentions, find_skills, resolve_skill, skill_for
from sourcing.spoken_languages import languages_stated
from sourcing.stated_years import NUMBER, written_number
from sourcing.title_words import title_words
from sourcing.vacancy_text import read_vacancy, work_named

WORDS_OF_A_SENTENCE = 3
TITLE_CHARACTERS = 200
YEARS = re.compile(
    rf"{NUMBER}(?:\s*(?:[{DASHES}]|to)\s*\d{{1,2}})?\s*(?:\+\s*)?(?:or more\s+)?"
    r"(?:years?|yrs)\b(?!\s+(?:old|of age|ago))",
    re.IGNORECASE,
)
MONTHS = re.compile(r"\b(\d{1,2}) months\b[\w\s-]{0,40}\bexperience\b", re.IGNORECASE)


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
        return title_words([work_named(self.title)])

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


def requirements_in(text: str, most_skills: int = 25) -> Requirements:
    """Return what a project's text alone asks for: skills, years, and languages that are named with a level.

    Its first line is the title. What it only wishes for is wished, and what it tells of the company, offers or says is
    not needed is left out (`vacancy_text`). Of either kind at most so many skills are taken: requirements often come
    last, after the duties.
    """
    vacancy = read_vacancy(text)
    required = [skill.name for skill in _in_order(vacancy.asked)]
    wished = [skill.name for skill in _in_order(vacancy.wished) if skill.name not in required]
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Requirements(
        title=first[:TITLE_CHARACTERS],
        required_skills=required[:most_skills],
        wished_skills=wished[:most_skills],
        min_years=years_asked(vacancy.asked) or years_asked(vacancy.wished),
        languages=[" ".join(filter(None, (each.level, each.name))) for each in languages_stated(vacancy.asked)],
    )


def years_asked(text: str) -> float | None:
    """Return the years of experience that a vacancy asks for: of a range the least; months of experience too."""
    found = YEARS.search(text)
    if found:
        return written_number(found[1])
    months = MONTHS.search(text)
    return round(int(months[1]) / 12, 1) if months else None


def _in_order(text: str) -> list[FoundSkill]:
    return sorted(find_skills(text), key=lambda skill: skill.offset)


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
