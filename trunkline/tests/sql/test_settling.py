"""What was sent is written down whole: its rows and no others go, and each event has its receipt."""

from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline import Event, Guarantee, Receipt
from trunkline.sql import Database, backlog, outbox, settling
from trunkline.sql.tables import outbox as rows
from trunkline.sql.tables import receipts


def event(number: int) -> Event:
    return Event.create(f"project.{number}.created", {"text": "é", "n": number}, id=f"e{number}", headers={"Mine": "é"})


def add(session: Session, count: int) -> None:
    for number in range(count):
        outbox.add(session, event(number))


class TestDeleting:
    """Rows go by their numbers."""

    async def test_the_rows_with_the_numbers_go_and_no_others(self, database: Database) -> None:
        await database.write(partial(add, count=6))
        waiting, _ = await database.read(partial(backlog.rows, after=0, most=10))
        gone = [row.seq for row in waiting[1:4]]
        await database.write(partial(settling.delete_rows, seqs=gone))
        left = await database.read(lambda session: session.scalars(select(rows.c.event_id).order_by(rows.c.seq)).all())
        assert left == ["e0", "e4", "e5"]

    async def test_no_numbers_delete_nothing(self, database: Database) -> None:
        await database.write(partial(add, count=2))
        await database.write(partial(settling.delete_rows, seqs=[]))
        assert await database.read(outbox.waiting) == 2


class TestReceipts:
    """A receipt is read as it was written."""

    async def test_all_of_it_comes_back(self, database: Database) -> None:
        stored = Receipt(Guarantee.STORED, "a", "project.é.created", "PROJECT", 2**40, duplicate=True)
        sent = Receipt(Guarantee.SENT, "b", "project.2.created")
        await database.write(partial(settling.write_receipts, sent=[stored, sent]))
        assert await database.read(partial(outbox.receipt, event_id="a")) == stored
        assert await database.read(partial(outbox.receipt, event_id="b")) == sent
        times = await database.read(lambda session: session.scalars(select(receipts.c.sent_at)).all())
        assert all(time.tzinfo is not None for time in times)

    async def test_of_two_for_one_event_the_later_remains_in_one_batch_or_in_two(self, database: Database) -> None:
        first, second, third = (Receipt(Guarantee.STORED, "a", "s", "S", number) for number in (1, 2, 3))
        await database.write(partial(settling.write_receipts, sent=[first, second]))
        assert await database.read(partial(outbox.receipt, event_id="a")) == second
        await database.write(partial(settling.write_receipts, sent=[third]))
        assert await database.read(partial(outbox.receipt, event_id="a")) == third


class TestRows:
    """A row is what a publisher needs of the event, without the event."""

    async def test_a_row_says_what_its_event_says(self, database: Database) -> None:
        one = Event.create("project.1.created", {"text": "é"}, key="k", test=True, headers={"Mine": "é"})
        await database.write(partial(outbox.add, event=one))
        (row,), _ = await database.read(partial(backlog.rows, after=0, most=10))
        assert (row.subject, row.payload, row.id, row.key) == (one.subject, one.payload, one.id, one.key)
        assert row.event() == one
        assert row.head() == one.head()
        assert one.head().startswith(b"NATS/1.0\r\n")
        assert one.head().endswith("\r\nMine: é\r\n\r\n".encode())

    async def test_rows_come_in_order_after_a_number_and_at_most_so_many(self, database: Database) -> None:
        await database.write(partial(add, count=5))
        first, more = await database.read(partial(backlog.rows, after=0, most=2))
        then, more_then = await database.read(partial(backlog.rows, after=first[-1].seq, most=10))
        assert [row.id for row in (*first, *then)] == ["e0", "e1", "e2", "e3", "e4"]
        assert (more, more_then) == (True, False)
        places = await database.read(partial(backlog.places, after=first[-1].seq, most=2))
        assert [place.seq for place in places] == [row.seq for row in then[:2]]
        at = await database.read(partial(backlog.rows_at, seqs=[row.seq for row in then]))
        assert [row.id for row in at] == ["e2", "e3", "e4"]

    async def test_large_events_are_read_until_their_bytes_are_reached(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backlog, "BATCH_BYTES", 2_500_000)
        large = [Event.create("project.1.created", {"text": "x" * 1_000_000}, id=f"e{number}") for number in range(5)]
        await database.write(lambda session: [outbox.add(session, each) for each in large])
        first, more = await database.read(partial(backlog.rows, after=0, most=10))
        then, more_then = await database.read(partial(backlog.rows, after=first[-1].seq, most=10))
        assert [[row.id for row in rows] for rows in (first, then)] == [["e0", "e1", "e2"], ["e3", "e4"]]
        assert (more, more_then) == (True, False)

    async def test_an_event_that_is_larger_than_a_batch_is_read_alone(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backlog, "BATCH_BYTES", 1000)
        large = [Event.create("project.1.created", {"text": "x" * 5000}, id=f"e{number}") for number in range(2)]
        await database.write(lambda session: [outbox.add(session, each) for each in large])
        found, more = await database.read(partial(backlog.rows, after=0, most=10))
        assert ([row.id for row in found], more) == (["e0"], True)
