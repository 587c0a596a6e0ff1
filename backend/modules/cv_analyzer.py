"""The CV analyser: reads an uploaded CV and says what is in it.

A CV goes from `uploaded` through `processing` to `completed` or `failed`, and reaches one of the two whatever happens:
a file that cannot be read fails at once, with the reason for its owner; anything else that goes wrong, a file that
kills the process included, is tried again, and after the last try the CV fails in the transaction that makes the event
a dead letter. A replay of that event may still complete the CV.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

from core.config import settings
from core.storage import storage
from models import CV, CVState, Freelancer, new_id
from schemas.nats_schemas import (
    AgentTaskCompletedEvent,
    CVProcessingCompletedEvent,
    CVProcessingFailedEvent,
    CVProcessingStartedEvent,
    CVUploadedEvent,
    WorkflowStateChangeEvent,
)
from schemas.subjects import (
    AGENT_TASK_COMPLETED,
    CV_PROCESSING_COMPLETED,
    CV_PROCESSING_FAILED,
    CV_PROCESSING_STARTED,
    CV_UPLOADED,
    WORKFLOW_STATE_CHANGE,
)
from services.cv_analysis import analyse
from services.nats_service import NATSService
from services.outgoing import IN_ORDER, emit
from services.reasoning import reasoning
from sourcing.documents import UnreadableDocument, extract_text
from sourcing.profiles import ReadProfile
from trunkline import Message, NATSAwareAgent, Retry
from trunkline.reasoning import Note, Reasoner
from trunkline.sql import Database

AGENT_NAME = "cv_analyzer"
NEXT_STEP = "profile_building"
FAULT = "The CV could not be read because of a fault on our side. Please upload it again later."
RETRY = Retry(attempts=5)
CONCURRENT_CVS = 2
READ_LIMIT_SECONDS = 120.0
SKILLS_IN_EVENT = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """A CV to be read."""

    cv_id: str
    filename: str
    media_type: str | None
    storage_key: str


class CVAnalyzer(NATSAwareAgent):
    """Listens for uploaded CVs."""

    def __init__(self, nats_service: NATSService, database: Database, reasoner: Reasoner | None = None) -> None:
        super().__init__(AGENT_NAME, nats_service)
        self.database = database
        self.reasoner = reasoner or reasoning.reasoner

    async def setup_subscriptions(self) -> None:
        """Take every uploaded CV, a few at a time."""
        await self.subscribe(
            CV_UPLOADED,
            self.handle_cv_uploaded,
            durable="cv-analyzer",
            concurrency=CONCURRENT_CVS,
            retry=RETRY,
            on_buried=give_up,
        )

    async def handle_cv_uploaded(self, subject: str, data: CVUploadedEvent, msg: Message) -> None:
        """Read the CV; the slow part comes before the one transaction with its outcome."""
        cv_id = CV_UPLOADED.parse(subject)["cv_id"]
        reading = await self.database.write(partial(begin, cv_id=cv_id))
        if reading is None:
            log.info("cv_left_alone", cv_id=cv_id)
            return
        try:
            text = await read(reading)
        except UnreadableDocument as error:
            log.info("cv_unreadable", cv_id=cv_id, code=error.code)
            await msg.commit(partial(fail, cv_id=cv_id, reason=error.reason))
        else:
            analysed = await analyse(self.reasoner, cv_id, text)
            await msg.commit(partial(complete, cv_id=cv_id, profile=analysed.profile, note=analysed.note))


async def read(reading: Reading) -> str:
    """Fetch the file and return its text.

    Raises:
        UnreadableDocument: another try cannot help.
        TimeoutError: it took longer than two minutes.
    """
    async with asyncio.timeout(READ_LIMIT_SECONDS):
        content = await storage.get(reading.storage_key, max_bytes=settings.cv_max_bytes)
        document = await asyncio.to_thread(extract_text, content, reading.filename, reading.media_type)
        return document.text


def begin(session: Session, cv_id: str) -> Reading | None:
    """Mark the CV as being read; None when there is none, or it has been read."""
    cv = session.get(CV, cv_id, with_for_update=True)
    if cv is None or cv.state is CVState.COMPLETED:
        return None
    cv.readings += 1
    if cv.state is CVState.UPLOADED:
        cv.state = CVState.PROCESSING
        cv.session_id = new_id()
        started = CVProcessingStartedEvent(cv_id=cv.id, session_id=cv.session_id)
        emit(session, CV_PROCESSING_STARTED.build(cv_id=cv.id), started)
        change_state(session, cv, "processing", "analysis_complete")
    return Reading(cv.id, cv.filename, cv.media_type, cv.storage_key)


def complete(session: Session, cv_id: str, profile: ReadProfile, note: Note | None = None) -> None:
    """Keep what was read, with a note on how, and hand over to the profile builder."""
    cv = session.get(CV, cv_id, with_for_update=True)
    if cv is None or cv.state is CVState.COMPLETED:
        return
    cv.state = CVState.COMPLETED
    cv.error = None
    cv.session_id = cv.session_id or new_id()
    noted = {"reasoning": note.model_dump(mode="json")} if note is not None else {}
    cv.extracted = {**profile.model_dump(mode="json"), **noted}
    completed = CVProcessingCompletedEvent(cv_id=cv.id, session_id=cv.session_id)
    emit(session, CV_PROCESSING_COMPLETED.build(cv_id=cv.id), completed)
    hand_over(session, cv, profile)
    change_state(session, cv, "analysis_complete", NEXT_STEP)


def hand_over(session: Session, cv: CV, profile: ReadProfile) -> None:
    """Hand a CV that was read over to the profile builder; one event, however often this is said."""
    session.get(Freelancer, cv.freelancer_id, with_for_update=IN_ORDER)  # the event's key
    task = AgentTaskCompletedEvent(
        agent_id=AGENT_NAME,
        task_id=f"analyze_cv_{cv.id}",
        result={
            "cv_id": cv.id,
            "freelancer_id": cv.freelancer_id,
            "extracted_data": facts(profile),
            "next_step": NEXT_STEP,
            "reasoning": (cv.extracted or {}).get("reasoning"),
        },
    )
    subject = AGENT_TASK_COMPLETED.build(agent_id=AGENT_NAME)
    emit(session, subject, task, key=cv.freelancer_id, event_id=str(task.task_id))


def fail(session: Session, cv_id: str, reason: str) -> None:
    """Let the CV end in `failed`, with the reason for its owner."""
    cv = session.get(CV, cv_id, with_for_update=True)
    if cv is None or cv.state in {CVState.COMPLETED, CVState.FAILED}:
        return
    cv.state = CVState.FAILED
    cv.error = reason
    cv.session_id = cv.session_id or new_id()
    failed = CVProcessingFailedEvent(cv_id=cv.id, session_id=cv.session_id, error=reason)
    emit(session, CV_PROCESSING_FAILED.build(cv_id=cv.id), failed)
    change_state(session, cv, "failed", None)


def change_state(session: Session, cv: CV, state: str, next_state: str | None) -> None:
    """Say how far the CV's way through the platform has come."""
    change = WorkflowStateChangeEvent(
        workflow_id=f"cv_process_{cv.id}",
        state=state,
        next_state=next_state,
        data={"cv_id": cv.id, "freelancer_id": cv.freelancer_id},
    )
    emit(session, WORKFLOW_STATE_CHANGE.build(workflow="cv_processing"), change)


def give_up(session: Session, msg: Message) -> None:
    """Let the CV fail with its last attempt, even when no attempt lived to say so: its process died every time."""
    fail(session, CV_UPLOADED.parse(msg.subject)["cv_id"], FAULT)


def facts(profile: ReadProfile) -> dict[str, Any]:
    """What the event says of a profile: names and figures, and none of the CV's sentences."""
    return {
        "skills": [skill.name for skill in profile.skills[:SKILLS_IN_EVENT]],
        "languages": [language.name for language in profile.languages],
        "years_of_experience": profile.years_of_experience,
        "positions": len(profile.positions),
    }
