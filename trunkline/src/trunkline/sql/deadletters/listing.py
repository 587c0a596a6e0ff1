"""Finding dead letters: page by page, and by kind of failure. Those replayed are left out unless asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from trunkline.sql.deadletters.letters import DeadLetter, read
from trunkline.sql.tables import clean
from trunkline.sql.tables import dead_letters as table

MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """The letters of one kind: the same handler, class of error, type of event. `example` is the newest's message."""

    handler: str
    error_class: str
    type: str
    letters: int
    first_at: datetime
    last_at: datetime
    example: str


def list(
    session: Session,
    *,
    handler: str | None = None,
    error_class: str | None = None,
    type: str | None = None,
    replayed: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Sequence[DeadLetter]:
    """Return up to `limit` (at most 1,000) dead letters, oldest first; `after` is the id of the last one seen.

    With `replayed`, those that were replayed, in place of those that wait.
    """
    query = select(table).where(*of_kind(handler, error_class, type, replayed=replayed))
    if after is not None:
        query = query.where(table.c.id > clean(after))
    return [read(row) for row in session.execute(query.order_by(table.c.id).limit(min(limit, MAX_PAGE)))]


def count(
    session: Session, *, handler: str | None = None, error_class: str | None = None, type: str | None = None
) -> int:
    """Return how many letters wait."""
    query = select(func.count()).select_from(table).where(*of_kind(handler, error_class, type))
    return session.execute(query).scalar_one()


def groups(session: Session) -> Sequence[Group]:
    """Return the kinds of the letters that wait, the largest first; at most 1,000."""
    kind = (table.c.handler, table.c.error_class, table.c.type)
    counted = (
        select(
            *kind,
            func.count().label("letters"),
            func.min(table.c.created_at).label("first_at"),
            func.max(table.c.created_at).label("last_at"),
            func.max(table.c.id).label("newest"),
        )
        .where(*of_kind())
        .group_by(*kind)
        .order_by(func.count().desc(), *kind)
        .limit(MAX_PAGE)
        .subquery()
    )
    query = (
        select(counted, table.c.error_message.label("example"))
        .join(table, table.c.id == counted.c.newest)
        .order_by(counted.c.letters.desc(), *(counted.c[column.name] for column in kind))
    )
    found = (dict(row._mapping) for row in session.execute(query))
    return [Group(**{name: value for name, value in each.items() if name != "newest"}) for each in found]


def of_kind(
    handler: str | None = None, error_class: str | None = None, type: str | None = None, *, replayed: bool = False
) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on a letter's row; None is any."""
    wanted = {table.c.handler: handler, table.c.error_class: error_class, table.c.type: type}
    state = table.c.replayed_at.is_not(None) if replayed else table.c.replayed_at.is_(None)
    return [state, *(column == clean(value) for column, value in wanted.items() if value is not None)]
