"""The server fixtures come from the plugin `trunkline.testing`, as they do for its users."""

import sqlite3
import subprocess

from hypothesis import settings

from trunkline.testing import PostgresqlMissing
from trunkline.testing.postgresql_programs import find_programs

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


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
