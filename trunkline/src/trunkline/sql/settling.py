"""What was sent, written down: its rows go, and there are receipts for it, each in one statement for a whole batch.

The values travel as one JSON text, which the database takes apart. A driver that is called once for each row gives
Python's lock up each time, and has to get it back while other threads compute.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pydantic_core
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from trunkline.receipts import Receipt
from trunkline.sql.dialects import Inserting
from trunkline.sql.prepared import Prepared
from trunkline.sql.tables import outbox, receipts, stored_id

_FIELDS = ("event_id", "subject", "guarantee", "stream", "sequence", "duplicate")


def delete_rows(session: Session, seqs: Sequence[int]) -> None:
    """Delete the rows with these numbers from the outbox."""
    if session.get_bind().dialect.name == "sqlite":
        _DELETE["sqlite"].run(session, seqs=_json(seqs))
    else:
        _DELETE["postgresql"].run(session, seqs=list(seqs))


def write_receipts(session: Session, sent: Sequence[Receipt]) -> None:
    """Write receipts; of several for one event the last remains."""
    rows = {receipt.event_id: _row(receipt) for receipt in sent}
    _RECEIPTS[session.get_bind().dialect.name].run(
        session, receipts=_json(list(rows.values())), sent_at=datetime.now(UTC)
    )


def _row(receipt: Receipt) -> dict[str, object]:
    return {
        "event_id": stored_id(receipt.event_id),
        "subject": receipt.subject,
        "guarantee": receipt.guarantee.value,
        "stream": receipt.stream,
        "sequence": receipt.sequence,
        "duplicate": receipt.duplicate,
    }


def _json(value: object) -> str:
    return pydantic_core.to_json(value).decode()


def _insert_receipts(insert: Inserting, given: Select[*tuple[object, ...]]) -> ClauseElement:
    row = insert(receipts).from_select([*_FIELDS, "sent_at"], given)
    renewed = {column.name: row.excluded[column.name] for column in receipts.columns if not column.primary_key}
    return row.on_conflict_do_update(index_elements=["event_id"], set_=renewed)


def _sqlite_receipts(insert: Inserting) -> ClauseElement:
    each = func.json_each(bindparam("receipts", type_=Text)).table_valued("value")
    fields = [func.json_extract(each.c.value, literal_column(f"'$.{name}'")) for name in _FIELDS]
    # Without WHERE, SQLite takes the ON of ON CONFLICT for one of a join.
    return _insert_receipts(insert, select(*fields, _sent_at()).select_from(each).where(literal_column("true")))


def _postgresql_receipts(insert: Inserting) -> ClauseElement:
    text = cast(bindparam("receipts", type_=Text), JSON)
    each = func.json_to_recordset(text).table_valued(*[column(name, receipts.c[name].type) for name in _FIELDS])
    each = each.render_derived(name="sent", with_types=True)
    return _insert_receipts(insert, select(*[each.c[name] for name in _FIELDS], _sent_at()))


def _sent_at() -> ColumnElement[datetime]:
    return bindparam("sent_at", type_=receipts.c.sent_at.type)


def _sqlite_delete(_: Inserting) -> ClauseElement:
    each = func.json_each(bindparam("seqs", type_=Text)).table_valued("value")
    return delete(outbox).where(outbox.c.seq.in_(select(each.c.value)))


def _postgresql_delete(_: Inserting) -> ClauseElement:
    return delete(outbox).where(outbox.c.seq == any_(bindparam("seqs", type_=ARRAY(BigInteger))))


_DELETE = {"sqlite": Prepared(_sqlite_delete), "postgresql": Prepared(_postgresql_delete)}
_RECEIPTS = {"sqlite": Prepared(_sqlite_receipts), "postgresql": Prepared(_postgresql_receipts)}
