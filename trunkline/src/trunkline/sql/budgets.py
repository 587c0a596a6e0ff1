"""Budgets: what all the calls of a task tree to language models may spend together, whichever process makes them.

A call is *reserved* before it is made, at the most that it can spend, and *settled* after it, at what it did spend. A
reservation counts as spent until it is settled; so calls that run side by side never pass a limit together, which they
would if each only looked at what was spent before it. Whoever reserves holds the row of the tree (SQLite: the database)
until the transaction ends, so no two see the same room.

A process that dies leaves its reservation behind: it has a time limit, in the database's time, after which it weighs
nothing. The process that was only slow still settles it, and what it spent then counts. A call that spends more than
was reserved (a server that ignores the limit it was given) is counted as it was, and the next one is refused.

The first refusal of a tree is told by an event, in the transaction that notes it: once, across all processes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from trunkline.events import Event
from trunkline.sql import outbox
from trunkline.sql.dialects import insert
from trunkline.sql.tables import budgets, database_time, reservations, stored_id

_MICRO = 1_000_000
_COLUMNS = ("tokens", "cost_micros", "calls", "milliseconds")


@dataclass(frozen=True, slots=True)
class Spending:
    """An amount of what calls spend: `cost` in whatever currency the prices are, `seconds` of waiting for the model."""

    tokens: int = 0
    cost: float = 0.0
    calls: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Spending") -> "Spending":
        """Return both together."""
        return Spending(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task tree may spend at most; None is no limit."""

    tokens: int | None = None
    cost: float | None = None
    calls: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call that is about to be made may spend."""

    id: str
    root: str
    most: Spending


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call was not reserved: `over` names the limits that it would pass."""

    root: str
    over: tuple[str, ...]


Telling = Callable[[Refusal, Spending], Event]
"""Makes the event of a tree's first refusal, given what is spent and reserved."""


def reserve(
    session: Session, root: str, limits: Limits, most: Spending, *, term: float, tell: Telling
) -> Reservation | Refusal:
    """Set aside `most` for a call, for `term` seconds; or say which limits do not hold it.

    A refusal is an answer and no error, since it is to be committed: the first one of a tree adds its event.

    Raises:
        OutboxFull: the event cannot be added.
    """
    key = stored_id(root)
    session.execute(insert(session, budgets).values(**_nothing_yet(key)).on_conflict_do_nothing())
    row = session.execute(select(budgets).where(budgets.c.root == key).with_for_update()).one()
    session.execute(update(budgets).where(budgets.c.root == key).values(used_at=datetime.now(UTC)))
    committed = _spending(row) + _reserved(session, key)
    over = _over(limits, committed + most)
    if not over:
        made = Reservation(str(uuid4()), root, most)
        row_of = insert(session, reservations).values(
            id=made.id, root=key, expires_at=database_time() + term, **_stored(most)
        )
        session.execute(row_of)
        return made
    refusal = Refusal(root, over)
    if row.exceeded_at is None:
        session.execute(update(budgets).where(budgets.c.root == key).values(exceeded_at=datetime.now(UTC)))
        outbox.add(session, tell(refusal, committed))
    return refusal


def settle(session: Session, reservation: Reservation, spent: Spending) -> bool:
    """Count what the call spent in place of what was reserved; False when it was settled before.

    Also a reservation whose time is over is settled: the process was slow, and the call was made.
    """
    key = stored_id(reservation.root)
    session.execute(select(budgets.c.root).where(budgets.c.root == key).with_for_update())
    gone = session.execute(
        delete(reservations).where(reservations.c.id == reservation.id).returning(reservations.c.id)
    ).first()
    if gone is None:
        return False
    more = {name: budgets.c[name] + value for name, value in _stored(spent).items()}
    session.execute(update(budgets).where(budgets.c.root == key).values(used_at=datetime.now(UTC), **more))
    return True


def spent(session: Session, root: str) -> Spending:
    """Return what the task tree has spent; what is reserved is not part of it."""
    row = session.execute(select(budgets).where(budgets.c.root == stored_id(root))).one_or_none()
    return _spending(row) if row is not None else Spending()


def reserved(session: Session, root: str) -> Spending:
    """Return what calls that run now may spend at most."""
    return _reserved(session, stored_id(root))


def prune(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget trees that were last used before then, at most `limit` of them; return how many."""
    old = select(budgets.c.root).where(budgets.c.used_at < before).limit(limit)
    gone = delete(budgets).where(budgets.c.root.in_(old), budgets.c.used_at < before).returning(budgets.c.root)
    roots = session.scalars(gone).all()
    session.execute(delete(reservations).where(reservations.c.root.in_(roots)))
    return len(roots)


def _reserved(session: Session, key: str) -> Spending:
    sums = (func.coalesce(func.sum(reservations.c[name]), 0).label(name) for name in _COLUMNS)
    live = select(*sums).where(reservations.c.root == key, reservations.c.expires_at > database_time())
    return _spending(session.execute(live).one())


def _over(limits: Limits, wanted: Spending) -> tuple[str, ...]:
    names = (field.name for field in fields(limits))
    allowed = {name: getattr(limits, name) for name in names}
    return tuple(name for name, most in allowed.items() if most is not None and _exceeds(getattr(wanted, name), most))


def _exceeds(wanted: float, most: float) -> bool:
    return round(wanted * _MICRO) > round(most * _MICRO)  # sums of fractions are off in their last digits


def _nothing_yet(key: str) -> dict[str, Any]:
    return {"root": key, "used_at": datetime.now(UTC), **_stored(Spending())}


def _stored(amount: Spending) -> dict[str, int]:
    """An amount as its columns hold it: in whole numbers, which add up exactly."""
    return {
        "tokens": amount.tokens,
        "cost_micros": round(amount.cost * _MICRO),
        "calls": amount.calls,
        "milliseconds": round(amount.seconds * 1000),
    }


def _spending(row: Any) -> Spending:
    return Spending(int(row.tokens), int(row.cost_micros) / _MICRO, int(row.calls), int(row.milliseconds) / 1000)
