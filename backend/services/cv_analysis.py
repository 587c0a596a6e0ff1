"""Reading a CV's text: the rules first, then what a language model may add to them."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from services.reasoning import CV_ANALYSIS
from sourcing.addressed import set_aside
from sourcing.personal import impersonal
from sourcing.profiles import read_profile
from sourcing.refining import INSTRUCTIONS, RefinedProfile, Refinement, refined, to_refine
from trunkline.reasoning import Note, Reasoner


@dataclass(frozen=True, slots=True)
class AnalysedCV:
    """What a CV says, and how that was found."""

    profile: RefinedProfile
    note: Note


async def analyse(reasoner: Reasoner, cv_id: str, text: str) -> AnalysedCV:
    """Read a CV. What speaks to a machine in it, and what identifies the person, is set aside before anybody reads it.

    Raises:
        DatabaseError, OutboxFull: the budget cannot be written.
    """
    read = await asyncio.to_thread(set_aside, text)
    text = await asyncio.to_thread(impersonal, read.text)
    today = datetime.now(UTC).date()
    profile = await asyncio.to_thread(read_profile, text, today, described=True)
    data = to_refine(text, profile)
    answer = await reasoner.run(CV_ANALYSIS, INSTRUCTIONS, data, Refinement, root=root_of(cv_id))
    return AnalysedCV(refined(profile, text, answer.result, read.passages), answer.note)


def root_of(cv_id: str) -> str:
    """The task tree that pays for a CV."""
    return f"cv-{cv_id}"
