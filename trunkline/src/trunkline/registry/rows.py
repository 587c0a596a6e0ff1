"""Rows of the database: when each instance was last there. They stay when it is gone.

An instance writes its own row, as long as it can. All times are the database's. A row from the future is one from
before the database's clock was set back: its instance, if there still is one, writes the present time soon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from trunkline.registry.card import Presence
from trunkline.sql.dialects import insert
from trunkline.sql.tables import agents, database_time

KEPT_INSTANCES = 10
"""Of those of an agent that are gone, so many stay."""
KEPT_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what its instance said, how many seconds ago, and whether it has ended in order."""

    presence: Presence
    age: float
    stopped: bool


def note(session: Session, presences: Sequence[Presence], *, first: bool) -> None:
    """Write that these instances are there now; the `first` time, forget some of those that have long been gone."""
    if first:
        _forget(session)
    row = insert(session, agents).values([{**_columns(each), "seen_at": database_time()} for each in presences])
    again = {"load": row.excluded.load, "seen_at": database_time()}
    session.execute(row.on_conflict_do_update(index_elements=["name", "instance"], set_=again))


def stop(session: Session, presences: Sequence[Presence]) -> None:
    """Write that these instances have ended in order."""
    ended = tuple_(agents.c.name, agents.c.instance).in_([(each.name, each.instance) for each in presences])
    session.execute(update(agents).where(ended).values(stopped_at=database_time(), seen_at=database_time()))


def read(session: Session) -> list[Row]:
    """Return all rows."""
    age = (database_time() - agents.c.seen_at).label("age")
    return [_row(found) for found in session.execute(select(agents, age)).mappings()]


def _row(found: Any) -> Row:
    fields = {name: found[name] for name in Presence.model_fields}
    ahead = -found["age"]
    age = max(0.0, found["age"]) if ahead < found["ttl"] else ahead
    return Row(Presence.model_validate(fields), age, found["stopped_at"] is not None)


def _columns(presence: Presence) -> dict[str, Any]:
    return presence.model_dump() | {"stopped_at": None}


def _forget(session: Session) -> None:
    order = func.row_number().over(partition_by=agents.c.name, order_by=agents.c.seen_at.desc())
    gone = select(agents.c.name, agents.c.instance, agents.c.seen_at, order.label("place")).where(_gone()).subquery()
    old = or_(gone.c.place > KEPT_INSTANCES, gone.c.seen_at < database_time() - KEPT_SECONDS)
    named = select(gone.c.name, gone.c.instance).where(old)
    session.execute(delete(agents).where(tuple_(agents.c.name, agents.c.instance).in_(named)))


def _gone() -> ColumnElement[bool]:
    return or_(agents.c.stopped_at.is_not(None), agents.c.seen_at < database_time() - agents.c.ttl)
