"""Drafting a question to the other side of a match, about what the match leaves open; a person reads and sends it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NAMED_AT_MOST = 5

INSTRUCTIONS = """\
The data is a match of a project and a freelancer, seen by the one who asks: `asker` says which side. Write one short,
polite question to the other side about the one thing that matters most and is not answered by the data; nothing that
stands in `asked` already. No greeting, no name, no contact details, no promise."""


class Draftable(BaseModel):
    """What a question can be drafted from: names and figures, and what was asked before."""

    asker: Literal["owner", "freelancer"]
    project: str
    required_skills: list[str]
    missing_skills: list[str]
    min_years: float | None
    years_of_experience: float | None
    remote: bool
    location: str | None
    max_rate: float | None
    asked: list[str]


class DraftedQuestion(BaseModel):
    """A question, to be edited and sent by a person."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(min_length=1, max_length=1000)]


def draft_plainly(match: Draftable) -> DraftedQuestion:
    """Return the first question that the match leaves open and that was not asked yet."""
    candidates = _of_owner(match) if match.asker == "owner" else _of_freelancer(match)
    return DraftedQuestion(question=next((each for each in candidates if each not in match.asked), candidates[-1]))


def _of_owner(match: Draftable) -> list[str]:
    questions = []
    if match.missing_skills:
        names = match.missing_skills[:NAMED_AT_MOST]
        them = "it" if len(names) == 1 else "these"
        questions.append(f"Your profile does not name {_listed(names)}. What experience do you have with {them}?")
    if match.min_years is not None and match.years_of_experience is None:
        questions.append(f"We look for {match.min_years:g} years of experience. How many do you have?")
    return [
        *questions,
        "When could you start, and how many hours a week?",
        "Is there anything that you would like to know?",
    ]


def _of_freelancer(match: Draftable) -> list[str]:
    questions = []
    if not match.required_skills:
        questions.append("Which skills will the work need most?")
    if not match.remote and match.location is None:
        questions.append("Where is the work to be done?")
    if match.max_rate is None:
        questions.append("What budget do you have in mind for this?")
    return [
        *questions,
        "When is the work to begin, and how long will it take?",
        "What would you like to know about me?",
    ]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
