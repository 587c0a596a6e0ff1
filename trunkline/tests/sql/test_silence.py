"""A database that says nothing: callers are told within the limits, and afterwards everything works as before."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from trunkline import Connection, DatabaseError, Event, Guarantee, NATSService, NatsSettings, PublishError
from trunkline.sql import Database, outbox
from trunkline.sql.tables import outbox as rows
from trunkline.testing import PostgresqlServer, TcpProxy, TcpProxyFactory

BUSY_SECONDS = 2.0
SILENCE_SECONDS = 3.0
LIMIT = 60.0
AWHILE = 3600.0  # longer than any test


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline.sql.postgresql.SILENCE_SECONDS", SILENCE_SECONDS)


@pytest_asyncio.fixture
async def proxy(tcp_proxy_factory: TcpProxyFactory, postgresql_server: PostgresqlServer) -> TcpProxy:
    return await tcp_proxy_factory(postgresql_server.port)


@pytest_asyncio.fixture
async def behind(proxy: TcpProxy, postgresql_url: str, postgresql_server: PostgresqlServer) -> AsyncIterator[Database]:
    """Give a started database that is reached through the proxy."""
    url = postgresql_url.replace(f":{postgresql_server.port}/", f":{proxy.port}/")
    opened = Database(url, busy_limit=BUSY_SECONDS)
    await asyncio.to_thread(opened.create_tables)
    await opened.start()
    yield opened
    await opened.close()


async def hold(proxy: TcpProxy) -> None:
    """Let nothing more through on any connection, and end none."""
    proxy.delay = AWHILE


async def release(proxy: TcpProxy) -> None:
    """Take connections again; what was held is lost with its own."""
    await proxy.cut()
    proxy.restore()


def event(number: int) -> Event:
    return Event.create("order.placed", {"number": number}, id=str(number))


async def kept(database: Database) -> list[str]:
    return await database.read(lambda session: list(session.scalars(select(rows.c.event_id).order_by(rows.c.seq))))


def add(session: Session, number: int) -> None:
    outbox.add(session, event(number))


class TestHeldConnections:
    """Connections stay open, and nothing passes."""

    async def test_every_caller_is_told_and_afterwards_each_event_is_there_once(
        self, behind: Database, proxy: TcpProxy
    ) -> None:
        await hold(proxy)
        async with asyncio.timeout(LIMIT):
            answers = await asyncio.gather(
                *(behind.write(partial(add, number=number)) for number in range(100)),
                behind.read(outbox.waiting),
                return_exceptions=True,
            )
        assert {type(answer) for answer in answers} <= {DatabaseError, *DatabaseError.__subclasses__()}
        await release(proxy)
        async with asyncio.timeout(LIMIT):
            for number in range(100):
                await behind.write(partial(add, number=number))
        assert await kept(behind) == [str(number) for number in range(100)]

    async def test_a_commit_that_is_not_answered_has_an_unknown_outcome_and_no_second_effect(
        self, behind: Database, proxy: TcpProxy
    ) -> None:
        loop = asyncio.get_running_loop()

        def add_and_hold(session: Session) -> None:
            add(session, 1)
            session.flush()
            asyncio.run_coroutine_threadsafe(hold(proxy), loop).result(LIMIT)

        async with asyncio.timeout(LIMIT):
            with pytest.raises(DatabaseError, match="outcome is unknown"):
                await behind.write(add_and_hold)
        await release(proxy)
        await behind.write(partial(add, number=1))
        assert await kept(behind) == ["1"]

    async def test_a_publish_without_server_and_database_is_an_error_within_the_limits(
        self, behind: Database, proxy: TcpProxy
    ) -> None:
        service = NATSService(Connection(NatsSettings(url="nats://127.0.0.1:1")), database=behind)
        await hold(proxy)
        async with asyncio.timeout(LIMIT):
            with pytest.raises(PublishError, match="does not answer"):
                await service.publish_event("order.placed", {}, persistent=True, event_id="7")
        await release(proxy)
        receipt = await service.publish_event("order.placed", {}, persistent=True, event_id="7")
        assert receipt.guarantee is Guarantee.QUEUED
        assert await kept(behind) == ["7"]
        await service.stop()


class TestFrozenServer:
    """The server's processes are stopped; the kernel keeps answering for them."""

    @pytest.fixture
    def own_server(self) -> Iterator[PostgresqlServer]:
        """Give a server that a test may freeze."""
        server = PostgresqlServer()
        server.start()
        yield server
        server.stop()

    async def test_callers_are_told_and_the_server_is_used_again_when_it_runs_on(
        self, postgresql_server: PostgresqlServer, own_server: PostgresqlServer
    ) -> None:
        database = Database(own_server.create_database("frozen"), busy_limit=BUSY_SECONDS)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        await database.write(partial(add, number=0))
        processes = await asyncio.to_thread(family, own_server)
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(LIMIT):
                for _ in range(2):  # on a connection that was open, and on one that is to be opened
                    with pytest.raises(DatabaseError, match="does not answer"):
                        await database.write(partial(add, number=1))
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)
        async with asyncio.timeout(LIMIT):
            await database.write(partial(add, number=1))
        assert await kept(database) == ["0", "1"]
        await database.close()


def family(server: PostgresqlServer) -> list[int]:
    """Return the processes of the server."""
    assert server.pid is not None
    found = [server.pid]
    for pid in found:
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            found += [int(child) for child in children.read().split()]
    return found


class TestSessions:
    """The server itself stops what takes too long."""

    async def test_a_statement_is_stopped_and_said_to_be(
        self, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trunkline.sql.postgresql.STATEMENT_SECONDS", 0.5)
        database = Database(postgresql_url)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        with pytest.raises(DatabaseError, match="stopped the transaction"):
            await database.write(lambda session: session.execute(text("SELECT pg_sleep(60)")))
        await database.close()

    async def test_a_session_whose_client_is_gone_gives_its_locks_up(
        self, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trunkline.sql.postgresql.IDLE_SECONDS", 0.5)
        database = Database(postgresql_url)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        let_go, locked = threading.Event(), threading.Event()

        def lock_and_sit(session: Session) -> None:
            session.execute(text("LOCK TABLE trunkline_outbox"))
            locked.set()
            let_go.wait(LIMIT)

        sitting = asyncio.create_task(database.write(lock_and_sit))
        assert await asyncio.to_thread(locked.wait, LIMIT)
        await database.write(partial(add, number=1))
        let_go.set()
        await asyncio.gather(sitting, return_exceptions=True)
        assert await kept(database) == ["1"]
        await database.close()


class TestStuckThreads:
    """A function that never ends keeps its thread, and nobody else's turn."""

    async def test_another_thread_takes_the_place_and_the_stuck_one_ends_when_it_is_free(
        self, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trunkline.sql.database.RUN_SECONDS", 0.5)
        database = Database(postgresql_url, busy_limit=1.0, pool=2, together=1)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        let_go = threading.Event()

        def stick(session: Session) -> None:
            let_go.wait(LIMIT)

        before = threads()
        for _ in range(2):
            with pytest.raises(DatabaseError, match="outcome is unknown"):
                await database.write(stick)
            with pytest.raises(DatabaseError, match="outcome is unknown"):
                await database.write(stick)
            await asyncio.sleep(0)
        assert threads() == before + 2
        with pytest.raises(DatabaseError, match="could not begin"):
            await database.write(partial(add, number=1))
        let_go.set()
        async with asyncio.timeout(LIMIT):
            while threads() != before:
                await asyncio.sleep(0.05)
        await asyncio.gather(*(database.write(partial(add, number=number)) for number in range(1, 20)))
        assert await database.read(lambda session: session.scalar(select(func.count()).select_from(rows))) == 19
        await database.close()


def threads() -> int:
    return sum(thread.name.startswith("trunkline-write") for thread in threading.enumerate())
