"""Backups: what happens when the database is older than the streams, and when the streams are older than the database.

docs/reliability.md tells operators what is shown here.
"""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import nats
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.orm import Session

from trunkline import Connection, Message, NATSService, NatsSettings, Stream
from trunkline.sql import Database, outbox
from trunkline.testing import Ledger, NatsServer, PostgresqlServer

TABLES = MetaData()
EFFECTS = Table("effects", TABLES, Column("id", Integer, primary_key=True), Column("number", Integer))
DURABLE = "counts"


def record(session: Session, number: int) -> None:
    session.execute(insert(EFFECTS).values(number=number))


async def handle(subject: str, data: dict[str, int], msg: Message) -> None:
    await msg.commit(lambda session: record(session, data["number"]))


@asynccontextmanager
async def running(kept: "Kept", server: NatsServer, *, handling: bool = True) -> AsyncIterator[NATSService]:
    database = Database(kept.url)
    database.create_tables(TABLES)
    await database.start()
    connection = Connection(NatsSettings.model_validate({"url": server.url}))
    service = NATSService(connection, database=database, streams=[Stream("EVENTS", ("events.>",))])
    await service.start()
    if handling:
        await service.subscribe_to_events("events.>", handle, durable=DURABLE)
    try:
        yield service
    finally:
        await service.stop()
        await database.close()


async def accept(service: NATSService, *numbers: int) -> None:
    """Add events, and wait until the stream has them."""
    assert service.database is not None
    for number in numbers:
        event = service.event("events.counted", {"number": number}, event_id=f"event-{number}")
        await service.database.write(lambda session, event=event: outbox.add(session, event))  # type: ignore[misc]
    async with asyncio.timeout(20):
        while await service.database.read(outbox.waiting):
            await asyncio.sleep(0.02)


async def effects(service: NATSService, number: int) -> list[int]:
    """Wait until there are so many effects; return what they are, in order."""
    assert service.database is not None
    found: list[int] = []
    async with asyncio.timeout(20):
        while len(found) < number:
            found = list(await service.database.read(lambda session: session.scalars(select(EFFECTS.c.number)).all()))
            await asyncio.sleep(0.02)
    return sorted(found)


class Kept(Protocol):
    """A database that is backed up, and restored, with its own means."""

    url: str

    def back_up(self) -> None: ...

    def restore(self) -> None: ...


class KeptSqlite:
    def __init__(self, folder: Path) -> None:
        self._file, self._backup = folder / "app.db", folder / "backup.db"
        self.url = f"sqlite:///{self._file}"

    def back_up(self) -> None:
        self._copy(self._file, self._backup)

    def restore(self) -> None:
        for name in ("", "-wal", "-shm"):
            Path(f"{self._file}{name}").unlink(missing_ok=True)
        self._copy(self._backup, self._file)

    def _copy(self, file: Path, to: Path) -> None:
        source, copy = sqlite3.connect(file), sqlite3.connect(to)
        source.backup(copy)
        source.close()
        copy.close()


class KeptPostgresql:
    def __init__(self, server: PostgresqlServer, folder: Path) -> None:
        self._server, self._backup = server, folder / "backup.sql"
        self.name = f"test_{uuid4().hex}"
        self.url = server.create_database(self.name)

    def back_up(self) -> None:
        self._run("pg_dump", "--file", str(self._backup))

    def restore(self) -> None:
        self._server.drop_database(self.name)
        self._server.create_database(self.name)
        self._run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(self._backup))

    def _run(self, program: str, *arguments: str) -> None:
        url = self.url.replace("+psycopg", "")
        command = [str(self._server.programs / program), "--dbname", url, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "sqlite":
        yield KeptSqlite(tmp_path)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    database = KeptPostgresql(server, tmp_path)
    yield database
    server.drop_database(database.name)


async def delete_durable(server: NatsServer) -> None:
    client = await nats.connect(server.url)
    await client.jetstream().delete_consumer("EVENTS", DURABLE)
    await client.close()


class TestDatabaseOlderThanStreams:
    """With the durables deleted before the start, what the database has forgotten is done again, and nothing twice."""

    async def test_effects_after_the_backup_come_back(self, nats_server: NatsServer, kept: Kept) -> None:
        async with running(kept, nats_server) as service:
            await accept(service, 1, 2, 3)
            await effects(service, 3)
            await asyncio.to_thread(kept.back_up)
            await accept(service, 4, 5, 6)
            await effects(service, 6)
        await asyncio.to_thread(kept.restore)
        await delete_durable(nats_server)
        async with running(kept, nats_server) as service:
            assert await effects(service, 6) == [1, 2, 3, 4, 5, 6]
            await accept(service, 7)
            assert await effects(service, 7) == [1, 2, 3, 4, 5, 6, 7]

    async def test_an_event_that_waited_at_the_backup_is_sent_again_and_acts_once(
        self, nats_server: NatsServer, kept: Kept, ledger: Ledger
    ) -> None:
        async with running(kept, nats_server) as service:
            await accept(service, 1)
            await effects(service, 1)
            nats_server.pause()
            assert service.database is not None
            event = service.event("events.counted", {"number": 2}, event_id="event-2")
            await service.database.write(lambda session: outbox.add(session, event))
            await asyncio.to_thread(kept.back_up)
            nats_server.resume()
            await effects(service, 2)
        await asyncio.to_thread(kept.restore)
        await delete_durable(nats_server)
        async with running(kept, nats_server) as service:
            await accept(service, 3)
            for number in (1, 2, 3):
                ledger.accept("", number)
            for number in await effects(service, 3):
                ledger.effect("", number)
            ledger.verify()


class TestStreamsOlderThanDatabase:
    """What was handled is not done again; what was stored and not yet handled is lost with the stream."""

    async def test_handled_events_act_once_and_new_ones_go_on(
        self, nats_server: NatsServer, kept: Kept, tmp_path: Path
    ) -> None:
        async with running(kept, nats_server) as service:
            await accept(service, 1, 2, 3)
            await effects(service, 3)
        await nats_server.stop()
        backup = Path(shutil.copytree(nats_server.store / "jetstream", tmp_path / "backup"))
        await nats_server.start()
        async with running(kept, nats_server) as service:
            await accept(service, 4, 5, 6)
            await effects(service, 6)
        async with running(kept, nats_server, handling=False) as service:
            await accept(service, 7)  # stored, and nobody handles it before the disaster
        await nats_server.stop()
        shutil.rmtree(nats_server.store / "jetstream")
        shutil.copytree(backup, nats_server.store / "jetstream")
        await nats_server.start()
        async with running(kept, nats_server) as service:
            await accept(service, 8, 9)
            assert await effects(service, 8) == [1, 2, 3, 4, 5, 6, 8, 9]
