"""What a freelancer's answer to an opportunity writes: the skills they confirm or deny, and the pair's new score."""

from collections.abc import Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Opportunity, OpportunityState
from modules.matching import asked, assess, profile, requirements_of
from modules.offers import fill, locked_freelancers, locked_projects, score_of, tell_score
from schemas.nats_schemas import OpportunityResponseEvent
from services import calibrations, offering
from services.freelancers import edits_of, with_edits
from services.refusals import Invalid, NotFound
from services.rematching import rematch
from sourcing.match import calibrated

log = structlog.get_logger(__name__)


def confirm_skills(
    session: Session, freelancer_id: str, project_id: str, confirmed: Sequence[str], denied: Sequence[str]
) -> float:
    """Note which skills the freelancer has and has not, and return how well they fit the project then.

    Of an answer that would give the profile too many skills, none are noted: many were given at once.

    Raises:
        NotFound: there is no such project or freelancer.
    """
    project = locked_projects(session, [project_id]).get(project_id)
    freelancer = locked_freelancers(session, [freelancer_id]).get(freelancer_id)
    if project is None or freelancer is None:
        raise NotFound("match")
    try:
        skills = with_edits(freelancer.skills, edits_of(confirmed, denied))
    except Invalid as error:
        log.warning("skills_of_answer_left_out", freelancer_id=freelancer_id, reason=str(error))
        skills = freelancer.skills
    if skills != freelancer.skills:
        freelancer.skills = skills
        freelancer.version += 1
    [assessment] = assess(asked(requirements_of(project)), [profile(freelancer)])
    return calibrated(assessment.match, calibrations.newest(session)).match_confidence


def is_pair(session: Session, freelancer_id: str, project_id: str) -> bool:
    """Whether the freelancer has been scored for the project."""
    return _row(session, freelancer_id, project_id) is not None


def settle(
    session: Session,
    freelancer_id: str,
    project_id: str,
    answer: OpportunityResponseEvent,
    updated_score: float,
    event_id: str,
) -> None:
    """Write the pair's new score, tell the owner, and have the freelancer's other projects matched again."""
    project = locked_projects(session, [project_id]).get(project_id)
    freelancer = locked_freelancers(session, [freelancer_id]).get(freelancer_id)
    row = _row(session, freelancer_id, project_id)
    if project is None or freelancer is None or row is None:
        return
    previous = row.match_confidence
    if row.answer is None and row.state in {OpportunityState.SCORED, OpportunityState.AVAILABLE}:
        offering.answered(session, row, answer.answer)
    [assessment] = assess(asked(requirements_of(project)), [profile(freelancer)])
    fill(row, score_of(project.id, project.version, assessment), calibrations.newest(session))
    row.match_confidence = updated_score
    row.unsettled = [each for each in row.unsettled if each["event_id"] != event_id]
    row.unsettled_since = row.unsettled_since if row.unsettled else None
    tell_score(session, row, previous)
    if (answer.confirmed_skills or answer.denied_skills) and not answer.skills_noted:
        rematch(session, freelancer)


def _row(session: Session, freelancer_id: str, project_id: str) -> Opportunity | None:
    return session.scalar(
        select(Opportunity).where(Opportunity.freelancer_id == freelancer_id, Opportunity.project_id == project_id)
    )
