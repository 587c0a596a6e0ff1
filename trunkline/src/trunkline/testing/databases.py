"""The line at the end of a test run that says which databases it ran on, also when pytest-xdist spread it out.

It is there when a test asked for PostgreSQL: one that was skipped must not pass for one that was run.
"""

import sqlite3
from typing import Any

import pytest

POSTGRESQL = pytest.StashKey[str]()
"""Which PostgreSQL the session's tests got."""
NOT_TESTED = "PostgreSQL is not tested"
"""How the reason of a skipped test begins."""

_OUTPUT = "trunkline_postgresql"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist: tell the process that writes the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = session.config.stash.get(POSTGRESQL, None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what a worker tells; one that crashed tells nothing."""
    found = getattr(node, "workeroutput", {}).get(_OUTPUT)
    if found is not None:
        node.config.stash[POSTGRESQL] = found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it."""
    used = config.stash.get(POSTGRESQL, None)
    skipped = sum(NOT_TESTED in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if used is None and not skipped:
        return
    postgresql = used or f"PostgreSQL: none found, {skipped} tests skipped"
    terminalreporter.write_line(f"databases: SQLite {sqlite3.sqlite_version}; {postgresql}")
