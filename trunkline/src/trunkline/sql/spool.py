"""A spool: the outbox, inbox and dead letters of a program that has no database of its own, in a SQLite file."""

import asyncio
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from trunkline.errors import DatabaseError
from trunkline.sql.database import Database


class Spool(Database):
    """A database with nothing but Trunkline's tables, which it makes when it is started.

    ``NATSService(connection, database=Spool("events.db"))`` keeps in it what the stream does not take now, and the
    service's `start` opens it. Several processes of the machine may share the file; it belongs on a local disk.

    Args:
        path: the file; it is made, with its folder, when it is not there.
        outbox_limit: events that may wait in it.
    """

    def __init__(self, path: Path | str, *, outbox_limit: int = 100_000) -> None:
        self.path = Path(path).absolute()
        super().__init__(URL.create("sqlite", database=str(self.path)), outbox_limit=outbox_limit)

    async def start(self) -> None:
        """Open the file, and make what is missing.

        Raises:
            DatabaseError: the file cannot be opened or written, or stays locked.
        """
        if not self.id:
            await self._make_tables()
        await super().start()

    async def _make_tables(self) -> None:
        try:
            await asyncio.to_thread(self.create_tables)
        except OSError as error:
            raise DatabaseError(f"the spool {self.path} cannot be made: {error}") from error
        except DBAPIError as error:
            raise DatabaseError(f"the spool {self.path} cannot be used: {error.orig}") from error
