"""A database whose transactions are functions.

``await database.write(function)`` runs a plain function of a `Session` in a thread, begins before it and commits after
it. The function cannot await anything, so no lock is held while a model thinks or a network answers. SQLite has one
writing thread, as it takes one writer at a time; PostgreSQL has as many as its pool has connections. Readers have
threads and connections of their own and never wait for a writer.

Transactions that wait for a thread at the same time share one commit (groups.py), and are still each its own: what one
raises, or is handed back, is no other's.

A function may run more than once: when the database was unreachable, or chose it as the victim of a deadlock, or when
another that shared its commit failed. So it does nothing but work with its session, and whatever else is to follow
happens after `write` has returned. What it sets by SQL for the rest of its transaction (``SET LOCAL``) holds for those
that share it.
"""

import uuid
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TypeVar

from sqlalchemy import URL, Engine, MetaData, select, text
from sqlalchemy import inspect as inspect_tables
from sqlalchemy.orm import Session

from trunkline.errors import ConfigurationError, DatabaseError
from trunkline.sql import open_databases, tables
from trunkline.sql.dialects import insert
from trunkline.sql.engines import make_folder, read_url, reading_engine, writing_engine
from trunkline.sql.functions import refuse_coroutine_function
from trunkline.sql.last_added import LastAdded
from trunkline.sql.transactions import Transactions
from trunkline.sql.workers import Do, Workers

T = TypeVar("T")

WAITING_TRANSACTIONS = 1024
"""Transactions that may wait for, and be in, the writing threads; more wait outside, within the busy limit."""
RUN_SECONDS = 60.0
"""Until the caller of a function that has begun is told that its outcome is unknown, and its thread is replaced."""
CLOSE_SECONDS = 10.0

_CREATE_LOCK = 0x74726B6C  # an advisory lock that nothing else takes


class Database:
    """One database of the application, with Trunkline's tables in it.

    Args:
        url: ``sqlite:///path`` or ``postgresql+psycopg://user:password@host/name``, as text or as SQLAlchemy's `URL`.
        busy_limit: seconds that a transaction waits for its turn, and for locks of other processes.
        pool: connections for reading, and on PostgreSQL for writing.
        outbox_limit: events that may wait in the outbox.
        together: transactions that may share a commit; 1 gives each its own.

    On PostgreSQL a statement may take ten seconds, and a connection on which the server is silent for twelve is given
    up (postgresql.py): what takes longer belongs on an engine of its own.

    Nothing is opened before `start`, which binds the object to the running event loop; after `close` it can be started
    again.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        busy_limit: float = 5.0,
        pool: int = 4,
        outbox_limit: int = 100_000,
        together: int = 64,
    ) -> None:
        self._url = read_url(url)
        self._busy_limit = busy_limit
        self._pool = pool
        self._together = together
        self.outbox_limit = outbox_limit
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._writing = 1 if self._sqlite else pool
        self.engine: Engine = writing_engine(self._url, busy_limit=busy_limit, connections=self._writing)
        self._reader: Engine = reading_engine(self._url, busy_limit=busy_limit, connections=pool)
        self._writers: Workers | None = None
        self._readers: Workers | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._lock = Lock()
        self.last_added = LastAdded()
        """By key, the last event that this process put into the outbox."""
        self.id = ""
        """The identity that the database itself keeps; empty while it is not open here."""

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)!r})"

    async def start(self) -> None:
        """Open the database; Trunkline's tables must exist (by the application's migrations, or `create_tables`).

        Raises:
            DatabaseError: it cannot be reached, or stays locked, for longer than the busy limit.
            ConfigurationError: Trunkline's tables are missing.
        """
        if self._writers is not None:
            return
        make_folder(self._url)
        writing = Transactions(self.engine, self._busy_limit).together
        reading = Transactions(self._reader, self._busy_limit).apart
        self._writers = self._workers("trunkline-write", self._writing, writing, together=self._together)
        self._readers = self._workers("trunkline-read", self._pool, reading, together=1)
        try:
            self.id = await self.write(_identity)
        except BaseException:
            await self._stop()
            raise
        open_databases.opened(self.id, self)

    async def close(self) -> None:
        """Finish what was taken, within ten seconds, and close the connections."""
        if self._writers is None:
            return
        open_databases.closed(self.id, self)
        self.id = ""
        await self._stop()

    async def write(self, function: Callable[[Session], T]) -> T:
        """Run `function` as one transaction and return its result; what it raises rolls back and is raised here.

        Objects it returns stay readable, detached. A caller that is cancelled before the function began withdraws it;
        afterwards the transaction ends as it would have, and only then is the cancellation raised.

        Raises:
            DatabaseError: the database could not take the transaction within the busy limit, or is not started. Unless
                the message says that the outcome is unknown, nothing was written.
            TypeError: `function` is a coroutine function.
        """
        refuse_coroutine_function(function)
        return await _started(self._writers).run(function)

    async def read(self, function: Callable[[Session], T]) -> T:
        """Run `function` on one snapshot of the database and return its result; it cannot write.

        Raises:
            DatabaseError: as `write`.
            TypeError: `function` is a coroutine function.
        """
        refuse_coroutine_function(function)
        return await _started(self._readers).run(function)

    def create_tables(self, *metadata: MetaData) -> None:
        """Make Trunkline's tables and those of `metadata` where they are missing, for programs without Alembic.

        Blocks; several processes may call it at once.
        """
        make_folder(self._url)
        with self.engine.begin() as connection:
            if not self._sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATE_LOCK})
            for each in (tables.metadata, *metadata):
                each.create_all(connection)

    def on_commit(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback` called after each commit, in this process, that added events to the outbox.

        It is called in the thread that committed and must not block. Returns what removes it.
        """
        with self._lock:
            self._callbacks.append(callback)

        def remove() -> None:
            with self._lock:
                self._callbacks.remove(callback)

        return remove

    def committed(self, last: Mapping[str, str]) -> None:
        """Remember the last event of each key, and tell the callbacks of `on_commit`; called by the outbox."""
        self.last_added.note(last)
        with self._lock:
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    def _workers(self, name: str, threads: int, do: Do, *, together: int) -> Workers:
        return Workers(
            name,
            threads,
            do,
            together=together,
            capacity=WAITING_TRANSACTIONS,
            wait_limit=self._busy_limit,
            run_limit=RUN_SECONDS,
        )

    async def _stop(self) -> None:
        workers, self._writers, self._readers = (self._writers, self._readers), None, None
        for each in workers:
            if each is not None:
                await each.close(CLOSE_SECONDS)
        self.engine.dispose()
        self._reader.dispose()


def _identity(session: Session) -> str:
    if not inspect_tables(session.connection()).has_table(tables.database.name):
        raise ConfigurationError(
            "Trunkline's tables are not in the database: run the migrations, or Database.create_tables()"
        )
    row = insert(session, tables.database).values(only=1, id=str(uuid.uuid4())).on_conflict_do_nothing()
    session.execute(row)
    return str(session.execute(select(tables.database.c.id)).scalar_one())


def _started(workers: Workers | None) -> Workers:
    if workers is None:
        raise DatabaseError("the database is not open: await database.start() first")
    return workers
