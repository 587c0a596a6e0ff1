"""Databases: SQLite, and PostgreSQL. The servers come from the plugin `trunkline.testing`, as for its users."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from trunkline.sql import Database
from trunkline.testing import PostgresqlServer


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database."""
    name = f"test_{uuid4().hex}"
    yield postgresql_server.create_database(name)
    postgresql_server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a SQLite database that is not there yet."""
    return f"sqlite:///{tmp_path}/trunkline.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a started database with Trunkline's tables, of each kind."""
    async with _opened(database_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def one_database(sqlite_url: str) -> AsyncIterator[Database]:
    """Give a started SQLite database with Trunkline's tables, where the kind makes no difference."""
    async with _opened(sqlite_url) as opened:
        yield opened
