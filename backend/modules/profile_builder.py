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
from modules import answering
from schemas.nats_schemas import AgentResultEvent, AgentTaskCompletedEvent, WorkflowTriggerEvent
from schemas.subjects import AGENT_RESULT, AGENT_TASK_COMPLETED
from services.cv_announcing import ANALYZER, NEXT_STEP
from services.nats_service import NATSService
from services.outgoing import emit
from trunkline import Event, Message, NATSAwareAgent
from trunkline.sql import Database, outbox
from workflows import cv_processing

AGENT_NAME = "profile_builder"
HEADLINE_CHARACTERS = 300
KEPT = ("id", "name", "years", "evidence", "method", "confidence")
"""What a profile keeps of a skill that a CV shows."""

log = structlog.get_logger(__name__)


class ProfileBuilder(NATSAwareAgent):
    """Listens for analysed CVs."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__(AGENT_NAME, nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take every task that the CV analyser has completed; those of one freelancer in their order."""
        analysed = AGENT_TASK_COMPLETED.build(agent_id=ANALYZER)
        await self.subscribe(
            analysed, self.handle_cv_analysis_complete, durable="profile-builder", ordered=True, on_buried=give_up
        )
        await self.subscribe(
            answering.trigger_of(AGENT_NAME, "build"),
            self.handle_trigger,
            durable="profile-builder-trigger",
            on_buried=answering.give_up,
        )

    async def handle_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Build the profile of a CV that somebody asks for, and answer."""
        cv_id = await answering.subject_of(data, msg)
        if cv_id is not None:
            await msg.commit(partial(build_asked, cv_id=cv_id, trigger=data, cause=msg.event))

    async def handle_cv_analysis_complete(self, subject: str, data: AgentTaskCompletedEvent, msg: Message) -> None:
        """Build the profile of the CV's freelancer."""
        if data.result.get("next_step") != NEXT_STEP:
            return
        await msg.commit(partial(build, cv_id=str(data.result.get("cv_id")), cause=msg.event))


def build(session: Session, cv_id: str, cause: Event | None = None) -> None:
    """Merge a read CV into its freelancer's profile; the CV's workflow then has the freelancer matched again."""
    cv = session.get(CV, cv_id)
    if cv is None or cv.state is not CVState.COMPLETED or cv.extracted is None:
        log.info("cv_without_profile", cv_id=cv_id)
        return
    freelancer = session.get(Freelancer, cv.freelancer_id, with_for_update=True)
    if freelancer is None:
        return
    cv_processing.begin(session, cv)
    cv_processing.move(session, cv, "building", cause)
    if is_outdated(session, cv, freelancer):
        cv_processing.move(session, cv, "outdated", cause)
        return
    merge(cv, freelancer)
    with outbox.noted(session) as events:
        announce(session, cv, freelancer)
    cv_processing.move(session, cv, "built", cause, events)


def build_asked(session: Session, cv_id: str, trigger: WorkflowTriggerEvent, cause: Event | None = None) -> None:
    """Build a profile for whoever asked, and answer them."""
    cv = session.get(CV, cv_id)
    if cv is None or cv.state is not CVState.COMPLETED:
        answering.refuse(session, trigger, "there is no such CV that was read")
        return
    build(session, cv_id, cause)
    answering.done(session, trigger, {"cv_id": cv.id, "freelancer_id": cv.freelancer_id})


def give_up(session: Session, msg: Message) -> None:
    """Note in the CV's workflow that its profile could not be built, with the last attempt."""
    task = AgentTaskCompletedEvent.model_validate_json(msg.data)
    cv = session.get(CV, str(task.result.get("cv_id")))
    if cv is not None and cv.state is CVState.COMPLETED:
        cv_processing.begin(session, cv)
        cv_processing.move(session, cv, "given_up", msg.event)


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
        found = {name: skill.get(name) for name in KEPT} | {"status": "found"}
        own = said.pop(skill["id"], None)
        if own is not None:
            found |= {"name": own["name"], "status": own["status"]}
            found["years"] = own.get("years") if own.get("years") is not None else found["years"]
        merged.append(found)
    return merged + list(said.values())


def announce(session: Session, cv: CV, freelancer: Freelancer) -> None:
    """Tell other agents of the profile."""
    result = {"freelancer_id": freelancer.id, "cv_id": cv.id, "version": freelancer.version}
    offered = AgentResultEvent(agent_name=AGENT_NAME, result_type="profile", data=result)
    emit(session, AGENT_RESULT.build(agent_name=AGENT_NAME, result_type="profile"), offered)
    task = AgentTaskCompletedEvent(agent_id=AGENT_NAME, task_id=f"build_profile_{cv.id}", result=result)
    emit(session, AGENT_TASK_COMPLETED.build(agent_id=AGENT_NAME), task)
