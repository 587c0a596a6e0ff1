"""The CV analyser: reads an uploaded CV and says what is in it.

A CV goes from `uploaded` through `processing` to `completed` or `failed`, and reaches one of the two whatever happens:
a file that cannot be read fails at once, with the reason for its owner, and so does one whose task the owner has
canceled; anything else that goes wrong, a file that
kills the process included, is tried again, and after the last try the CV fails in the transaction that makes the event
a dead letter. A replay of that event may still complete the CV.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.orm import Session

from core.config import settings
from core.storage import storage
from models import CV, CVState, new_id
from modules import answering
from schemas.nats_schemas import (
    CVProcessingCompletedEvent,
    CVProcessingStartedEvent,
    CVUploadedEvent,
    WorkflowTriggerEvent,
)
from schemas.subjects import (
    CV_PROCESSING_COMPLETED,
    CV_PROCESSING_STARTED,
    CV_UPLOADED,
)
from services import cv_tasks
from services.cv_analysis import analyse
from services.cv_announcing import ANALYZER, NEXT_STEP, facts, hand_over
from services.nats_service import NATSService
from services.outgoing import emit
from services.reasoning import reasoning
from sourcing.documents import UnreadableDocument, extract_text
from sourcing.profiles import ReadProfile
from sourcing.skill_list import taxonomy_version
from trunkline import Event, Message, NATSAwareAgent, Retry
from trunkline.reasoning import Note, Reasoner
from trunkline.sql import Database, outbox
from workflows import cv_processing
from workflows.cv_processing import FAULT, set_failed

AGENT_NAME = ANALYZER
CANCELED = "The reading of the CV was canceled."
RETRY = Retry(attempts=5)
CONCURRENT_CVS = 2
READ_LIMIT_SECONDS = 120.0

Outcome = Callable[[Session], None]

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
        await self.subscribe(
            answering.trigger_of(AGENT_NAME, "analyze"),
            self.handle_trigger,
            durable="cv-analyzer-trigger",
            concurrency=CONCURRENT_CVS,
            retry=RETRY,
            on_buried=answering.give_up,
        )

    async def handle_cv_uploaded(self, subject: str, data: CVUploadedEvent, msg: Message) -> None:
        """Read the CV."""
        outcome = await self._outcome(CV_UPLOADED.parse(subject)["cv_id"], msg.event)
        if outcome is not None:
            await msg.commit(outcome)

    async def handle_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Read the CV that somebody asks for, unless it has been read, and answer what came of it."""
        cv_id = await answering.subject_of(data, msg)
        if cv_id is not None:
            outcome = await self._outcome(cv_id, msg.event)
            await msg.commit(partial(answer, cv_id=cv_id, outcome=outcome, trigger=data))

    async def _outcome(self, cv_id: str, cause: Event) -> Outcome | None:
        """Read a CV; return the one transaction with what came of it: None when there is nothing to be read."""
        reading = await self.database.write(partial(begin, cv_id=cv_id, cause=cause))
        if reading is None:
            log.info("cv_left_alone", cv_id=cv_id)
            return None
        try:
            text = await read(reading)
        except UnreadableDocument as error:
            log.info("cv_unreadable", cv_id=cv_id, code=error.code)
            return partial(fail, cv_id=cv_id, reason=error.reason, cause=cause)
        analysed = await analyse(self.reasoner, cv_id, text)
        return partial(complete, cv_id=cv_id, profile=analysed.profile, note=analysed.note, cause=cause)


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


def begin(session: Session, cv_id: str, cause: Event | None = None) -> Reading | None:
    """Mark the CV as being read; None when there is none, or it has been read."""
    cv = session.get(CV, cv_id, with_for_update=True)
    if cv is None or cv.state is CVState.COMPLETED:
        return None
    if cv_tasks.is_canceled(session, cv_id):
        fail(session, cv_id, CANCELED, cause)
        return None
    cv.readings += 1
    cv_tasks.work(session, cv_id, AGENT_NAME)
    if cv.state is CVState.UPLOADED:
        cv_processing.begin(session, cv)
        cv.state = CVState.PROCESSING
        cv.session_id = new_id()
        started = CVProcessingStartedEvent(cv_id=cv.id, session_id=cv.session_id)
        event = emit(session, CV_PROCESSING_STARTED.build(cv_id=cv.id), started)
        cv_processing.move(session, cv, "begun", cause, [event])
    return Reading(cv.id, cv.filename, cv.media_type, cv.storage_key)


def complete(
    session: Session, cv_id: str, profile: ReadProfile, note: Note | None = None, cause: Event | None = None
) -> None:
    """Keep what was read, with a note on how, and hand over to the profile builder."""
    cv = session.get(CV, cv_id, with_for_update=True)
    if cv is None or cv.state is CVState.COMPLETED:
        return
    if cv_tasks.is_canceled(session, cv_id):
        fail(session, cv_id, CANCELED, cause)
        return
    cv_processing.begin(session, cv)
    cv.state = CVState.COMPLETED
    cv.error = None
    cv.session_id = cv.session_id or new_id()
    noted = {"reasoning": note.model_dump(mode="json")} if note is not None else {}
    cv.extracted = {**profile.model_dump(mode="json"), "taxonomy": taxonomy_version(), **noted}
    completed = CVProcessingCompletedEvent(cv_id=cv.id, session_id=cv.session_id)
    with outbox.noted(session) as events:
        emit(session, CV_PROCESSING_COMPLETED.build(cv_id=cv.id), completed)
        hand_over(session, cv, profile)
        result = {"cv_id": cv.id, "extracted_data": facts(profile), "next_step": NEXT_STEP, **noted}
        cv_tasks.complete(session, cv_id, result)
    cv_processing.move(session, cv, "read", cause, events)


def fail(session: Session, cv_id: str, reason: str, cause: Event | None = None) -> None:
    """Let the CV end in `failed`, with the reason for its owner."""
    cv = session.get(CV, cv_id, with_for_update=True)
    if cv is None or cv.state in {CVState.COMPLETED, CVState.FAILED}:
        return
    cv_processing.begin(session, cv)
    cv.session_id = cv.session_id or new_id()
    with outbox.noted(session) as events:
        set_failed(session, cv, reason)
    cv_processing.move(session, cv, "unreadable", cause, events)


def answer(session: Session, cv_id: str, outcome: Outcome | None, trigger: WorkflowTriggerEvent) -> None:
    """Do what came of the reading, and say how the CV stands then to whoever asked for it."""
    if outcome is not None:
        outcome(session)
    cv = session.get(CV, cv_id)
    if cv is None:
        answering.refuse(session, trigger, "there is no such CV")
    elif cv.state is CVState.COMPLETED:
        answering.done(session, trigger, {"cv_id": cv.id, "state": cv.state.value})
    else:
        answering.refuse(session, trigger, cv.error or f"the CV is {cv.state}")


def give_up(session: Session, msg: Message) -> None:
    """Let the CV fail with its last attempt, even when no attempt lived to say so: its process died every time."""
    fail(session, CV_UPLOADED.parse(msg.subject)["cv_id"], FAULT, msg.event)
