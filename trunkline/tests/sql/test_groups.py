"""Transactions that share a commit: each is still its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from trunkline import DatabaseError, Event, OutboxFull
from trunkline.sql import Database, groups, inbox, outbox
from trunkline.sql.committing import OutcomeUnknown

T = TypeVar("T")


class Base(DeclarativeBase):
    """The tests' own tables."""


class Note(Base):
    """A row, as an application would write it."""

    __tablename__ = "group_notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(default="")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a started database of each kind with one writing thread, so that what waits is one group."""
    opened = Database(database_url, pool=1)
    opened.create_tables(Base.metadata)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no group end early because the machine is slow."""
    monkeypatch.setattr(groups, "GROUP_SECONDS", 60.0)


@pytest.fixture
def commits(database: Database) -> list[str]:
    """Give a list that grows by one with each commit."""
    seen: list[str] = []
    event.listen(database.engine, "commit", lambda _: seen.append("commit"))
    return seen


class Held:
    """Keeps the writing thread busy, so that what is written meanwhile waits together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running, self._release = threading.Event(), threading.Event()

    async def __aenter__(self) -> "Held":
        self._holding = asyncio.create_task(self._database.write(self._hold))
        assert await asyncio.to_thread(self._running.wait, 10)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._release.set()
        await self._holding

    def _hold(self, _: Session) -> None:
        self._running.set()
        assert self._release.wait(10)


async def together(database: Database, *functions: Callable[[Session], T]) -> list[T | BaseException]:
    """Write with all the functions in one group; return what each came to."""
    async with Held(database):
        writing = [asyncio.create_task(database.write(function)) for function in functions]
        await asyncio.sleep(0)
    return await asyncio.gather(*writing, return_exceptions=True)


def note(session: Session, number: int, text: str = "") -> Note:
    added = Note(id=number, text=text)
    session.add(added)
    return added


def noting(number: int, text: str = "") -> Callable[[Session], Note]:
    return partial(note, number=number, text=text)


def fail(session: Session) -> None:
    note(session, 99)
    session.flush()
    raise ZeroDivisionError("on purpose")


def numbers(session: Session) -> Sequence[int]:
    return session.scalars(select(Note.id).order_by(Note.id)).all()


def project_event(number: int) -> Event:
    return Event.create("project.1.created", {"number": number}, id=f"e{number}", key="1")


class TestSharing:
    """What waits together is committed together."""

    async def test_what_waits_together_shares_one_commit(self, database: Database, commits: list[str]) -> None:
        await together(database, *(noting(number) for number in range(20)))
        assert await database.read(numbers) == list(range(20))
        assert len(commits) == 1  # the one that held the thread wrote nothing

    async def test_no_more_share_than_the_setting_says(self, database_url: str) -> None:
        database = Database(database_url, pool=1, together=4)
        database.create_tables(Base.metadata)
        await database.start()
        commits: list[str] = []
        event.listen(database.engine, "commit", lambda _: commits.append("commit"))
        await together(database, *(noting(number) for number in range(8)))
        assert len(commits) == 2
        await database.close()

    async def test_a_group_that_has_lasted_too_long_takes_no_more(
        self, database: Database, commits: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(groups, "GROUP_SECONDS", 0.0)
        await together(database, *(noting(number) for number in range(4)))
        assert await database.read(numbers) == [0, 1, 2, 3]
        assert len(commits) == 4

    async def test_functions_run_in_the_order_in_which_they_were_written(self, database: Database) -> None:
        order: list[int] = []
        await together(database, *(lambda _, number=number: order.append(number) for number in range(20)))
        assert order == list(range(20))

    async def test_also_when_they_have_to_run_one_by_one(self, database: Database) -> None:
        committed: list[int] = []

        def step(session: Session, number: int) -> None:
            note(session, number)
            committed[:] = numbers(session)

        outcomes = await together(database, *(partial(step, number=number) for number in range(5)), fail)
        assert isinstance(outcomes[-1], ZeroDivisionError)
        assert committed == [0, 1, 2, 3, 4]


class TestFailures:
    """A failure is its own function's, and nobody else's."""

    async def test_of_several_one_that_raises_takes_no_other_with_it(self, database: Database) -> None:
        outcomes = await together(database, noting(1), fail, noting(2), noting(3))
        assert isinstance(outcomes[1], ZeroDivisionError)
        assert [outcome.id for outcome in outcomes if isinstance(outcome, Note)] == [1, 2, 3]
        assert await database.read(numbers) == [1, 2, 3]

    @pytest.mark.parametrize("place", [0, 3])
    async def test_the_first_and_the_last_as_well(self, database: Database, place: int) -> None:
        functions: list[Callable[[Session], object]] = [noting(1), noting(2), noting(3)]
        functions.insert(place, fail)
        outcomes = await together(database, *functions)
        assert isinstance(outcomes[place], ZeroDivisionError)
        assert await database.read(numbers) == [1, 2, 3]

    async def test_what_fails_when_it_is_flushed_fails_alone(self, database: Database) -> None:
        outcomes = await together(database, noting(1), noting(1), noting(2))
        assert isinstance(outcomes[1], IntegrityError)
        assert await database.read(numbers) == [1, 2]

    async def test_what_fails_at_the_commit_fails_alone(self, database: Database) -> None:
        class Refused(Exception):
            pass

        def refuse_the_group(session: Session) -> None:
            @event.listens_for(session, "before_commit")
            def refuse(_: Session) -> None:
                raise Refused

        outcomes = await together(database, noting(1), refuse_the_group, noting(2))
        assert isinstance(outcomes[1], Refused)
        assert await database.read(numbers) == [1, 2]

    async def test_when_nobody_knows_whether_it_was_committed_all_are_told_and_none_runs_again(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unanswered(_: Session) -> None:
            raise OutcomeUnknown("the database cannot be reached; the outcome is unknown")

        runs: list[int] = []
        async with Held(database):
            writing = [asyncio.create_task(database.write(lambda _: runs.append(1))) for _ in range(3)]
            await asyncio.sleep(0)
            monkeypatch.setattr(groups, "commit", unanswered)
        outcomes = await asyncio.gather(*writing, return_exceptions=True)
        assert all(isinstance(outcome, DatabaseError) and "unknown" in str(outcome) for outcome in outcomes)
        assert runs == [1, 1, 1]

    async def test_an_error_that_a_function_swallows_is_its_own_loss(self, postgresql_url: str) -> None:
        database = Database(postgresql_url, pool=1)
        database.create_tables(Base.metadata)
        await database.start()

        def swallow(session: Session) -> None:
            with suppress(Exception):
                session.execute(text("SELECT 1 / 0"))

        outcomes = await together(database, noting(1), swallow, noting(2), swallow)
        assert [isinstance(outcome, DatabaseError) for outcome in outcomes] == [False, True, False, True]
        assert await database.read(numbers) == [1, 2]
        await database.close()

    async def test_a_function_may_roll_back_its_own_work_and_no_other(self, database: Database) -> None:
        def think_better_of_it(session: Session) -> None:
            note(session, 50)
            session.flush()
            session.rollback()
            note(session, 51)

        await together(database, noting(1), think_better_of_it, noting(2))
        assert await database.read(numbers) == [1, 2, 51]

    @pytest.mark.parametrize("way", ["session.commit", "transaction.commit"])
    async def test_a_function_that_commits_by_itself_commits_no_other(self, database: Database, way: str) -> None:
        def commit_and_fail(session: Session) -> None:
            session.add(Note(id=50, text="committed by itself"))
            if way == "session.commit":
                session.commit()
            else:
                transaction = session.get_transaction()
                assert transaction is not None
                transaction.commit()
            raise ZeroDivisionError

        outcomes = await together(database, noting(1), commit_and_fail, fail, noting(2))
        assert [type(outcome) for outcome in outcomes] == [Note, ZeroDivisionError, ZeroDivisionError, Note]
        texts = await database.read(lambda session: sorted(session.scalars(select(Note.text))))
        assert texts == ["", "", "committed by itself"]

    async def test_a_savepoint_of_its_own_is_its_own(self, database: Database) -> None:
        def try_and_go_on(session: Session) -> None:
            with suppress(IntegrityError), session.begin_nested():
                note(session, 1)
            note(session, 2)

        outcomes = await together(database, noting(1), try_and_go_on, noting(3))
        assert not any(isinstance(outcome, BaseException) for outcome in outcomes)
        assert await database.read(numbers) == [1, 2, 3]


class TestObjects:
    """What a function returns is its caller's: readable, and changed by nobody."""

    async def test_a_later_function_does_not_change_an_object_that_an_earlier_one_returned(
        self, database: Database
    ) -> None:
        await database.write(noting(1, "old"))

        def look(session: Session) -> Note:
            return session.get_one(Note, 1)

        def change(session: Session) -> Note:
            found = session.get_one(Note, 1)
            found.text = "new"
            return found

        before, changed, after = await together(database, look, change, look)
        assert isinstance(before, Note)
        assert isinstance(changed, Note)
        assert isinstance(after, Note)
        assert (before.text, changed.text, after.text) == ("old", "new", "new")
        assert len({id(before), id(changed), id(after)}) == 3

    async def test_what_a_caller_changes_afterwards_is_not_written(self, database: Database) -> None:
        first, _ = await together(database, noting(1, "old"), noting(2))
        assert isinstance(first, Note)
        first.text = "changed by the caller"
        await together(database, noting(3), noting(4))
        assert await database.read(lambda session: session.get_one(Note, 1).text) == "old"

    async def test_what_a_function_notes_on_its_session_is_not_seen_by_the_next(self, database: Database) -> None:
        def leave(session: Session) -> bool:
            return session.info.setdefault("mine", True) and "theirs" in session.info

        def find(session: Session) -> bool:
            return "mine" in session.info

        assert await together(database, leave, find) == [False, False]


class TestMarks:
    """An event acts once, also when its two deliveries are in one group."""

    async def test_of_two_marks_of_one_event_in_a_group_the_second_is_told_so(self, database: Database) -> None:
        def effect(session: Session, number: int) -> bool:
            if not inbox.mark(session, "handler", "event"):
                return False
            note(session, number)
            return True

        assert await together(database, partial(effect, number=1), partial(effect, number=2)) == [True, False]
        assert await database.read(numbers) == [1]

    async def test_a_mark_whose_group_failed_is_set_once(self, database: Database) -> None:
        def effect(session: Session) -> bool:
            if not inbox.mark(session, "handler", "event"):
                return False
            note(session, 1)
            return True

        outcomes = await together(database, effect, fail, effect)
        assert outcomes[0] is True
        assert outcomes[2] is False
        assert await database.read(numbers) == [1]

    async def test_an_event_done_before_is_found_among_new_ones(self, database: Database) -> None:
        """Marks of a group are written at its end, when all its effects have happened: they are taken back."""

        def effect(session: Session, event: int, number: int) -> bool:
            if not inbox.mark(session, "handler", f"event {event}"):
                return False
            note(session, number)
            return True

        assert await database.write(partial(effect, event=2, number=99)) is True
        outcomes = await together(database, *(partial(effect, event=each, number=each) for each in range(4)))
        assert outcomes == [True, True, False, True]
        assert await database.read(numbers) == [0, 1, 3, 99]

    async def test_new_events_of_a_group_share_its_commit(self, database: Database, commits: list[str]) -> None:
        outcomes = await together(
            database, *(partial(inbox.mark, handler="handler", event_id=f"event {number}") for number in range(20))
        )
        assert outcomes == [True] * 20
        assert len(commits) == 1

    async def test_a_mark_of_the_group_is_seen_by_its_later_functions(self, database: Database) -> None:
        mark, done, clear = (
            partial(act, handler="handler", event_id="event") for act in (inbox.mark, inbox.done, inbox.clear)
        )
        assert await together(database, mark, done, clear, done) == [True, True, None, False]


class TestOutbox:
    """Events of a group wait when it is committed, and the relay hears of it then."""

    async def test_a_group_is_told_once_when_it_is_committed(self, database: Database) -> None:
        told: list[int] = []
        database.on_commit(lambda: told.append(1))
        await together(database, *(partial(outbox.add, event=project_event(number)) for number in range(5)))
        assert told == [1]
        assert await database.read(outbox.waiting) == 5

    async def test_a_group_that_was_rolled_back_is_not_told(self, database: Database) -> None:
        told: list[int] = []
        database.on_commit(lambda: told.append(1))

        def add_and_fail(session: Session) -> None:
            outbox.add(session, project_event(1))
            raise ZeroDivisionError

        await together(database, add_and_fail, noting(1), add_and_fail)
        assert told == []
        assert await database.read(outbox.waiting) == 0

    async def test_a_full_outbox_refuses_only_those_for_whom_there_is_no_room(self, database_url: str) -> None:
        database = Database(database_url, pool=1, outbox_limit=3)
        database.create_tables(Base.metadata)
        await database.start()
        outcomes = await together(
            database, noting(1), *(partial(outbox.add, event=project_event(number)) for number in range(5)), noting(2)
        )
        refused = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, OutboxFull)]
        assert refused == [4, 5]
        assert await database.read(outbox.waiting) == 3
        assert await database.read(numbers) == [1, 2]
        await database.close()


class TestCancellation:
    """A caller that is cancelled before its function began takes it back."""

    async def test_before_it_began_it_is_withdrawn_and_the_others_go_on(self, database: Database) -> None:
        async with Held(database):
            writing = [asyncio.create_task(database.write(noting(number))) for number in range(5)]
            await asyncio.sleep(0)
            writing[0].cancel()
            writing[2].cancel()
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(*writing, return_exceptions=True)
        assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [
            True,
            False,
            True,
            False,
            False,
        ]
        assert await database.read(numbers) == [1, 3, 4]

    async def test_also_while_its_group_runs(self, database: Database) -> None:
        running, release = threading.Event(), threading.Event()

        def slow(session: Session) -> None:
            running.set()
            assert release.wait(10)
            note(session, 1)

        async with Held(database):
            writing = [asyncio.create_task(database.write(function)) for function in (slow, noting(2), noting(3))]
            await asyncio.sleep(0)
        assert await asyncio.to_thread(running.wait, 10)
        writing[1].cancel()
        await asyncio.sleep(0)
        release.set()
        outcomes = await asyncio.gather(*writing, return_exceptions=True)
        assert isinstance(outcomes[1], asyncio.CancelledError)
        assert await database.read(numbers) == [1, 3]


class TestLocks:
    """Groups that want the same rows get them."""

    async def test_two_groups_that_deadlock_both_happen(self, postgresql_url: str) -> None:
        database, other = Database(postgresql_url, pool=1), Database(postgresql_url, pool=1)
        database.create_tables(Base.metadata)
        await database.start()
        await other.start()
        await database.write(lambda session: session.add_all([Note(id=1), Note(id=2)]))
        meet = threading.Barrier(2)

        def append(session: Session, number: int, letter: str) -> None:
            session.execute(
                text("UPDATE group_notes SET text = text || :letter WHERE id = :id"), {"letter": letter, "id": number}
            )

        def first(session: Session, number: int, letter: str) -> None:
            append(session, number, letter)
            with suppress(threading.BrokenBarrierError):  # those that run again are alone
                meet.wait(2)

        async with Held(database), Held(other):
            writing = [
                asyncio.create_task(database.write(partial(first, number=1, letter="a"))),
                asyncio.create_task(database.write(partial(append, number=2, letter="a"))),
                asyncio.create_task(other.write(partial(first, number=2, letter="b"))),
                asyncio.create_task(other.write(partial(append, number=1, letter="b"))),
            ]
            await asyncio.sleep(0)
        await asyncio.gather(*writing)
        texts = await database.read(lambda session: session.scalars(select(Note.text)).all())
        assert [sorted(each) for each in texts] == [["a", "b"], ["a", "b"]]
        await other.close()
        await database.close()

    async def test_a_locked_file_fails_each_within_its_limit_and_nothing_is_left(self, sqlite_url: str) -> None:
        database = Database(sqlite_url, busy_limit=0.3)
        database.create_tables(Base.metadata)
        await database.start()
        other = create_engine(sqlite_url, isolation_level="AUTOCOMMIT")
        with other.connect() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            outcomes = await together(database, noting(1), noting(2), noting(3))
            assert all(isinstance(outcome, DatabaseError) for outcome in outcomes)
            connection.execute(text("ROLLBACK"))
        await database.write(noting(4))
        assert await database.read(numbers) == [4]
        await database.close()
        other.dispose()
