"""What a language model may add to a CV that the rules have read: very little, and nothing that counts.

A model that reads a CV may be commanded by it. So it is asked for quotations only, and each is looked up in the text;
what does not stand there word for word does not exist. And what a score is made of is never the model's to say:

- Skills, years, positions and languages are the rules' alone (profiles.py).
- A headline or a summary is taken only where the rules found none, in the CV's own words.
- A skill that the model saw and the rules did not is a *suggestion*: named within its quotation, which stands in the
  text. It counts for nothing until the freelancer confirms it.
"""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sourcing.addressed import speaks_to_a_machine
from sourcing.profiles import CONTACT, MAX_HEADLINE, MAX_SUMMARY, ReadProfile
from sourcing.skills import skill_for

MODEL_CHARACTERS = 20_000
"""As much of a CV as a model is shown."""
MAX_SUGGESTIONS = 20
LONGEST_SKILL = 60

INSTRUCTIONS = """\
The data is the text of a CV, with the headline, summary and skills that were already found in it. Say what is missing,
in quotations only: each must stand in the text word for word, in the same spelling, and on one line of it.
- headline: the line that says what the person does, if none was found; else an empty string.
- summary: at most three sentences that sum the person up, if no summary was found; else none.
- skills: professional skills that the text says the person has, and that are not among those found: for each its name
  as the text spells it, and the quotation that holds that name."""

Quote = Annotated[str, Field(max_length=MAX_SUMMARY)]


class CVToRefine(BaseModel):
    """A CV's text, and what the rules have read from it."""

    text: str
    headline: str
    summary: str
    skills: list[str]


class ClaimedSkill(BaseModel):
    """A skill that somebody says the text names."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    quote: Quote


class Refinement(BaseModel):
    """Quotations that fill what the rules left empty."""

    model_config = ConfigDict(extra="forbid")

    headline: str = Field(default="", max_length=MAX_SUMMARY)
    summary: list[Quote] = Field(default=[], max_length=3)
    skills: list[ClaimedSkill] = Field(default=[], max_length=100)


class SuggestedSkill(BaseModel):
    """A skill for the freelancer to confirm: `evidence` stands in the CV's text at `offset`."""

    id: str
    name: str
    evidence: str
    offset: int


class RefinedProfile(ReadProfile):
    """What a CV says; `set_aside` counts the passages that speak to a machine, and were not read."""

    suggested_skills: list[SuggestedSkill] = []
    set_aside: int = 0


def to_refine(text: str, profile: ReadProfile) -> CVToRefine:
    """Return what a runner is given of a CV."""
    names = [skill.name for skill in profile.skills]
    return CVToRefine(text=text[:MODEL_CHARACTERS], headline=profile.headline, summary=profile.summary, skills=names)


def refine_plainly(cv: CVToRefine) -> Refinement:
    """Add nothing: the rules have read all that they can."""
    return Refinement()


def refined(profile: ReadProfile, text: str, refinement: Refinement, set_aside: int = 0) -> RefinedProfile:
    """Return the profile with what of the refinement the text bears out, where it may add something."""
    read = profile.model_dump()
    if not profile.headline and len(refinement.headline) <= MAX_HEADLINE and _is_said(text, refinement.headline):
        read["headline"] = refinement.headline.strip()
    if not profile.summary:
        said = [quote.strip() for quote in refinement.summary if _is_said(text, quote)]
        read["summary"] = " ".join(dict.fromkeys(said))[:MAX_SUMMARY]
    suggested = _suggested(profile, text, refinement.skills)
    return RefinedProfile(**read, suggested_skills=suggested, set_aside=set_aside)


def _suggested(profile: ReadProfile, text: str, claimed: list[ClaimedSkill]) -> list[SuggestedSkill]:
    known = {skill.id for skill in profile.skills}
    found: dict[str, SuggestedSkill] = {}
    for claim in claimed:
        skill = skill_for(claim.name)
        if skill.id not in known and _is_said(text, claim.quote) and _names(claim.quote, claim.name):
            offset = text.find(claim.quote)
            found.setdefault(
                skill.id, SuggestedSkill(id=skill.id, name=skill.name, evidence=claim.quote, offset=offset)
            )
    return list(found.values())[:MAX_SUGGESTIONS]


def _is_said(text: str, quote: str) -> bool:
    """Whether a quotation stands in the text, tells of the person, and gives no address or number away."""
    return bool(quote.strip()) and quote in text and not CONTACT.search(quote) and not speaks_to_a_machine(quote)


def _names(quote: str, name: str) -> bool:
    """Whether the quotation holds the name as a whole word."""
    wanted = name.strip()
    if not wanted or len(wanted) > LONGEST_SKILL:
        return False
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", quote, re.IGNORECASE) is not None
