"""The inbox: an event acts once for each handler."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from trunkline.sql import Database, inbox


class TestMark:
    """A mark is set once, and stands or falls with the transaction of the effects."""

    async def test_the_second_time_it_says_no(self, database: Database) -> None:
        assert await database.write(lambda session: inbox.mark(session, "handler", "event"))
        assert not await database.write(lambda session: inbox.mark(session, "handler", "event"))
        assert await database.read(lambda session: inbox.done(session, "handler", "event"))

    async def test_another_handler_has_marks_of_its_own(self, database: Database) -> None:
        await database.write(lambda session: inbox.mark(session, "one", "event"))
        assert not await database.read(lambda session: inbox.done(session, "other", "event"))
        assert await database.write(lambda session: inbox.mark(session, "other", "event"))

    async def test_effects_that_fail_leave_no_mark(self, database: Database) -> None:
        def effect(session: Session) -> None:
            assert inbox.mark(session, "handler", "event")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await database.write(effect)
        assert await database.write(lambda session: inbox.mark(session, "handler", "event"))

    async def test_of_two_at_once_one_waits_and_then_is_second(self, postgresql_url: str) -> None:
        database = Database(postgresql_url)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        marked, go_on = threading.Event(), threading.Event()

        def slow(session: Session) -> bool:
            first = inbox.mark(session, "handler", "event")
            marked.set()
            assert go_on.wait(10)
            return first

        first = asyncio.create_task(database.write(slow))
        assert await asyncio.to_thread(marked.wait, 10)
        second = asyncio.create_task(database.write(lambda session: inbox.mark(session, "handler", "event")))
        await asyncio.sleep(0.05)
        go_on.set()
        assert (await first, await second) == (True, False)
        await database.close()

    @pytest.mark.parametrize("id", ["x" * 5000, "nul\x00", "\ud800", "é" * 300])
    async def test_a_strangers_id_of_any_kind_is_kept(self, database: Database, id: str) -> None:
        assert await database.write(lambda session: inbox.mark(session, "handler", id))
        assert await database.read(lambda session: inbox.done(session, "handler", id))
        assert not await database.read(lambda session: inbox.done(session, "handler", id + "!"))


class TestPrune:
    """Old marks are forgotten, a bounded number at a time."""

    async def test_only_what_is_older_goes_and_no_more_than_the_limit(self, database: Database) -> None:
        for number in range(5):
            await database.write(partial(inbox.mark, handler="handler", event_id=str(number)))
        now = datetime.now(UTC)
        assert await database.write(lambda session: inbox.prune(session, now - timedelta(days=1))) == 0
        later = now + timedelta(seconds=1)
        assert await database.write(lambda session: inbox.prune(session, later, limit=3)) == 3
        assert await database.write(lambda session: inbox.prune(session, later, limit=3)) == 2
