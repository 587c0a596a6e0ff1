"""Drafting a question for the other side of a match. What is drafted is shown to the asker, who may send it."""

from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Clarification, Freelancer, Opportunity, Project, Role
from schemas.clarifications import DraftView, QuestionWanted
from schemas.nats_schemas import ProjectRequirements
from services.matched import freelancer_meant, pair
from services.reasoning import CLARIFICATION
from sourcing.drafting import INSTRUCTIONS, Draftable, DraftedQuestion
from trunkline.reasoning import Reasoner
from trunkline.sql import Database

MOST_EARLIER = 20


async def draft(database: Database, reasoner: Reasoner, asker: SignedIn, wanted: QuestionWanted) -> DraftView:
    """Draft a question to the other side.

    Raises:
        Invalid: an owner has not named the freelancer.
        NotFound: the asker is no side of such a match.
    """
    freelancer_id = freelancer_meant(asker, wanted.freelancer_id)
    read = partial(_draftable, asker=asker, project_id=wanted.project_id, freelancer_id=freelancer_id)
    data = await database.read(read)
    root = f"clarification-{wanted.project_id}-{freelancer_id}"
    answer = await reasoner.run(CLARIFICATION, INSTRUCTIONS, data, DraftedQuestion, root=root)
    return DraftView(question=answer.result.question, reasoning=answer.note)


def _draftable(session: Session, asker: SignedIn, project_id: str, freelancer_id: str) -> Draftable:
    """What the asker's side may know of the match; nobody's own words but the project's title and earlier questions."""
    match = pair(session, asker, project_id, freelancer_id)
    project = session.get_one(Project, match.project_id)
    freelancer = session.get_one(Freelancer, match.freelancer_id)
    asked = ProjectRequirements.model_validate(project.requirements)
    missing = session.scalar(
        select(Opportunity.missing_skills).where(
            Opportunity.project_id == project_id, Opportunity.freelancer_id == freelancer_id
        )
    )
    earlier = (
        select(Clarification.question)
        .where(
            Clarification.project_id == project_id,
            Clarification.freelancer_id == freelancer_id,
            Clarification.asked_by == asker.role,
        )
        .order_by(Clarification.id.desc())
        .limit(MOST_EARLIER)
    )
    return Draftable(
        asker="owner" if asker.role is Role.OWNER else "freelancer",
        project=project.title,
        required_skills=asked.required_skills,
        missing_skills=missing or [],
        min_years=asked.min_years,
        years_of_experience=freelancer.years_of_experience,
        remote=asked.remote,
        location=asked.location,
        max_rate=asked.max_rate,
        asked=list(session.scalars(earlier)),
    )
