"""Remembering, beside the outbox, at which servers JetStream was seen.

A server that had it and has it no more is broken, not one of those that never had it: events wait for it.
"""

from typing import TYPE_CHECKING

import structlog

from trunkline.connection import Connection
from trunkline.errors import DatabaseError
from trunkline.jetstream import JetStreamState

if TYPE_CHECKING:
    from trunkline.records import Records

log = structlog.get_logger(__name__)


class Memory:
    """What is remembered of the server that a connection is to; each server is looked up, and written down, once."""

    def __init__(self, connection: Connection, records: "Records") -> None:
        self._connection = connection
        self._records = records
        self._recalled: str | None = None
        self._written: str | None = None

    async def had_jetstream(self) -> bool:
        """Look up whether JetStream was there in an earlier run; raises `DatabaseError`."""
        key = self._connection.key
        if key is None:
            return False
        if key != self._recalled:
            self._connection.remembered = await self._records.had_jetstream(key)
            self._recalled = key
        return self._connection.remembered

    async def look(self) -> None:
        """Remember JetStream if the server has it; for `Connection.on_connected`."""
        if self._connection.known_jetstream() is JetStreamState.YES:
            await self.jetstream_seen()

    async def jetstream_seen(self) -> None:
        """Remember that the server has JetStream; a database that does not take it is tried again next time."""
        key = self._connection.key
        if key is None or key == self._written:
            return
        try:
            await self._records.remember_jetstream(key)
        except DatabaseError as error:
            log.warning("could not remember that this server has JetStream", error=str(error))
            return
        self._written = key
