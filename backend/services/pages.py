"""Reading a list page by page: newest first, by ids that sort by time, never by an offset."""

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Model

T = TypeVar("T", bound=Model)


def page(
    session: Session, rows: Select[T], id_column: InstrumentedAttribute[str], *, limit: int, after: str | None
) -> tuple[list[T], str | None]:
    """Return at most `limit` of `rows`, beginning after the id `after`, and the id to go on with (None: no more)."""
    wanted = rows.order_by(id_column.desc()).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(id_column < after)
    found = list(session.scalars(wanted))
    if len(found) <= limit:
        return found, None
    return found[:limit], str(getattr(found[limit - 1], id_column.key))
