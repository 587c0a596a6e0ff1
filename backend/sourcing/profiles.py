"""A profile out of a CV's text: headline, summary, skills with evidence and years, positions, languages, education.

Sections are found by their headings and positions by their dates. A text that has neither still gives its skills.
What identifies a person (name, address, date of birth, photo) is not read.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from sourcing.certificates import find_certificates
from sourcing.education import find_studies, is_whole
from sourcing.headings import SectionKind
from sourcing.parted_dates import with_whole_dates
from sourcing.periods import years_of
from sourcing.personal import impersonal
from sourcing.position_groups import grouped, paid_projects, work_and_studies
from sourcing.positions import Position, find_positions
from sourcing.practice import about_practice, lines_of_practice
from sourcing.punctuation import BULLETS, DASHES
from sourcing.roles import ROLES
from sourcing.sections import Section, lines_of, split_into_sections
from sourcing.sentences import sentence_at
from sourcing.skills import FoundSkill, Method, find_mentions, find_skills
from sourcing.spoken_languages import SpokenLanguage, is_list, languages_listed, languages_stated
from sourcing.stated_years import claimed_years, stated_years

MAX_SUMMARY = 400
MAX_DESCRIPTION = 1000
MAX_HEADLINE = 150
MAX_POSITIONS = 100
TOP_LINES = 8

CONTACT = re.compile(r"\S@\S|https?:|www\.|\d{4,}|\+\d|curriculum vitae|^\s*(?:cv|resume|résumé)\s*$", re.IGNORECASE)
EMPHASIS = re.compile(r"\*\*|__")
BETWEEN_PARTS = re.compile(rf"\s[|{BULLETS}]\s|\s{{3,}}")
LABEL = re.compile(r"^(?:job title|title|position|role|profession|beruf|titel|tätigkeit)\s*:\s*", re.IGNORECASE)


class ReadSkill(BaseModel):
    """A skill that the CV names, with the sentence that names it first and years of use where they can be told.

    `confidence` is how sure the reading is (0 to 1); `None` in profiles of earlier versions, which did not keep it.
    """

    id: str
    name: str
    evidence: str
    years: float | None = None
    count: int = 1
    method: Method = "name"
    confidence: float | None = None


class ReadPosition(BaseModel):
    """A dated position; months as `2019-03` or `2019`, `end` is `None` while it lasts, `description` what was done."""

    title: str
    organisation: str
    start: str
    end: str | None = None
    description: str = ""


class ReadStudy(BaseModel):
    """A degree or what was studied, and where; months as in a position, `end` alone where only that is said."""

    degree: str
    institution: str = ""
    start: str | None = None
    end: str | None = None


class ReadCertificate(BaseModel):
    """A certificate, licence or registration, and when it was given."""

    name: str
    issued: str | None = None


def _as_study(read: Any) -> Any:
    """Education as profiles of earlier versions have it: lines of text."""
    return {"degree": read} if isinstance(read, str) else read


class ReadProfile(BaseModel):
    """What a CV says."""

    headline: str = ""
    summary: str = ""
    skills: list[ReadSkill] = []
    years_of_experience: float | None = None
    positions: list[ReadPosition] = []
    languages: list[SpokenLanguage] = []
    education: list[Annotated[ReadStudy, BeforeValidator(_as_study)]] = []
    certificates: list[ReadCertificate] = []


def read_profile(text: str, today: date, *, described: bool = False) -> ReadProfile:
    """Read a CV. Any text gives a profile, if an empty one; `today` ends the positions that still last."""
    text = with_whole_dates(impersonal(text))
    sections = split_into_sections(text)
    positions, studies = _dated(sections, today)
    return ReadProfile(
        headline=_headline(sections, positions),
        summary=_summary(sections),
        skills=_skills(text, positions, today, described),
        years_of_experience=_years(text, positions, today),
        positions=[_position(position) for position in positions if not position.is_part][:MAX_POSITIONS],
        languages=_languages(sections, text),
        education=_education(sections, studies, today),
        certificates=_certificates(sections),
    )


def _dated(sections: list[Section], today: date) -> tuple[list[Position], list[Position]]:
    """Positions and studies, of the section about work.

    Without such a section, of a freelancer's projects, or of what no heading claims.
    """
    projects = find_positions(lines_of(sections, SectionKind.PROJECTS), today)
    work = lines_of(sections, SectionKind.EXPERIENCE)
    if work:
        positions, studies = work_and_studies(grouped(find_positions(work, today)))
        return [*positions, *paid_projects(projects)], studies
    if projects:
        return projects, []
    return work_and_studies(grouped(find_positions(lines_of(sections, SectionKind.TOP), today)), schools_too=True)


def _headline(sections: list[Section], positions: list[Position]) -> str:
    """The line under the name that says what the person is; else the title of the latest position."""
    stripped = (EMPHASIS.sub("", line).strip(f" #*_,|\t{DASHES}") for line in lines_of(sections, SectionKind.TOP))
    for line in [LABEL.sub("", line) for line in stripped if line][:TOP_LINES]:
        for piece in BETWEEN_PARTS.split(line):
            if len(piece) <= MAX_HEADLINE and ROLES.search(piece) and not CONTACT.search(piece):
                return piece.strip(" *_,")
    latest = max(positions, key=lambda position: str(position.period.end or "9999"), default=None)
    return latest.title if latest else ""


def _summary(sections: list[Section]) -> str:
    """The first sentences of the section that sums up."""
    return _shortened(" ".join(" ".join(lines_of(sections, SectionKind.SUMMARY)).split()), MAX_SUMMARY)


def _shortened(text: str, length: int) -> str:
    """As many whole sentences as fit."""
    if len(text) <= length:
        return text
    whole, end, _ = text[:length].rpartition(". ")
    return whole + end.strip() if whole else text[: length - 1].rstrip() + "…"


def _skills(text: str, positions: list[Position], today: date, described: bool) -> list[ReadSkill]:
    used: dict[str, list[Position]] = {}
    for position in positions:
        for skill_id in {mention.skill.id for mention in find_mentions(lines_of_practice(position))}:
            used.setdefault(skill_id, []).append(position)
    practice = about_practice(text, positions)
    stated = stated_years(practice)
    found_skills = find_skills(practice)
    if described:
        # sentences are understood with the employers' names in them
        named = {found.id for found in found_skills}
        whole = find_skills(about_practice(text, []), described=True)
        found_skills += [found for found in whole if found.method == "meaning" and found.id not in named]
    return [
        _skill(
            replace(found, evidence=sentence_at(text, found.offset)),
            stated.get(found.id),
            used.get(found.id, []),
            today,
        )
        for found in found_skills
    ]


def _skill(found: FoundSkill, stated: float | None, used: list[Position], today: date) -> ReadSkill:
    """Years as stated, else of the positions whose lines name the skill."""
    years = stated if stated is not None else years_of((position.period for position in used), today) or None
    return ReadSkill(
        id=found.id,
        name=found.name,
        evidence=found.evidence,
        years=years,
        count=found.count,
        method=found.method,
        confidence=round(found.confidence, 2),
    )


def _years(text: str, positions: list[Position], today: date) -> float | None:
    """Years of all dated positions together, else the years that the text claims."""
    if positions:
        return years_of((position.period for position in positions), today)
    return claimed_years(text)


def _position(position: Position) -> ReadPosition:
    end = position.period.end
    return ReadPosition(
        title=position.title,
        organisation=position.organisation,
        start=str(position.period.start),
        end=None if end is None else str(end),
        description=_shortened(" ".join(" ".join(position.description).split()), MAX_DESCRIPTION),
    )


def _languages(sections: list[Section], text: str) -> list[SpokenLanguage]:
    """The listed ones; without a list, those that the text names with a level."""
    listed = lines_of(sections, SectionKind.LANGUAGES) or [line for line in text.split("\n") if is_list(line)]
    return languages_listed(listed) or languages_stated(text)


def _education(sections: list[Section], studies: list[Position], today: date) -> list[ReadStudy]:
    """Those of the section about it; without one, those between the positions, or under "Training" and its like."""
    lines = lines_of(sections, SectionKind.EDUCATION) or [line for study in studies for line in study.lines]
    others = [] if lines else find_studies(lines_of(sections, SectionKind.OTHER), today)
    return [
        ReadStudy(
            degree=study.degree,
            institution=study.institution,
            start=str(study.start) if study.start else None,
            end=str(study.end) if study.end else None,
        )
        for study in [*find_studies(lines, today), *filter(is_whole, others)]
    ]


def _certificates(sections: list[Section]) -> list[ReadCertificate]:
    return [
        ReadCertificate(name=found.name, issued=str(found.issued) if found.issued else None)
        for found in find_certificates(lines_of(sections, SectionKind.CERTIFICATES))
    ]
