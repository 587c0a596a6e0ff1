"""Transactions as functions: whole or not at all, one after another, and never lost sight of."""

import asyncio
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trunkline import ConfigurationError, DatabaseError
from trunkline.sql import Database

COUNTER = Path(__file__).with_name("programs") / "counter.py"

notes_metadata = MetaData()
notes = Table("notes", notes_metadata, Column("id", Integer, primary_key=True), Column("text", String(100)))


def note(session: Session, number: int, content: str = "") -> int:
    session.execute(insert(notes).values(id=number, text=content))
    return number


def count(session: Session) -> int:
    return session.execute(select(func.count()).select_from(notes)).scalar_one()


@pytest_asyncio.fixture
async def database(database: Database) -> Database:
    """Give a started database of each kind, with a table of notes."""
    await asyncio.to_thread(database.create_tables, notes_metadata)
    return database


async def started(url: str, *, busy_limit: float = 5.0) -> Database:
    """Return a started database of one kind, with the same table."""
    database = Database(url, busy_limit=busy_limit)
    await asyncio.to_thread(database.create_tables, notes_metadata)
    await database.start()
    return database


class TestWrite:
    """`write` runs a function as one transaction."""

    async def test_what_the_function_returns_is_returned_and_what_it_wrote_is_there(self, database: Database) -> None:
        assert await database.write(lambda session: note(session, 7)) == 7
        assert await database.read(count) == 1

    async def test_a_function_that_raises_leaves_nothing_and_its_exception_is_raised(self, database: Database) -> None:
        def fail(session: Session) -> None:
            note(session, 1)
            raise ZeroDivisionError("on purpose")

        with pytest.raises(ZeroDivisionError, match="on purpose"):
            await database.write(fail)
        assert await database.read(count) == 0

    async def test_an_error_of_a_statement_is_raised_as_it_is(self, database: Database) -> None:
        await database.write(lambda session: note(session, 1))
        with pytest.raises(IntegrityError):
            await database.write(lambda session: note(session, 1))

    async def test_an_error_of_a_statement_repeats_no_value(self, database: Database) -> None:
        await database.write(lambda session: note(session, 1))
        with pytest.raises(IntegrityError) as failed:
            await database.write(lambda session: note(session, 1, "open sesame"))
        assert "sesame" not in str(failed.value)

    async def test_even_a_stop_iteration_reaches_the_caller(self, database: Database) -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await database.write(lambda _: next(iter([])))
        assert await database.read(count) == 0

    async def test_a_coroutine_function_is_refused_with_the_reason(self, database: Database) -> None:
        async def slow(session: Session) -> None:
            await asyncio.sleep(1)

        with pytest.raises(TypeError, match="slow is a coroutine function"):
            await database.write(slow)  # type: ignore[unused-coroutine]  # what is wrong with it is tested
        with pytest.raises(TypeError, match="something to await"):
            await database.write(lambda session: slow(session))  # type: ignore[unused-coroutine]

    async def test_many_at_once_all_happen(self, database: Database) -> None:
        await asyncio.gather(*(database.write(partial(note, number=n)) for n in range(100)))
        assert await database.read(count) == 100

    async def test_a_reader_cannot_write(self, database: Database) -> None:
        with pytest.raises(Exception, match=r"read.?only"):
            await database.read(lambda session: note(session, 1))
        assert await database.read(count) == 0

    async def test_a_reader_sees_one_moment_and_waits_for_no_writer(self, database: Database) -> None:
        between = threading.Event()
        seen = threading.Event()

        def read_twice(session: Session) -> tuple[int, int]:
            first = count(session)
            seen.set()
            assert between.wait(10)
            return first, count(session)

        reading = asyncio.create_task(database.read(read_twice))
        assert await asyncio.to_thread(seen.wait, 10)
        await database.write(lambda session: note(session, 1))
        between.set()
        assert await reading == (0, 0)


class TestLimits:
    """Nothing waits for ever."""

    async def test_a_locked_database_is_an_error_after_the_busy_limit(self, sqlite_url: str) -> None:
        database = await started(sqlite_url, busy_limit=0.2)
        other = create_engine(sqlite_url, isolation_level="AUTOCOMMIT")
        with other.connect() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            with pytest.raises(DatabaseError, match="locked by another process"):
                await database.write(lambda session: note(session, 1))
            connection.execute(text("ROLLBACK"))
        assert await database.write(lambda session: note(session, 1)) == 1
        await database.close()

    async def test_what_cannot_begin_within_the_limit_never_runs(self, sqlite_url: str) -> None:
        database = await started(sqlite_url, busy_limit=0.1)
        release, running = threading.Event(), threading.Event()

        def hold(_: Session) -> None:
            running.set()
            assert release.wait(10)

        holding = asyncio.create_task(database.write(hold))
        assert await asyncio.to_thread(running.wait, 10)
        with pytest.raises(DatabaseError, match="could not begin"):
            await database.write(lambda session: note(session, 1))
        release.set()
        await holding
        await database.write(lambda session: note(session, 2))
        assert await database.read(lambda session: session.scalars(select(notes.c.id)).all()) == [2]
        await database.close()

    async def test_an_unreachable_server_is_an_error(self) -> None:
        database = Database("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", busy_limit=0.2)
        with pytest.raises(DatabaseError, match="cannot be reached") as caught:
            await database.start()
        assert "secret" not in str(caught.value)
        assert "secret" not in repr(database)

    async def test_a_connection_that_the_server_ended_is_replaced_unseen(self, postgresql_url: str) -> None:
        database = await started(postgresql_url)
        await database.write(lambda session: note(session, 1))
        with create_engine(postgresql_url, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await database.write(lambda session: note(session, 2))
        assert await database.read(count) == 2
        await database.close()

    async def test_two_transactions_that_deadlock_both_happen(self, postgresql_url: str) -> None:
        database = await started(postgresql_url)
        await database.write(lambda session: (note(session, 1), note(session, 2)))
        meet = threading.Barrier(2)

        def update_both(session: Session, first: int, second: int, mark: str) -> None:
            def append(number: int) -> None:
                session.execute(notes.update().where(notes.c.id == number).values(text=notes.c.text + mark))

            append(first)
            with suppress(threading.BrokenBarrierError):  # the one that runs again is alone
                meet.wait(2)
            append(second)

        await asyncio.gather(
            database.write(lambda session: update_both(session, 1, 2, "a")),
            database.write(lambda session: update_both(session, 2, 1, "b")),
        )
        texts = await database.read(lambda session: session.scalars(select(notes.c.text)).all())
        assert [sorted(each) for each in texts] == [["a", "b"], ["a", "b"]]
        await database.close()


class TestCancellation:
    """A cancelled caller never leaves a transaction that nobody follows."""

    async def test_before_its_turn_it_is_withdrawn(self, sqlite_url: str) -> None:
        database = await started(sqlite_url)
        release, running = threading.Event(), threading.Event()

        def hold(_: Session) -> None:
            running.set()
            assert release.wait(10)

        holding = asyncio.create_task(database.write(hold))
        assert await asyncio.to_thread(running.wait, 10)
        waiting = asyncio.create_task(database.write(lambda session: note(session, 1)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        await holding
        await database.write(lambda session: note(session, 2))
        assert await database.read(lambda session: session.scalars(select(notes.c.id)).all()) == [2]
        await database.close()

    async def test_after_it_began_it_ends_first_and_is_whole(self, database: Database) -> None:
        release, running = threading.Event(), threading.Event()

        def slow(session: Session) -> None:
            running.set()
            assert release.wait(10)
            note(session, 1)

        writing = asyncio.create_task(database.write(slow))
        assert await asyncio.to_thread(running.wait, 10)
        writing.cancel()
        await asyncio.sleep(0)
        writing.cancel()
        await asyncio.sleep(0)
        assert not writing.done()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await database.read(count) == 1
        await database.write(lambda session: note(session, 2))


class TestLife:
    """Opening and closing."""

    async def test_closing_finishes_what_was_taken(self, database: Database) -> None:
        writes = [asyncio.create_task(database.write(partial(note, number=n))) for n in range(20)]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*writes)
        await database.start()
        assert await database.read(count) == 20

    async def test_closing_leaves_behind_what_does_not_end_and_fails_what_waits(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trunkline.sql.database.CLOSE_SECONDS", 0.1)
        database = await started(sqlite_url)
        release, running = threading.Event(), threading.Event()

        def hold(_: Session) -> None:
            running.set()
            assert release.wait(10)

        holding = asyncio.create_task(database.write(hold))
        assert await asyncio.to_thread(running.wait, 10)
        waiting = asyncio.create_task(database.write(lambda session: note(session, 1)))
        await asyncio.sleep(0)
        await database.close()
        with pytest.raises(DatabaseError, match="closed"):
            await waiting
        release.set()
        await holding

    async def test_before_start_and_after_close_a_write_says_so(self, database_url: str) -> None:
        database = Database(database_url)
        with pytest.raises(DatabaseError, match="not open"):
            await database.write(count)
        database.create_tables()
        await database.start()
        await database.close()
        with pytest.raises(DatabaseError, match="not open"):
            await database.read(count)

    async def test_every_process_finds_the_same_identity(self, database: Database, database_url: str) -> None:
        other = Database(database_url)
        await other.start()
        assert database.id == other.id != ""
        await other.close()

    async def test_missing_tables_are_named(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/empty.db")
        with pytest.raises(ConfigurationError, match="run the migrations"):
            await database.start()

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "no url at all"])
    def test_what_cannot_work_is_refused_at_once(self, url: str) -> None:
        with pytest.raises(ConfigurationError):
            Database(url)

    def test_sqlite_waits_for_the_disk_and_writes_ahead(self, sqlite_url: str) -> None:
        with Database(sqlite_url).engine.connect() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA synchronous")) == 2


class TestProcesses:
    """Several processes share one database."""

    async def test_read_and_write_transactions_of_several_processes_lose_no_update(
        self, database: Database, database_url: str
    ) -> None:
        await database.write(lambda session: note(session, 1, "0"))
        arguments = [sys.executable, str(COUNTER), database_url, "50"]
        processes = [await asyncio.create_subprocess_exec(*arguments) for _ in range(4)]
        async with asyncio.timeout(60):
            assert [await process.wait() for process in processes] == [0] * 4
        assert await database.read(lambda session: session.scalar(select(notes.c.text))) == "200"

    def test_several_may_make_the_tables_at_once(self, tmp_path: Path) -> None:
        program = "import sys; from trunkline.sql import Database; Database(sys.argv[1]).create_tables()"
        arguments = [sys.executable, "-c", program, f"sqlite:///{tmp_path}/new/trunkline.db"]
        processes = [subprocess.Popen(arguments) for _ in range(4)]
        assert [process.wait(120) for process in processes] == [0] * 4

    async def test_a_killed_writer_leaves_nothing_of_its_transaction(
        self, database: Database, database_url: str
    ) -> None:
        arguments = [sys.executable, str(COUNTER), database_url, "half"]
        process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert await process.stdout.readline() == b"written\n"
        process.kill()
        await process.wait()
        await database.write(lambda session: note(session, 5))
        assert await database.read(lambda session: session.scalars(select(notes.c.id)).all()) == [5]
