"""The inbox: which events a handler has done, marked in the transaction of their effects.

An event may reach a handler more than once (redelivery, a second worker, a replay); its effects and its mark commit
together, so a second time the mark is there and nothing is done.

Transactions that share a commit (groups.py) write their marks together at its end, in one statement. Nearly always all
events are new. When one is not, nothing is committed, and each transaction runs again alone, its mark first.
"""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, overload

from sqlalchemy import bindparam, delete, select, tuple_
from sqlalchemy.orm import Session

from trunkline.sql.given import InsertGiven
from trunkline.sql.prepared import Prepared
from trunkline.sql.sessions import OWN, on_session
from trunkline.sql.tables import inbox, stored_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_FIND = Prepared(
    lambda insert: select(inbox.c.handler).where(
        inbox.c.handler == bindparam("handler"), inbox.c.event_id == bindparam("event_id")
    )
)
_MARK = Prepared(
    lambda insert: (
        insert(inbox)
        .values(handler=bindparam("handler"), event_id=bindparam("event_id"), done_at=bindparam("done_at"))
        .on_conflict_do_nothing()
    )
)


_MARK_ALL = InsertGiven(
    inbox,
    ("handler", "event_id"),
    {"done_at": bindparam("done_at", type_=inbox.c.done_at.type)},
    lambda row: row.on_conflict_do_nothing(),
)
_TOGETHER = OWN + "marks"


class DoneBefore(Exception):
    """One of several events that were marked together had been done."""


@overload
def done(session: Session, handler: str, event_id: str) -> bool: ...
@overload
def done(session: "AsyncSession", handler: str, event_id: str) -> Awaitable[bool]: ...
def done(session: "Session | AsyncSession", handler: str, event_id: str) -> bool | Awaitable[bool]:
    """Say whether `handler` has done the event; with an `AsyncSession`, await it."""
    return on_session(session, lambda session: _done(session, handler, event_id))


@overload
def mark(session: Session, handler: str, event_id: str) -> bool: ...
@overload
def mark(session: "AsyncSession", handler: str, event_id: str) -> Awaitable[bool]: ...
def mark(session: "Session | AsyncSession", handler: str, event_id: str) -> bool | Awaitable[bool]:
    """Mark the event as done by `handler`; False when it was marked before, and its effects must not happen again.

    Of two transactions that mark the same event at once, one waits for the other and then learns that it was second.
    With an `AsyncSession`, await it.
    """
    return on_session(session, lambda session: _mark(session, handler, event_id))


def clear(session: Session, handler: str, event_id: str) -> None:
    """Take the mark away, so that `handler` does the event when it comes again: for one that it has given up."""
    write_marks(session)
    session.execute(delete(inbox).where(inbox.c.handler == handler, inbox.c.event_id == stored_id(event_id)))


def prune(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget marks older than `before`, at most `limit` of them; return how many."""
    old = select(inbox.c.handler, inbox.c.event_id).where(inbox.c.done_at < before).limit(limit)
    forget = delete(inbox).where(tuple_(inbox.c.handler, inbox.c.event_id).in_(old))
    return session.connection().execute(forget).rowcount


def mark_together(session: Session) -> None:
    """Have marks wait, from now on, until `write_marks`; until then `mark` takes each event for a new one."""
    session.info[_TOGETHER] = []


def write_marks(session: Session) -> None:
    """Write the marks that wait.

    Raises:
        DoneBefore: an event was marked before; the transaction must not be committed.
    """
    marks: list[tuple[str, str]] = session.info.get(_TOGETHER) or []
    if not marks:
        return
    rows: list[dict[str, object]] = [{"handler": handler, "event_id": event_id} for handler, event_id in sorted(marks)]
    if _MARK_ALL.run(session, rows, done_at=datetime.now(UTC)) != len(rows):
        raise DoneBefore
    marks.clear()


def _done(session: Session, handler: str, event_id: str) -> bool:
    write_marks(session)
    return _FIND.first(session, handler=handler, event_id=stored_id(event_id)) is not None


def _mark(session: Session, handler: str, event_id: str) -> bool:
    together: list[tuple[str, str]] | None = session.info.get(_TOGETHER)
    if together is not None:
        together.append((handler, stored_id(event_id)))
        return True
    return _MARK.run(session, handler=handler, event_id=stored_id(event_id), done_at=datetime.now(UTC)) == 1
