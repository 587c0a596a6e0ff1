"""Databases: SQLite, and PostgreSQL. The servers come from the plugin `trunkline.testing`, as for its users."""

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from trunkline.testing import PostgresqlMissing, PostgresqlServer
from trunkline.testing.postgresql_programs import find_programs

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


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


def pytest_report_header() -> str:
    """Say which databases the tests run on."""
    return f"databases: SQLite {sqlite3.sqlite_version}, {_postgresql()}"


def _postgresql() -> str:
    try:
        programs = find_programs()
    except PostgresqlMissing as missing:
        return f"no PostgreSQL: {missing}"
    asked = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, timeout=30)
    return f"{asked.stdout.strip()} from {programs}"
