"""A database of each kind, with Trunkline's tables."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from trunkline.sql import Database
from trunkline.sql import clock as ringing


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a started database with Trunkline's tables, of each kind."""
    opened = Database(database_url)
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have clocks look often."""
    monkeypatch.setattr(ringing, "LOOK_SECONDS", 0.05)


@pytest_asyncio.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """Give a started SQLite database with Trunkline's tables."""
    opened = Database(sqlite_url)
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()
