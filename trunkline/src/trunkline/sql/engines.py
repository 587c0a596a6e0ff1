"""Engines: how a connection to each database behaves.

SQLite: write-ahead log, so that readers do not wait for the writer; ``synchronous=FULL``, since with NORMAL a power
failure takes back what was acknowledged; and ``BEGIN IMMEDIATE`` where something is written, because a transaction that
begins by reading and then writes fails at once when another has written in between, however long it is told to wait.
PostgreSQL: limits for locks, statements and silence (postgresql.py); readers get one snapshot for the whole function,
as SQLite's do.
"""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from trunkline.errors import ConfigurationError

_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}
_PAUSE_SECONDS = 0.05
_CACHE_KIB = 32_000  # SQLite's own 2,000 hold less than the indexes that a batch of the relay touches
_CHECKPOINT_PAGES = 4000  # 16 MB of write-ahead log; at SQLite's own 1,000 a page is copied back several times as often


def read_url(url: str | URL) -> URL:
    """Read a database URL: ``sqlite:///path`` or ``postgresql+psycopg://...`` (also without ``+psycopg``).

    Raises:
        ConfigurationError: it is malformed, names another database, or a SQLite database without a file.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "the database URL cannot be read; it is not shown, as it may hold a password"
        ) from None
    if parsed.drivername in _POSTGRESQL:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise ConfigurationError(f"database {parsed.drivername!r} is not supported; use sqlite or postgresql+psycopg")
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError("a SQLite database needs a file (sqlite:///path): several connections share it")
    return parsed


def make_folder(url: URL) -> None:
    """Make the folder of a SQLite file."""
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).absolute().parent.mkdir(parents=True, exist_ok=True)


def writing_engine(url: URL, *, busy_limit: float, connections: int) -> Engine:
    """Return the engine for what writes; `busy_limit` is in seconds."""
    engine = _engine(url, busy_limit, connections)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _prepare_sqlite(connection, busy_limit, read_only=False))
        event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(url: URL, *, busy_limit: float, connections: int) -> Engine:
    """Return the engine for what only reads: a write through it fails."""
    engine = _engine(url, busy_limit, connections)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _prepare_sqlite(connection, busy_limit, read_only=True))
        event.listen(engine, "begin", _begin)
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _engine(url: URL, busy_limit: float, connections: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _pooled(url, busy_limit, connections, {"timeout": busy_limit, "check_same_thread": False})
    from trunkline.sql import postgresql  # only where its driver is

    engine = _pooled(url, busy_limit, connections, postgresql.connect_arguments(url, busy_limit))
    postgresql.limit_connections(engine, busy_limit)
    return engine


def _pooled(url: URL, busy_limit: float, connections: int, arguments: dict[str, object]) -> Engine:
    return create_engine(
        url,
        connect_args=arguments,
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=busy_limit,
        hide_parameters=True,  # errors end up in logs and dead letters
    )


def _prepare_sqlite(connection: DBAPIConnection, busy_limit: float, *, read_only: bool) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {round(busy_limit * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    _write_ahead(connection, busy_limit)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")


def _write_ahead(connection: sqlite3.Connection, busy_limit: float) -> None:
    """Change to the write-ahead log; the change itself does not wait for other processes, so it is tried again."""
    limit = time.monotonic() + busy_limit
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > limit:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
