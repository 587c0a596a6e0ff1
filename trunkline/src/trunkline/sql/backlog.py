"""What the relay reads from the outbox, and how it settles what it has sent.

Reading only reads: what is to be sent is chosen in between (taking.py). A read may run twice, a choice must not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, takewhile

from sqlalchemy import Integer, Text, bindparam, cast, delete, func, select
from sqlalchemy.orm import Session

from trunkline.receipts import Receipt
from trunkline.sql import deadletters, leases, settling
from trunkline.sql.entries import Entry, Row
from trunkline.sql.leases import Lease
from trunkline.sql.prepared import Prepared
from trunkline.sql.tables import outbox, receipts

BATCH = 2000
"""Events that are sent, and settled, at a time."""
BATCH_BYTES = 16 << 20
"""Payloads at a time, and one event more at most: of the three batches under way (relay.py) none fills the memory, and
events of up to 8 KiB are held up by nothing."""
PAGE = 2000
"""Places that are looked at, at a time, when not all that waits may be sent."""

_ROW = (
    outbox.c.seq,
    outbox.c.event_id,
    outbox.c.subject,
    outbox.c.key,
    outbox.c.payload,
    cast(outbox.c.headers, Text).label("headers"),
)
_ROWS = Prepared(
    lambda insert: (
        select(*_ROW).where(outbox.c.seq > bindparam("after")).order_by(outbox.c.seq).limit(bindparam("most"))
    )
)
_SIZE = func.length(outbox.c.payload, type_=Integer).label("size")  # both databases know it without reading the payload
_SIZES = Prepared(
    lambda insert: (
        select(_SIZE).where(outbox.c.seq > bindparam("after")).order_by(outbox.c.seq).limit(bindparam("most"))
    )
)
_TOTAL = Prepared(
    lambda insert: select(
        func.sum(
            select(_SIZE)
            .where(outbox.c.seq > bindparam("after"))
            .order_by(outbox.c.seq)
            .limit(bindparam("most"))
            .subquery()
            .c.size
        )
    )
)
_PLACES = Prepared(
    lambda insert: (
        select(outbox.c.seq, outbox.c.subject, outbox.c.key, _SIZE)
        .where(outbox.c.seq > bindparam("after"))
        .order_by(outbox.c.seq)
        .limit(bindparam("most"))
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the outbox without its event."""

    seq: int
    subject: str
    key: str | None
    size: int


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


def rows(session: Session, after: int, most: int) -> tuple[list[Row], bool]:
    """Return what waits, in order, from the first number after `after`: `most` events, or fewer of `BATCH_BYTES`.

    Besides, say whether there may be more.
    """
    fitting = _fitting(session, after, most)
    found = [Row(*row) for row in _ROWS.all(session, after=after, most=fitting)]
    return found, len(found) == fitting


def places(session: Session, after: int, most: int) -> list[Place]:
    """Return the places of what waits, in order, from the first number after `after`."""
    return [Place(*row) for row in _PLACES.all(session, after=after, most=most)]


def rows_at(session: Session, seqs: Sequence[int]) -> list[Row]:
    """Return the rows with these numbers, in order."""
    found = session.execute(select(*_ROW).where(outbox.c.seq.in_(seqs)).order_by(outbox.c.seq))
    return [Row(*row) for row in found]


def settle(session: Session, lease: Lease, done: Sequence[Done]) -> None:
    """Replace rows by receipts and dead letters, in one transaction.

    Raises:
        LeaseLost: another relay owns the outbox now; it sends these events again, under the same ids.
    """
    if not leases.holds(session, lease):
        raise LeaseLost
    settling.delete_rows(session, [one.entry.waiting.seq for one in done])
    settling.write_receipts(session, [one.receipt for one in done if isinstance(one, Sent)])
    for one in done:
        if isinstance(one, Unsendable):
            event, error = one.entry.event, one.error
            deadletters.add(session, handler=deadletters.RELAY, event=event, error=error, attempts=one.attempts)


def _fitting(session: Session, after: int, most: int) -> int:
    """Return how many of the next `most` events it takes to reach `BATCH_BYTES`."""
    total = _TOTAL.first(session, after=after, most=most)
    if total is None or (total[0] or 0) < BATCH_BYTES:
        return most
    reached = accumulate(size for (size,) in _SIZES.all(session, after=after, most=most))
    return 1 + sum(1 for _ in takewhile(lambda size: size < BATCH_BYTES, reached))


def prune_receipts(session: Session, before: datetime, *, limit: int = 10_000) -> int:
    """Forget receipts older than `before`, at most `limit` of them; return how many."""
    old = select(receipts.c.event_id).where(receipts.c.sent_at < before).limit(limit)
    return session.connection().execute(delete(receipts).where(receipts.c.event_id.in_(old))).rowcount
