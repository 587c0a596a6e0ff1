"""Digests: messages collected for an account, sent as one mail, once.

An entry is written in the transaction that routes its message, and with it the account's timer, always at the account's
next time: so it is there once, and whoever adds an entry while it rings sets it anew. When it rings, what has been
collected becomes a digest, and an event on ``communication.digest.route`` has it sent. **Before** it is sent,
whoever does so claims it; **after**, it is marked as sent. Until then a timer stands that tells of it again: so a mail
server that is down, a process that dies and an event that is lost only delay it. A process that dies between the
server's yes and the mark has the mail sent again, under the same Message-ID, by which mail programs know it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from core.config import settings
from models import Account, Digest, DigestEntry, MessageType, Project, new_id, now
from schemas.nats_schemas import CommunicationRouteEvent
from schemas.subjects import COMMUNICATION_ROUTE
from services.outgoing import emit
from sourcing.digest_text import Line
from trunkline.sql import timers
from trunkline.sql.dialects import insert
from trunkline.sql.timers import Timer

COLLECTED = "communication.digest"
"""The kind of the timers, one for an account, that make a digest of what was collected."""
AGAIN = "communication.digest.again"
"""The kind of the timers, one for a digest, that have it sent again."""
DIGEST = "digest"
MOST_ENTRIES = 200
CLAIM = timedelta(minutes=5)
"""More than sending a mail may take."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A digest that is to be sent now."""

    id: str
    address: str
    name: str
    lines: list[Line]


def collect(
    session: Session, event_id: str, account_id: str, message_type: MessageType, project_id: str | None
) -> None:
    """Keep a message for the account's next digest, once."""
    new = {"event_id": event_id, "account_id": account_id, "message_type": message_type, "project_id": project_id}
    row = insert(session, DigestEntry.__table__).values(**new, created_at=now())  # type: ignore[arg-type]
    session.execute(row.on_conflict_do_nothing())
    timers.set(session, COLLECTED, account_id, next_time(account_id, now()))


def next_time(account_id: str, after: datetime) -> datetime:
    """Return when an account's next digest is made: at fixed intervals, each account's begin at another time."""
    interval = settings.digest_minutes * 60
    begins = crc32(account_id.encode()) % interval
    return datetime.fromtimestamp(((after.timestamp() - begins) // interval + 1) * interval + begins, UTC)


def make(session: Session, timer: Timer) -> None:
    """Make a digest of what was collected for an account, and have it sent."""
    waiting = select(DigestEntry.event_id).where(DigestEntry.account_id == timer.id, DigestEntry.digest_id.is_(None))
    found = session.scalars(waiting.order_by(DigestEntry.created_at).limit(MOST_ENTRIES).with_for_update()).all()
    _forget(session, timer.id)
    if not found:
        return
    digest = Digest(id=new_id(), account_id=timer.id)
    session.add(digest)
    session.flush()
    mine = update(DigestEntry).where(DigestEntry.event_id.in_(found)).values(digest_id=digest.id)
    session.execute(mine, execution_options={"synchronize_session": False})
    _tell(session, digest)
    if len(found) == MOST_ENTRIES:
        timers.set(session, COLLECTED, timer.id, now())


def tell_again(session: Session, timer: Timer) -> None:
    """Have a digest sent that has not been yet."""
    digest = session.get(Digest, timer.id, with_for_update=True)
    if digest is not None and digest.sent_at is None and digest.refused is None:
        _tell(session, digest)


def claim(session: Session, digest_id: str) -> Claimed | None:
    """Return a digest for the caller alone to send; None when it is done, or somebody may be sending it."""
    digest = session.get(Digest, digest_id, with_for_update=True)
    if digest is None or digest.sent_at is not None or digest.refused is not None:
        return None
    if digest.claimed_until is not None and digest.claimed_until > now():
        return None
    digest.claimed_until = now() + CLAIM
    digest.attempts += 1
    timers.set(session, AGAIN, digest.id, digest.claimed_until + FIRST_PAUSE)
    account = session.get_one(Account, digest.account_id)
    entries = (
        select(DigestEntry.message_type, Project.title)
        .outerjoin(Project, Project.id == DigestEntry.project_id)
        .where(DigestEntry.digest_id == digest_id)
        .order_by(DigestEntry.created_at, DigestEntry.event_id)
    )
    lines = [Line(message_type, title) for message_type, title in session.execute(entries)]
    return Claimed(digest.id, account.email, account.name, lines)


def sent(session: Session, digest_id: str) -> None:
    """Mark a digest as sent."""
    digest = session.get_one(Digest, digest_id, with_for_update=True)
    digest.sent_at = now()
    timers.cancel(session, AGAIN, digest_id)


def refused(session: Session, digest_id: str, reason: str) -> None:
    """Mark a digest as one that the mail server does not take."""
    digest = session.get_one(Digest, digest_id, with_for_update=True)
    digest.refused = reason
    timers.cancel(session, AGAIN, digest_id)


def postpone(session: Session, digest_id: str) -> None:
    """Give a digest back that could not be sent now; each pause is twice as long as the one before."""
    digest = session.get_one(Digest, digest_id, with_for_update=True)
    digest.claimed_until = None
    pause = min(FIRST_PAUSE * 2 ** min(digest.attempts - 1, 16), LONGEST_PAUSE)
    timers.set(session, AGAIN, digest_id, now() + pause)


def _forget(session: Session, account_id: str) -> None:
    """Delete the account's digests that ended long ago."""
    has_ended = or_(Digest.sent_at.is_not(None), Digest.refused.is_not(None))
    long_ago = Digest.created_at < now() - timedelta(days=settings.history_days)
    old = session.scalars(select(Digest.id).where(Digest.account_id == account_id, has_ended, long_ago)).all()
    for rows in (delete(DigestEntry).where(DigestEntry.digest_id.in_(old)), delete(Digest).where(Digest.id.in_(old))):
        session.execute(rows, execution_options={"synchronize_session": False})


def _tell(session: Session, digest: Digest) -> None:
    subject = COMMUNICATION_ROUTE.build(message_type=DIGEST)
    event = CommunicationRouteEvent(
        message_type=DIGEST, message_id=digest.id, recipient_id=digest.account_id, channel="email"
    )
    emit(session, subject, event, key=digest.id)
    timers.set(session, AGAIN, digest.id, now() + CLAIM + LONGEST_PAUSE)
