"""What the relay reads from the outbox, and how it settles what it has sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from trunkline.events import Event
from trunkline.receipts import Receipt
from trunkline.sql import deadletters, leases
from trunkline.sql.dialects import insert
from trunkline.sql.leases import Lease
from trunkline.sql.parking import Sweep, Waiting
from trunkline.sql.tables import outbox, receipts, stored_id

BATCH = 500
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the outbox: its place, and the event."""

    waiting: Waiting
    event: Event


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that is done with here, and the receipt for it."""

    entry: Entry
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Unsendable:
    """An event that can never be sent, and why; `attempts` counts this one and those that failed before."""

    entry: Entry
    error: BaseException
    attempts: int


Done = Sent | Unsendable


class LeaseLost(Exception):
    """Another process has the lease; nothing was written."""


def take(session: Session, sweep: Sweep, lane_of: Callable[[str], str]) -> Sequence[Entry]:
    """Return the next events of the sweep that are to be sent, at most `BATCH`; none when it has come to the end."""
    chosen: dict[int, Waiting] = {}
    while len(chosen) < BATCH:
        page = _page(session, sweep.after)
        for row in page:
            waiting = Waiting(row.seq, row.key, lane_of(row.subject))
            if sweep.takes(waiting):
                chosen[row.seq] = waiting
            if len(chosen) == BATCH:
                break
        if len(page) < _PAGE:
            break
    return _load(session, chosen)


def settle(session: Session, lease: Lease, done: Sequence[Done]) -> None:
    """Replace rows by receipts and dead letters, in one transaction.

    Raises:
        LeaseLost: another relay owns the outbox now; it sends these events again, under the same ids.
    """
    if not leases.holds(session, lease):
        raise LeaseLost
    session.execute(delete(outbox).where(outbox.c.seq.in_([one.entry.waiting.seq for one in done])))
    _write_receipts(session, [one for one in done if isinstance(one, Sent)])
    for one in done:
        if isinstance(one, Unsendable):
            event, error = one.entry.event, one.error
            deadletters.add(session, handler=deadletters.RELAY, event=event, error=error, attempts=one.attempts)


def prune_receipts(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget receipts older than `before`, at most `limit` of them; return how many."""
    old = select(receipts.c.event_id).where(receipts.c.sent_at < before).limit(limit)
    return session.connection().execute(delete(receipts).where(receipts.c.event_id.in_(old))).rowcount


def _page(session: Session, after: int) -> Sequence[Row[*tuple[Any, ...]]]:
    columns = select(outbox.c.seq, outbox.c.subject, outbox.c.key)
    return session.execute(columns.where(outbox.c.seq > after).order_by(outbox.c.seq).limit(_PAGE)).all()


def _load(session: Session, chosen: dict[int, Waiting]) -> Sequence[Entry]:
    if not chosen:
        return []
    columns = select(outbox.c.seq, outbox.c.subject, outbox.c.payload, outbox.c.headers)
    rows = session.execute(columns.where(outbox.c.seq.in_(chosen)).order_by(outbox.c.seq))
    return [Entry(chosen[row.seq], Event.received(row.subject, row.payload, row.headers)) for row in rows]


def _write_receipts(session: Session, sent: Sequence[Sent]) -> None:
    if not sent:
        return
    now = datetime.now(UTC)
    row = insert(session, receipts)
    renewed = {column.name: row.excluded[column.name] for column in receipts.columns if not column.primary_key}
    session.execute(
        row.on_conflict_do_update(index_elements=["event_id"], set_=renewed),
        [
            {
                "event_id": stored_id(one.entry.event.id),
                "subject": one.receipt.subject,
                "guarantee": one.receipt.guarantee.value,
                "stream": one.receipt.stream,
                "sequence": one.receipt.sequence,
                "duplicate": one.receipt.duplicate,
                "sent_at": now,
            }
            for one in sent
        ],
    )
