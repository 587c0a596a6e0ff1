"""The profile builder: turns what was read from a CV into the freelancer's profile.

What the freelancer has said wins over what a CV says: confirmed and denied skills stay so, and a field that was edited
by hand is left alone. Everything else follows the newest CV.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

from models import CV, CVState, Freelancer
from modules.cv_analyzer import AGENT_NAME as CV_ANALYZER
from modules.cv_analyzer import NEXT_STEP, change_state
from schemas.nats_schemas import AgentResultEvent, AgentTaskCompletedEvent, WorkflowTriggerEvent
from schemas.subjects import AGENT_RESULT, AGENT_TASK_COMPLETED, WORKFLOW_TRIGGER
from services.nats_service import NATSService
from services.outgoing import emit
from trunkline import Message, NATSAwareAgent
from trunkline.sql import Database

AGENT_NAME = "profile_builder"
HEADLINE_CHARACTERS = 300

log = structlog.get_logger(__name__)


class ProfileBuilder(NATSAwareAgent):
    """Listens for analysed CVs."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__(AGENT_NAME, nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take every task that the CV analyser has completed; those of one freelancer in their order."""
        analysed = AGENT_TASK_COMPLETED.build(agent_id=CV_ANALYZER)
        await self.subscribe(analysed, self.handle_cv_analysis_complete, durable="profile-builder", ordered=True)

    async def handle_cv_analysis_complete(self, subject: str, data: AgentTaskCompletedEvent, msg: Message) -> None:
        """Build the profile of the CV's freelancer."""
        if data.result.get("next_step") != NEXT_STEP:
            return
        await msg.commit(partial(build, cv_id=str(data.result.get("cv_id"))))


def build(session: Session, cv_id: str) -> None:
    """Merge a read CV into its freelancer's profile, and have the freelancer matched again."""
    cv = session.get(CV, cv_id)
    if cv is None or cv.state is not CVState.COMPLETED or cv.extracted is None:
        log.info("cv_without_profile", cv_id=cv_id)
        return
    freelancer = session.get(Freelancer, cv.freelancer_id, with_for_update=True)
    if freelancer is None or is_outdated(session, cv, freelancer):
        return
    merge(cv, freelancer)
    announce(session, cv, freelancer)


def is_outdated(session: Session, cv: CV, freelancer: Freelancer) -> bool:
    """Whether the profile already follows a CV that was uploaded later."""
    current = session.get(CV, freelancer.cv_id) if freelancer.cv_id else None
    return current is not None and (current.created_at, current.id) > (cv.created_at, cv.id)


def merge(cv: CV, freelancer: Freelancer) -> None:
    """Bring the profile up to the CV."""
    extracted = cv.extracted or {}
    freelancer.skills = merged_skills(freelancer.skills, extracted["skills"])
    for field, value in fields_of(extracted).items():
        if field not in freelancer.edited and value not in (None, "", []):
            setattr(freelancer, field, value)
    freelancer.cv_id = cv.id
    freelancer.version += 1
    freelancer.updated_at = datetime.now(UTC)


def fields_of(extracted: dict[str, Any]) -> dict[str, Any]:
    """The profile's fields, skills excepted, as a CV gives them."""
    return {
        "headline": (extracted["headline"] or "")[:HEADLINE_CHARACTERS],
        "summary": extracted["summary"],
        "languages": [{"name": each["name"], "level": each.get("level")} for each in extracted["languages"]],
        "positions": extracted["positions"],
        "years_of_experience": extracted["years_of_experience"],
    }


def merged_skills(current: list[dict[str, Any]], read: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The skills of a profile after a CV was read.

    A skill that the freelancer confirmed or denied keeps its status and years, and gains the CV's evidence; one that
    only an earlier CV named goes with that CV.
    """
    said = {skill["id"]: skill for skill in current if skill["status"] != "found"}
    merged = []
    for skill in read:
        found = {name: skill.get(name) for name in ("id", "name", "years", "evidence")} | {"status": "found"}
        own = said.pop(skill["id"], None)
        if own is not None:
            found |= {"name": own["name"], "status": own["status"]}
            found["years"] = own.get("years") if own.get("years") is not None else found["years"]
        merged.append(found)
    return merged + list(said.values())


def announce(session: Session, cv: CV, freelancer: Freelancer) -> None:
    """Tell other agents of the profile, and ask for the freelancer to be matched again."""
    result = {"freelancer_id": freelancer.id, "cv_id": cv.id, "version": freelancer.version}
    offered = AgentResultEvent(agent_name=AGENT_NAME, result_type="profile", data=result)
    emit(session, AGENT_RESULT.build(agent_name=AGENT_NAME, result_type="profile"), offered)
    task = AgentTaskCompletedEvent(agent_id=AGENT_NAME, task_id=f"build_profile_{cv.id}", result=result)
    emit(session, AGENT_TASK_COMPLETED.build(agent_id=AGENT_NAME), task)
    change_state(session, cv, "profile_built", None)
    rematch = WorkflowTriggerEvent(
        module_name="freelancer_opportunity", action="rematch", data={"freelancer_id": freelancer.id}
    )
    subject = WORKFLOW_TRIGGER.build(module_name="freelancer_opportunity", action="rematch")
    emit(session, subject, rematch, key=freelancer.id)
