"""The application's database: one object for the process, and its migrations."""

import asyncio
import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool

from core.config import BACKEND, settings
from trunkline import ConfigurationError, DatabaseError
from trunkline.sql import Database

MIGRATION_LOCK_SECONDS = 60.0
_ADVISORY_LOCK = 0x7472756E  # any number that nothing else on this database takes
_PAUSE_SECONDS = 0.1
_CONNECTION_LIMITS = {  # a migration's statements may take long, a connection whose packets vanish may not
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 2,
    "tcp_user_timeout": 12_000,
}

database = Database(settings.database_url, outbox_limit=settings.outbox_limit)


async def get_database() -> Database:
    """Return the process's database; a dependency of the routes."""
    return database


async def startup() -> None:
    """Bring the tables up to date, where this process may, and start the database.

    Raises:
        ConfigurationError: in production without AUTO_MIGRATE, the tables are not those of this code.
        DatabaseError: another process has been migrating for longer than a minute.
    """
    if settings.environment != "production" or settings.auto_migrate:
        await asyncio.to_thread(migrate)
    else:
        await asyncio.to_thread(check_migrated)
    await database.start()


async def shutdown() -> None:
    """Finish what runs, and close."""
    await database.close()


def migrate(database_url: str = settings.database_url) -> None:
    """Bring the tables to the newest version; of several processes that start at once, one does and the others wait.

    Raises:
        DatabaseError: another process has held the lock for longer than a minute.
    """
    with _connection(database_url) as connection, _one_at_a_time(connection):
        configuration = alembic_config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")


def check_migrated(database_url: str = settings.database_url) -> None:
    """Say whether the tables are those of this code.

    Raises:
        ConfigurationError: they are older or newer.
    """
    with _connection(database_url) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if current != wanted:
        raise ConfigurationError(
            f"the database is at revision {current}, this code needs {wanted}: run `python manage.py migrate`"
        )


def alembic_config() -> Config:
    """Return Alembic's configuration, wherever the process was started."""
    return Config(BACKEND / "alembic.ini")


@contextmanager
def _connection(database_url: str) -> Iterator[Connection]:
    """Open one connection of its own; a SQLite file's folder is made."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    limits = _CONNECTION_LIMITS if url.get_backend_name() == "postgresql" else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=limits)
    if engine.dialect.name == "sqlite":
        _make_ddl_transactional(engine)
    with engine.connect() as connection:
        yield connection


def _make_ddl_transactional(engine: Engine) -> None:
    """Begin transactions ourselves: the driver commits before DDL, and a crash would leave half a version."""

    @event.listens_for(engine, "connect")
    def manual(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _one_at_a_time(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "sqlite":
        with open(f"{connection.engine.url.database}.migrating", "w") as file:
            _wait_for(lambda: _locked(file.fileno()))
            yield
        return
    take, free = (text(f"SELECT pg_{verb}(:key)") for verb in ("try_advisory_lock", "advisory_unlock"))
    _wait_for(lambda: bool(connection.scalar(take, {"key": _ADVISORY_LOCK})))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(free, {"key": _ADVISORY_LOCK})
        connection.commit()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(lock: Callable[[], bool]) -> None:
    limit = time.monotonic() + MIGRATION_LOCK_SECONDS
    while not lock():
        if time.monotonic() > limit:
            raise DatabaseError(f"another process has been migrating for {MIGRATION_LOCK_SECONDS:.0f} s")
        time.sleep(_PAUSE_SECONDS)
