"""Users with an `AsyncSession` of their own write into the same outbox and inbox."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from trunkline import Event
from trunkline.sql import Database, inbox, outbox

asynchronous: Any = pytest.importorskip(
    "sqlalchemy.ext.asyncio", reason="sqlalchemy[asyncio] is not installed (greenlet is missing)", exc_type=ImportError
)


@pytest_asyncio.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    opened = Database(postgresql_url)
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def session(postgresql_url: str, database: Database) -> AsyncIterator[Any]:
    engine = asynchronous.create_async_engine(postgresql_url)
    async with asynchronous.AsyncSession(engine) as opened:
        yield opened
    await engine.dispose()


def event() -> Event:
    return Event.create("project.1.created", {}, id="one")


class TestAsyncSession:
    """The same functions, awaited."""

    async def test_what_is_awaited_is_part_of_the_transaction_and_told(self, database: Database, session: Any) -> None:
        told: list[int] = []
        database.on_commit(lambda: told.append(1))
        await outbox.add(session, event())
        assert await inbox.mark(session, "handler", "event")
        assert not await inbox.mark(session, "handler", "event")
        assert await outbox.waiting(session) == 1
        assert await database.read(outbox.waiting) == 0
        await session.commit()
        assert told == [1]
        assert await database.read(outbox.waiting) == 1
        found = await outbox.receipt(session, event_id="one")
        assert found is not None
        assert found.guarantee == "queued"

    async def test_a_forgotten_await_cannot_be_committed(self, database: Database, session: Any) -> None:
        outbox.add(session, event())
        with pytest.raises(RuntimeError, match="must be awaited"):
            await session.commit()
        await session.rollback()
        await outbox.add(session, event())
        await session.commit()
        assert await database.read(outbox.waiting) == 1
