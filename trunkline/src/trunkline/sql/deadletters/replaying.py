"""What becomes of dead letters: edited, replayed, discarded, and forgotten some time after they were replayed."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from trunkline.errors import AlreadyReplayed, InvalidEvent, NoSuchDeadLetter
from trunkline.events import Event, serialise
from trunkline.sql import inbox, outbox
from trunkline.sql.deadletters.letters import RELAY, DeadLetter, get, read, short
from trunkline.sql.deadletters.listing import of_kind
from trunkline.sql.tables import clean
from trunkline.sql.tables import dead_letters as table
from trunkline.subjects import Subjects, check_subject

if TYPE_CHECKING:
    from trunkline.sql.database import Database

_PAGE = 100


def edit(
    session: Session,
    id: str,
    *,
    payload: Mapping[str, object] | None = None,
    subject: str | None = None,
    subjects: Subjects | None = None,
) -> DeadLetter:
    """Change what a replay sends; the original stays beside it. Returns the letter as it is then.

    A new subject is only for what could not be sent: a handler's letter is replayed for that handler, which listens
    where the event came from. `subjects` are the declared templates that its key and type are taken from.

    Raises:
        NoSuchDeadLetter, AlreadyReplayed: there is nothing to edit.
        InvalidEvent: the payload cannot be written as JSON, or the letter's subject is not to be changed.
        InvalidSubject: the subject is malformed.
    """
    letter = _waiting(session, id)
    changes: dict[str, object] = {}
    if payload is not None:
        changes |= {"payload": serialise(payload), "original_payload": _first(letter.original_payload, letter.payload)}
    if subject is not None and subject != letter.subject:
        if letter.handler != RELAY:
            raise InvalidEvent("only the subject of an event that could not be sent can be changed", field="subject")
        check_subject(subject)
        changes |= {"subject": subject, "original_subject": _first(letter.original_subject, letter.subject)}
        changes |= _declared(subject, subjects)
    if not changes:
        return letter
    edited = update(table).where(table.c.id == letter.id).values(**changes, edited_at=datetime.now(UTC))
    return read(session.execute(edited.returning(table)).one())


def replay(session: Session, id: str) -> Event:
    """Put the event of a dead letter into the outbox, in its next round, and let its handler do it once more.

    Raises:
        NoSuchDeadLetter, AlreadyReplayed: there is nothing to replay.
        OutboxFull: nothing happened, and the letter still waits.
    """
    letter = _waiting(session, id)
    if letter.handler == RELAY:
        event = letter.event().replayed()
    else:
        inbox.clear(session, letter.handler, letter.event_id)
        event = letter.event().replayed(letter.handler)
    session.execute(update(table).where(table.c.id == letter.id).values(replayed_at=datetime.now(UTC)))
    outbox.add(session, event)
    return event


async def replay_all(
    database: "Database",
    *,
    handler: str | None = None,
    error_class: str | None = None,
    type: str | None = None,
    rate: float = 10.0,
    limit: int | None = None,
) -> AsyncGenerator[Event, None]:
    """Replay the letters of a kind that wait now, oldest first, at most `rate` a second; yields each as it is done.

    Each is a transaction of its own: whoever stops in the middle has replayed some and left the rest. Letters that come
    meanwhile, of those replayed too, are not taken. `limit`: no more than so many.

    Raises:
        ValueError: `rate` is not above zero.
        OutboxFull, DatabaseError: the rest was not replayed.
    """
    if not rate > 0:
        raise ValueError("a rate is a number of letters a second, above zero")
    clock = asyncio.get_running_loop().time
    wanted = of_kind(handler, error_class, type)
    ids = select(table.c.id).where(*wanted).order_by(table.c.id.desc()).limit(1)
    newest = await database.read(lambda session: session.scalar(ids))
    after, done = "", 0
    begun = clock()
    while newest is not None and after < newest and (limit is None or done < limit):
        page = select(table.c.id).where(*wanted, table.c.id > after, table.c.id <= newest)
        page = page.order_by(table.c.id).limit(_PAGE if limit is None else min(_PAGE, limit - done))
        found = await database.read(partial(_ids, query=page))
        for after in found:
            await asyncio.sleep(begun + done / rate - clock())
            try:
                event = await database.write(partial(replay, id=after))
            except (NoSuchDeadLetter, AlreadyReplayed):
                continue  # somebody else has just taken it up
            done += 1
            yield event
        if not found:
            return


def discard(session: Session, id: str) -> None:
    """Erase a dead letter, replayed or not; its event stays done for its handler.

    Raises:
        NoSuchDeadLetter: there is none.
    """
    if session.scalar(delete(table).where(table.c.id == clean(id)).returning(table.c.id)) is None:
        raise NoSuchDeadLetter(id)


def prune(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget letters that were replayed before then, at most `limit` of them; return how many."""
    old = select(table.c.id).where(table.c.replayed_at < before).limit(limit)
    return session.connection().execute(delete(table).where(table.c.id.in_(old))).rowcount


def _waiting(session: Session, id: str) -> DeadLetter:
    """Return a letter that waits, and keep others from taking it up until the transaction ends."""
    session.execute(select(table.c.id).where(table.c.id == clean(id)).with_for_update())
    letter = get(session, id)
    if letter is None:
        raise NoSuchDeadLetter(id)
    if letter.replayed_at is not None:
        raise AlreadyReplayed(id, letter.replayed_at)
    return letter


def _declared(subject: str, subjects: Subjects | None) -> dict[str, object]:
    """Return the type, and the key if there is one, of an event of this subject."""
    found = subjects.find(subject) if subjects is not None else None
    if found is None:
        return {"type": short(subject)}
    template, values = found
    key = {"key": values[template.key]} if template.key is not None else {}
    return {"type": short(template.kind), **key}


def _first(original: object, current: object) -> object:
    return current if original is None else original


def _ids(session: Session, query: Select[*tuple[str]]) -> list[str]:
    return list(session.scalars(query))
