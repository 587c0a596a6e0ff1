"""Telling of a CV: that it is to be read, that its profile is to be built; each is one event, however often said."""

from typing import Any

from sqlalchemy.orm import Session

from models import CV, Freelancer
from schemas.nats_schemas import AgentTaskCompletedEvent, CVUploadedEvent
from schemas.subjects import AGENT_TASK_COMPLETED, CV_UPLOADED
from services.outgoing import IN_ORDER, emit
from sourcing.profiles import ReadProfile

ANALYZER = "cv_analyzer"
NEXT_STEP = "profile_building"
SKILLS_IN_EVENT = 50


def announce(session: Session, cv: CV) -> None:
    """Have a CV read; it is uploaded only once."""
    event = CVUploadedEvent(cv_id=cv.id, filename=cv.filename, freelancer_id=cv.freelancer_id)
    subject = CV_UPLOADED.build(cv_id=cv.id)
    emit(session, subject, event, event_id=subject)


def hand_over(session: Session, cv: CV, profile: ReadProfile) -> None:
    """Hand a CV that was read over to the profile builder."""
    session.get(Freelancer, cv.freelancer_id, with_for_update=IN_ORDER)  # the event's key
    task = AgentTaskCompletedEvent(
        agent_id=ANALYZER,
        task_id=f"analyze_cv_{cv.id}",
        result={
            "cv_id": cv.id,
            "freelancer_id": cv.freelancer_id,
            "extracted_data": facts(profile),
            "next_step": NEXT_STEP,
            "reasoning": (cv.extracted or {}).get("reasoning"),
        },
    )
    subject = AGENT_TASK_COMPLETED.build(agent_id=ANALYZER)
    emit(session, subject, task, key=cv.freelancer_id, event_id=str(task.task_id))


def facts(profile: ReadProfile) -> dict[str, Any]:
    """What the event says of a profile: names and figures, and none of the CV's sentences."""
    return {
        "skills": [skill.name for skill in profile.skills[:SKILLS_IN_EVENT]],
        "languages": [language.name for language in profile.languages],
        "years_of_experience": profile.years_of_experience,
        "positions": len(profile.positions),
    }
