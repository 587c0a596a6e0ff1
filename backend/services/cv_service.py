"""CVs: taking one in, and showing how far its reading has come.

Taking one in goes in this order: the file into the storage; then one transaction with the row and the event that has
it read; then the answer. A crash after the first step leaves a file that nothing names, which is harmless; the other
way round a CV would be lost.
"""

from dataclasses import asdict, dataclass
from functools import partial

import structlog
from fastapi import BackgroundTasks
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.security import SignedIn
from core.storage import Storage, StorageError
from models import CV, Role, new_id
from schemas.cvs import CVAccepted
from schemas.nats_schemas import AnalyticsUserJourneyEvent
from schemas.subjects import ANALYTICS_USER_JOURNEY
from services import cv_tasks
from services.cv_announcing import announce
from services.cv_kinds import media_type_of, shown_filename
from services.cv_nats_integration import cv_events
from services.outgoing import emit
from services.pages import page
from services.refusals import Invalid, NotFound, Unavailable
from trunkline import TrunklineError
from trunkline.sql import Database, outbox
from workflows import cv_processing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that the storage has, to become a CV."""

    id: str
    freelancer_id: str
    filename: str
    media_type: str
    size: int
    storage_key: str


async def upload(
    database: Database,
    storage: Storage,
    background_tasks: BackgroundTasks,
    freelancer: SignedIn,
    content: bytes,
    filename: str | None,
) -> CVAccepted:
    """Take a CV in: stored, and to be read by whoever listens for `cv.{id}.uploaded`.

    Raises:
        Invalid: the file is empty.
        Unsupported: it is neither PDF, nor DOCX, nor JSON Resume, nor text.
        Unavailable: the storage does not answer.
        DatabaseError, OutboxFull: the row could not be written; the file is removed again.
    """
    stored = await store(storage, freelancer, content, filename)
    try:
        accepted = await database.write(partial(record, stored=stored))
    except Exception:
        await _remove_unless_recorded(database, storage, stored)
        raise
    cv_id, filename = stored.id, stored.filename
    background_tasks.add_task(cv_events.on_cv_uploaded, cv_id, filename)
    return accepted


async def store(storage: Storage, freelancer: SignedIn, content: bytes, filename: str | None) -> Stored:
    """Put a file into the storage; the errors are those of `upload`."""
    if not content:
        raise Invalid("file", "is empty")
    cv_id = new_id()
    stored = Stored(
        id=cv_id,
        freelancer_id=freelancer.id,
        filename=shown_filename(filename),
        media_type=media_type_of(content),
        size=len(content),
        storage_key=f"cvs/{freelancer.id}/{cv_id}",
    )
    try:
        await storage.put(stored.storage_key, content)
    except StorageError as error:
        log.exception("cv_not_stored", cv_id=cv_id)
        raise Unavailable("the CV could not be stored; try again later") from error
    return stored


def record(session: Session, stored: Stored) -> CVAccepted:
    """Make a stored file a CV, and have it read."""
    cv = CV(**asdict(stored))
    session.add(cv)
    session.flush()
    cv_tasks.record(session, cv)
    with outbox.noted(session) as events:
        announce(session, cv)
        reached = AnalyticsUserJourneyEvent(user_id=cv.freelancer_id, stage="cv_uploaded")
        emit(session, ANALYTICS_USER_JOURNEY.build(user_id=cv.freelancer_id, stage=reached.stage), reached)
    cv_processing.begin(session, cv, events)
    return CVAccepted.model_validate(cv)


def get(session: Session, asker: SignedIn, cv_id: str) -> CV:
    """Return a CV to its freelancer or an operator.

    Raises:
        NotFound: there is none that the asker may know of.
    """
    cv = session.get(CV, cv_id)
    if cv is None or (asker.role is not Role.OPERATOR and cv.freelancer_id != asker.id):
        raise NotFound("CV")
    return cv


def listed(session: Session, asker: SignedIn, *, limit: int, after: str | None) -> tuple[list[CV], str | None]:
    """Return a page of the freelancer's CVs; of all, for an operator."""
    rows = select(CV)
    if asker.role is not Role.OPERATOR:
        rows = rows.where(CV.freelancer_id == asker.id)
    return page(session, rows, CV.id, limit=limit, after=after)


async def _remove_unless_recorded(database: Database, storage: Storage, stored: Stored) -> None:
    """Remove the file of a transaction that failed. One whose fate is not known may have committed: its file stays."""
    try:
        if await database.read(lambda session: session.get(CV, stored.id)) is None:
            await storage.delete(stored.storage_key)
    except (TrunklineError, SQLAlchemyError, StorageError):
        log.exception("cv_file_left", cv_id=stored.id, storage_key=stored.storage_key)
