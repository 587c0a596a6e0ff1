"""Timers: what is to happen at a time, as rows that commit with whatever sets them.

``timers.set(session, "order.unpaid", order_id, due, {"reminder": 1})`` in a transaction has something happen at `due`,
exactly if that transaction commits; ``timers.cancel`` in another takes it back. What happens is a function of the
timer's *kind*, which every process that knows it registers on its clock (clock.py)::

    def unpaid(session: Session, timer: Timer) -> None: ...

    service.clock.on("order.unpaid", unpaid)

**Once.** The function runs in the transaction that deletes the timer's row: both commit or neither does. Of several
processes that see a timer due, one deletes the row, and the others find none. So no owner has to be chosen, and a
process that dies, or is frozen, holds nothing up. The function may set the same timer again.

**Whether, not when.** A timer rings within a second or two of its time while a process that knows its kind runs, and
otherwise when one does again. One that was moved or cancelled by a transaction that committed first does not ring: but
lock the row that it is about, and look whether it is still so, since both may wait for that row at once.

The time is the database's (PostgreSQL's server, or the machine that has the SQLite file), one clock for all processes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.orm import Session

from trunkline.sql.dialects import insert
from trunkline.sql.tables import database_time, timers

LONGEST_PAUSE = 300.0
"""Seconds between two tries at a timer whose function raises, at most."""

_DOUBLINGS = 8


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer as it was set; `kind` and `id` together name it."""

    kind: str
    id: str
    due: datetime
    payload: Mapping[str, Any]


def set(session: Session, kind: str, id: str, due: datetime, payload: Mapping[str, Any] | None = None) -> None:
    """Have the timer ring at `due`; one of that kind and id is moved there.

    Args:
        session: the transaction that it belongs to.
        kind: which function runs, at most 100 characters.
        id: which one of that kind, at most 256 characters.
        due: when; a time that is past is due at once.
        payload: what the function is given, as JSON.

    Raises:
        ValueError: `due` has no time zone.
    """
    if due.tzinfo is None:
        raise ValueError("a timer needs a time with its zone")
    new = {"due": due.timestamp(), "payload": dict(payload or {}), "failures": 0}
    row = insert(session, timers).values(kind=kind, id=id, **new)
    session.execute(row.on_conflict_do_update(index_elements=["kind", "id"], set_=new))


def cancel(session: Session, kind: str, id: str) -> bool:
    """Let the timer not ring; False when there is none: it was never set, or has rung."""
    return session.connection().execute(delete(timers).where(_named(kind, id))).rowcount == 1


def get(session: Session, kind: str, id: str) -> Timer | None:
    """Return a timer that waits, or None."""
    row = session.execute(select(*_TIMER).where(_named(kind, id))).one_or_none()
    return _timer(*row) if row is not None else None


def due(session: Session, kinds: Iterable[str], *, limit: int) -> list[Timer]:
    """Return timers of these kinds whose time has come, the earliest first."""
    found = select(*_TIMER).where(timers.c.kind.in_(tuple(kinds)), timers.c.due <= database_time())
    return [_timer(*row) for row in session.execute(found.order_by(timers.c.due).limit(limit))]


def take(session: Session, kind: str, id: str) -> Timer | None:
    """Delete a timer that is due, and return it as it is now, to ring in this transaction; None when none is due."""
    taken = delete(timers).where(_named(kind, id), timers.c.due <= database_time()).returning(*_TIMER)
    row = session.execute(taken).one_or_none()
    return _timer(*row) if row is not None else None


def postpone(session: Session, kind: str, id: str) -> None:
    """Have a due timer, whose function raised, ring after a pause, each twice as long as the one before."""
    pause = case(*((timers.c.failures == number, 2.0**number) for number in range(_DOUBLINGS)), else_=LONGEST_PAUSE)
    later = update(timers).where(_named(kind, id), timers.c.due <= database_time())
    session.execute(later.values(due=database_time() + pause, failures=timers.c.failures + 1))


def _named(kind: str, id: str) -> ColumnElement[bool]:
    return (timers.c.kind == kind) & (timers.c.id == id)


def _timer(kind: str, id: str, due: float, payload: Mapping[str, Any]) -> Timer:
    return Timer(kind, id, datetime.fromtimestamp(due, UTC), payload)


_TIMER = (timers.c.kind, timers.c.id, timers.c.due, timers.c.payload)
