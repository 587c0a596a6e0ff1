"""How often a handler has begun an event, written before it runs: what kills its worker is counted too.

A stream counts deliveries, but what was delivered may never have begun, and a consumer that goes back forgets its
count.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import case, delete, select, tuple_
from sqlalchemy.orm import Session

from trunkline.sql.dialects import insert
from trunkline.sql.tables import attempts, stored_id


def begin(session: Session, handler: str, event_id: str, *, before: int) -> int:
    """Count an attempt and return its number; `before` is how many there were when nothing is written yet."""
    now = datetime.now(UTC)
    row = insert(session, attempts).values(
        handler=handler, event_id=stored_id(event_id), begun=before + 1, begun_at=now
    )
    counted = row.on_conflict_do_update(
        index_elements=["handler", "event_id"], set_={"begun": attempts.c.begun + 1, "begun_at": now}
    )
    return int(session.execute(counted.returning(attempts.c.begun)).scalar_one())


def excuse(session: Session, handler: str, event_ids: Iterable[str]) -> None:
    """Take one attempt at each of the events back; where nothing is written yet, write that there was none."""
    now = datetime.now(UTC)
    fewer = case((attempts.c.begun > 0, attempts.c.begun - 1), else_=0)
    for event_id in event_ids:
        row = insert(session, attempts).values(handler=handler, event_id=stored_id(event_id), begun=0, begun_at=now)
        session.execute(row.on_conflict_do_update(index_elements=["handler", "event_id"], set_={"begun": fewer}))


def forget(session: Session, handler: str, event_id: str) -> None:
    """Forget the attempts at an event that is done."""
    one = (attempts.c.handler == handler) & (attempts.c.event_id == stored_id(event_id))
    session.execute(delete(attempts).where(one))


def prune(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget attempts begun before then, at most `limit` of them; return how many."""
    old = select(attempts.c.handler, attempts.c.event_id).where(attempts.c.begun_at < before).limit(limit)
    forgotten = delete(attempts).where(tuple_(attempts.c.handler, attempts.c.event_id).in_(old))
    return session.connection().execute(forgotten).rowcount
