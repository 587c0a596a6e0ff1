"""The outbox: events kept in the application's own database until their stream has them.

An event is added in the transaction that makes it true, so it exists exactly if the transaction commits; the relay
(relay.py) sends it and turns its row into a receipt, which is kept for a day.

**Order.** Events are numbered as they are added and sent in that order within a key. Two transactions of the same key
must not number their events side by side and commit the other way round: lock the key's own row first (the project, the
CV), which an update of it does anyway. SQLite has one writer, so there it holds by itself.

**The bound** must be cheap for each event. The highest number minus the lowest, plus one, is never less than the number
of rows, and both ends come from the primary key: while that span is under the limit, nothing is counted. Only when it
is not (the outbox is filling, or one old event is stuck while many others have passed it) are rows counted, and no
further than the limit. What room was found holds for the rest of the transaction. Transactions that run side by side
each see the room that the others have not yet committed into: the limit can be passed by as much as runs at one time.
"""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, overload

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy import event as listening
from sqlalchemy.orm import Session, SessionTransaction

from trunkline.errors import OutboxFull
from trunkline.events import Event
from trunkline.receipts import Guarantee, Receipt
from trunkline.sql import open_databases
from trunkline.sql.prepared import Prepared
from trunkline.sql.sessions import OWN, on_session
from trunkline.sql.tables import outbox, receipts, stored_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

DEFAULT_LIMIT = 100_000
"""Events that may wait when no `Database` of this process says otherwise."""

_ADD = Prepared(
    lambda insert: (
        insert(outbox)
        .values({column.name: bindparam(column.name) for column in outbox.columns if not column.primary_key})
        .inline()
        .on_conflict_do_nothing(index_elements=["message_id"])
    )
)
_SPAN = Prepared(
    lambda insert: select(
        select(func.max(outbox.c.seq)).scalar_subquery() - select(func.min(outbox.c.seq)).scalar_subquery() + 1
    )
)

_ADDED = OWN + "added events"
_LAST = OWN + "last event of each key"
_NOTED = OWN + "noted events"
_ROOM = OWN + "room for events"


@overload
def add(session: Session, event: Event) -> None: ...
@overload
def add(session: "AsyncSession", event: Event) -> Awaitable[None]: ...
def add(session: "Session | AsyncSession", event: Event) -> Awaitable[None] | None:
    """Add `event` to the outbox, in the session's transaction; with an `AsyncSession`, await it.

    An event id that waits already is the same event, and is not added again; its replays are others (`Event.round`).

    Raises:
        OutboxFull: as many events as the limit allows wait already; raised before anything is written.
    """
    return on_session(session, lambda session: _add(session, event))


@overload
def receipt(session: Session, *, event_id: str | None = None, subject: str | None = None) -> Receipt | None: ...
@overload
def receipt(
    session: "AsyncSession", *, event_id: str | None = None, subject: str | None = None
) -> Awaitable[Receipt | None]: ...
def receipt(
    session: "Session | AsyncSession", *, event_id: str | None = None, subject: str | None = None
) -> Receipt | Awaitable[Receipt | None] | None:
    """Return how far an event has come: `queued` while it waits, then for a day as it was sent; else None.

    Give its id, or its subject, for the newest event of that subject; with an `AsyncSession`, await it.
    """
    if (event_id is None) == (subject is None):
        raise TypeError("give either event_id or subject")
    return on_session(
        session, lambda session: _waiting(session, event_id, subject) or _sent(session, event_id, subject)
    )


@overload
def waiting(session: Session) -> int: ...
@overload
def waiting(session: "AsyncSession") -> Awaitable[int]: ...
def waiting(session: "Session | AsyncSession") -> int | Awaitable[int]:
    """Return how many events wait to be sent; with an `AsyncSession`, await it."""
    return on_session(session, lambda session: session.execute(select(func.count()).select_from(outbox)).scalar_one())


@contextmanager
def noted(session: Session) -> Iterator[list[Event]]:
    """Give a list to which each event is appended that is added in the session while the block lasts."""
    outer = session.info.get(_NOTED)
    session.info[_NOTED] = events = list[Event]()
    try:
        yield events
    finally:
        session.info[_NOTED] = outer
        if outer is not None:
            outer.extend(events)


def _add(session: Session, event: Event) -> None:
    identity = open_databases.identity(session)
    room = session.info.get(_ROOM, 0) or _find_room(session, identity)
    _ADD.run(
        session,
        message_id=stored_id(event.message_id),
        event_id=stored_id(event.id),
        subject=event.subject,
        key=event.key,
        payload=event.payload,
        headers=event.wire_headers(),
        created_at=datetime.now(UTC),
    )
    session.info[_ROOM] = room - 1
    session.info[_ADDED] = identity
    if event.key is not None:
        session.info.setdefault(_LAST, {})[event.key] = event.id
    events = session.info.get(_NOTED)
    if events is not None:
        events.append(event)


def _find_room(session: Session, identity: str | None) -> int:
    """Return for how many more events there is surely room."""
    limit = min((each.outbox_limit for each in open_databases.found(identity)), default=DEFAULT_LIMIT)
    row = _SPAN.first(session)
    span = row[0] or 0 if row is not None else 0
    if span < limit:
        return int(limit - span)
    within_limit = select(literal_column("1")).select_from(outbox).limit(limit).subquery()
    waiting = session.execute(select(func.count()).select_from(within_limit)).scalar_one()
    if waiting >= limit:
        raise OutboxFull(waiting, limit)
    return int(limit - waiting)


def _waiting(session: Session, event_id: str | None, subject: str | None) -> Receipt | None:
    query = select(outbox.c.event_id, outbox.c.subject).order_by(outbox.c.seq.desc()).limit(1)
    if event_id is not None:
        query = query.where(outbox.c.event_id == stored_id(event_id))
    if subject is not None:
        query = query.where(outbox.c.subject == subject)
    row = session.execute(query).one_or_none()
    return Receipt(Guarantee.QUEUED, row.event_id, row.subject) if row is not None else None


def _sent(session: Session, event_id: str | None, subject: str | None) -> Receipt | None:
    query = select(receipts).order_by(receipts.c.sent_at.desc()).limit(1)
    if event_id is not None:
        query = query.where(receipts.c.event_id == stored_id(event_id))
    if subject is not None:
        query = query.where(receipts.c.subject == subject)
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return Receipt(Guarantee(row.guarantee), row.event_id, row.subject, row.stream, row.sequence, row.duplicate)


@listening.listens_for(Session, "after_commit")
def _tell(session: Session) -> None:
    """Tell the databases of this process; a savepoint's end is no commit."""
    if _ADDED not in session.info or session.in_nested_transaction():
        return
    last = session.info.pop(_LAST, {})
    for database in open_databases.found(session.info.pop(_ADDED)):
        database.committed(last)


@listening.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_ADDED, None)
        session.info.pop(_LAST, None)
        session.info.pop(_ROOM, None)
