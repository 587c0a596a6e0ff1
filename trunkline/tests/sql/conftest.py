"""A database of each kind, with Trunkline's tables."""

from collections.abc import AsyncIterator

import pytest_asyncio

from trunkline.sql import Database


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a started database with Trunkline's tables, of each kind."""
    opened = Database(database_url)
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()
