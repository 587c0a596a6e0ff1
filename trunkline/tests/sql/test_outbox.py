"""The outbox: an event exists exactly if its transaction commits."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from trunkline import Event, Guarantee, OutboxFull
from trunkline.sql import Database, outbox
from trunkline.sql.tables import outbox as rows


def event(number: int = 1, *, subject: str = "project.1.created", id: str | None = None) -> Event:
    return Event.create(subject, {"number": number}, id=id, key="1")


def add(session: Session, number: int = 1) -> None:
    outbox.add(session, event(number))


def add_several(session: Session, count: int) -> None:
    for number in range(count):
        add(session, number)


def remove_newest(session: Session) -> None:
    newest = session.scalar(select(rows.c.seq).order_by(rows.c.seq.desc()).limit(1))
    session.execute(rows.delete().where(rows.c.seq == newest))


class TestAdd:
    """`add` writes into the caller's transaction and nowhere else."""

    async def test_a_committed_event_waits(self, database: Database) -> None:
        await database.write(add)
        assert await database.read(outbox.waiting) == 1

    async def test_after_a_rollback_there_is_no_event(self, database: Database) -> None:
        def fail(session: Session) -> None:
            add(session)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await database.write(fail)
        assert await database.read(outbox.waiting) == 0

    async def test_an_id_that_waits_already_is_the_same_event(self, database: Database) -> None:
        for _ in range(2):
            await database.write(lambda session: outbox.add(session, event(id="same")))
        assert await database.read(outbox.waiting) == 1

    async def test_nothing_of_the_event_is_lost_on_its_way(self, database: Database) -> None:
        full = Event.create(
            "project.1.created",
            {"text": "é\u0000"},
            key="k",
            source="me",
            test=True,
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            headers={"Mine": "1"},
        )
        await database.write(lambda session: outbox.add(session, full))
        row = await database.read(lambda session: session.execute(select(rows)).one())
        assert Event.received(row.subject, row.payload, row.headers) == full
        assert row.key == "k"

    async def test_numbers_never_come_back(self, database: Database) -> None:
        await database.write(add)
        first = await database.read(lambda session: session.scalar(select(rows.c.seq)))
        await database.write(lambda session: session.execute(rows.delete()))
        await database.write(add)
        second = await database.read(lambda session: session.scalar(select(rows.c.seq)))
        assert first is not None
        assert second > first


class TestLimit:
    """The outbox is bounded, and says so before it writes."""

    async def test_a_full_outbox_refuses_and_the_transaction_writes_nothing(self, database_url: str) -> None:
        database = Database(database_url, outbox_limit=3)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        for number in range(3):
            await database.write(partial(add, number=number))
        with pytest.raises(OutboxFull) as caught:
            await database.write(add)
        assert (caught.value.waiting, caught.value.limit) == (3, 3)
        assert await database.read(outbox.waiting) == 3
        await database.close()

    async def test_a_transaction_counts_what_it_has_added_itself(self, database_url: str) -> None:
        database = Database(database_url, outbox_limit=3)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        with pytest.raises(OutboxFull):
            await database.write(partial(add_several, count=4))
        assert await database.read(outbox.waiting) == 0
        await database.close()

    async def test_one_old_event_that_others_have_passed_takes_no_more_than_its_own_room(
        self, database_url: str
    ) -> None:
        database = Database(database_url, outbox_limit=3)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        await database.write(add)
        for number in range(10):
            await database.write(partial(add, number=number))
            await database.write(remove_newest)
        assert await database.read(outbox.waiting) == 1
        await database.close()


class TestWaking:
    """Whoever relays hears of each commit, and of nothing else."""

    async def test_a_commit_with_an_event_is_told_once(self, database: Database) -> None:
        told: list[int] = []
        remove = database.on_commit(lambda: told.append(1))
        await database.write(partial(add_several, count=3))
        assert told == [1]
        await database.write(lambda session: None)
        await database.read(outbox.waiting)
        assert told == [1]
        remove()
        await database.write(add)
        assert told == [1]

    async def test_a_rollback_is_not_told_nor_remembered(self, database: Database) -> None:
        told: list[int] = []
        database.on_commit(lambda: told.append(1))

        def use(engine_session: Session) -> None:
            add(engine_session)
            engine_session.rollback()
            engine_session.commit()

        def run() -> None:
            with Session(database.engine) as session:
                use(session)

        await asyncio.to_thread(run)
        assert told == []

    async def test_a_savepoint_is_no_commit(self, database: Database) -> None:
        told: list[int] = []
        database.on_commit(lambda: told.append(1))

        def nested(session: Session) -> None:
            with session.begin_nested():
                add(session)
            assert told == []

        await database.write(nested)
        assert told == [1]

    async def test_a_session_of_the_applications_own_engine_is_told_too(
        self, database: Database, database_url: str
    ) -> None:
        told: list[int] = []
        database.on_commit(lambda: told.append(1))
        engine = create_engine(database_url)

        def run() -> None:
            with Session(engine) as session, session.begin():
                add(session)

        await asyncio.to_thread(run)
        assert told == [1]
        engine.dispose()


class TestReceipt:
    """`receipt` says how far an event has come."""

    async def test_what_waits_is_queued_and_found_by_id_and_by_subject(self, database: Database) -> None:
        await database.write(lambda session: outbox.add(session, event(id="a")))
        by_id = await database.read(lambda session: outbox.receipt(session, event_id="a"))
        by_subject = await database.read(lambda session: outbox.receipt(session, subject="project.1.created"))
        assert by_id == by_subject
        assert by_id is not None
        assert (by_id.guarantee, by_id.event_id, by_id.subject) == (Guarantee.QUEUED, "a", "project.1.created")

    async def test_the_newest_event_of_a_subject_is_meant(self, database: Database) -> None:
        for id in ("a", "b"):
            await database.write(partial(outbox.add, event=event(id=id)))
        found = await database.read(lambda session: outbox.receipt(session, subject="project.1.created"))
        assert found is not None
        assert found.event_id == "b"

    async def test_an_unknown_event_has_none(self, database: Database) -> None:
        assert await database.read(lambda session: outbox.receipt(session, event_id="nobody")) is None

    async def test_either_id_or_subject_is_asked_for(self, database: Database) -> None:
        with pytest.raises(TypeError, match="either"):
            await database.read(lambda session: outbox.receipt(session))
