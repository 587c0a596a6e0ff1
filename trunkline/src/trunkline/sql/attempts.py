"""How often a handler has begun an event, written before it runs: what kills its worker is counted too.

A stream counts deliveries, but what was delivered may never have begun, and a consumer that goes back forgets its
count.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, bindparam, case, delete, literal_column, select, tuple_
from sqlalchemy.orm import Session

from trunkline.sql.dialects import Insert, Inserting
from trunkline.sql.prepared import Prepared
from trunkline.sql.tables import attempts, stored_id

_KEY = ("handler", "event_id")
_ONE = (attempts.c.handler == bindparam("handler")) & (attempts.c.event_id == bindparam("event_id"))
_FORGET = Prepared(lambda insert: delete(attempts).where(_ONE))
_BEGIN = Prepared(
    lambda insert: (
        _row(insert, begun=bindparam("begun"))
        .on_conflict_do_update(
            index_elements=_KEY, set_={"begun": attempts.c.begun + 1, "begun_at": bindparam("begun_at")}
        )
        .returning(attempts.c.begun)
    )
)
_EXCUSE = Prepared(
    lambda insert: _row(insert, begun=literal_column("0")).on_conflict_do_update(
        index_elements=_KEY, set_={"begun": case((attempts.c.begun > 0, attempts.c.begun - 1), else_=0)}
    )
)


def begin(session: Session, handler: str, event_id: str, *, before: int) -> int:
    """Count an attempt and return its number; `before` is how many there were when nothing is written yet."""
    row = _BEGIN.first(
        session, handler=handler, event_id=stored_id(event_id), begun=before + 1, begun_at=datetime.now(UTC)
    )
    assert row is not None
    return int(row[0])


def excuse(session: Session, handler: str, event_ids: Iterable[str]) -> None:
    """Take one attempt at each of the events back; where nothing is written yet, write that there was none."""
    now = datetime.now(UTC)
    for event_id in event_ids:
        _EXCUSE.run(session, handler=handler, event_id=stored_id(event_id), begun_at=now)


def forget(session: Session, handler: str, event_id: str) -> None:
    """Forget the attempts at an event that is done."""
    _FORGET.run(session, handler=handler, event_id=stored_id(event_id))


def prune(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget attempts begun before then, at most `limit` of them; return how many."""
    old = select(attempts.c.handler, attempts.c.event_id).where(attempts.c.begun_at < before).limit(limit)
    forgotten = delete(attempts).where(tuple_(attempts.c.handler, attempts.c.event_id).in_(old))
    return session.connection().execute(forgotten).rowcount


def _row(insert: Inserting, begun: ColumnElement[int]) -> Insert:
    return insert(attempts).values(
        handler=bindparam("handler"), event_id=bindparam("event_id"), begun=begun, begun_at=bindparam("begun_at")
    )
