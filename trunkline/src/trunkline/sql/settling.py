"""What was sent, written down: its rows go, and there are receipts for it, each in one statement for a whole batch."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pydantic_core
from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from trunkline.receipts import Receipt
from trunkline.sql.dialects import Insert, Inserting
from trunkline.sql.given import InsertGiven
from trunkline.sql.prepared import Prepared
from trunkline.sql.tables import outbox, receipts, stored_id

_FIELDS = ("event_id", "subject", "guarantee", "stream", "sequence", "duplicate")


def delete_rows(session: Session, seqs: Sequence[int]) -> None:
    """Delete the rows with these numbers from the outbox."""
    if session.get_bind().dialect.name == "sqlite":
        _DELETE["sqlite"].run(session, seqs=pydantic_core.to_json(seqs).decode())
    else:
        _DELETE["postgresql"].run(session, seqs=list(seqs))


def write_receipts(session: Session, sent: Sequence[Receipt]) -> None:
    """Write receipts; of several for one event the last remains."""
    rows = {receipt.event_id: _row(receipt) for receipt in sent}
    _RECEIPTS.run(session, list(rows.values()), sent_at=datetime.now(UTC))


def _row(receipt: Receipt) -> dict[str, object]:
    return {
        "event_id": stored_id(receipt.event_id),
        "subject": receipt.subject,
        "guarantee": receipt.guarantee.value,
        "stream": receipt.stream,
        "sequence": receipt.sequence,
        "duplicate": receipt.duplicate,
    }


def _renewing(row: Insert) -> ClauseElement:
    renewed = {column.name: row.excluded[column.name] for column in receipts.columns if not column.primary_key}
    return row.on_conflict_do_update(index_elements=["event_id"], set_=renewed)


def _sqlite_delete(_: Inserting) -> ClauseElement:
    each = func.json_each(bindparam("seqs", type_=Text)).table_valued("value")
    return delete(outbox).where(outbox.c.seq.in_(select(each.c.value)))


def _postgresql_delete(_: Inserting) -> ClauseElement:
    return delete(outbox).where(outbox.c.seq == any_(bindparam("seqs", type_=ARRAY(BigInteger))))


_DELETE = {"sqlite": Prepared(_sqlite_delete), "postgresql": Prepared(_postgresql_delete)}
_RECEIPTS = InsertGiven(receipts, _FIELDS, {"sent_at": bindparam("sent_at", type_=receipts.c.sent_at.type)}, _renewing)
