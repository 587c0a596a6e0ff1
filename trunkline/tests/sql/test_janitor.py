"""The janitor: a stream that is full of what everybody has read takes events again, and nothing unread goes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from pydantic import SecretStr
from structlog.testing import capture_logs

from trunkline import Connection, Guarantee, Message, NATSService, NatsSettings, Stream
from trunkline.purging import HIGH, filling_of
from trunkline.server import NatsServer
from trunkline.sql import Database, janitor, leases, outbox
from trunkline.sql.janitor import Janitor

PROCESS = Path(__file__).with_name("programs") / "janitor_process.py"
LIMIT_BYTES = 64 << 10
BODY = b"x" * 900  # 68 messages fill the stream
LIMIT = 60.0
ROUNDS = 8
STREAM = Stream("A", ("a.>",), max_bytes=LIMIT_BYTES)


@pytest_asyncio.fixture
async def client(nats_server: NatsServer) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_server.url)
    yield connected
    await connected.close()


class World:
    """A declared stream, its janitor, and what a test does to the stream by hand."""

    def __init__(self, client: Client, connection: Connection, janitor: Janitor) -> None:
        self.js = client.jetstream()
        self.connection = connection
        self.janitor = janitor

    async def fill(self, number: int = 64, subject: str = "a.often") -> None:
        await asyncio.gather(*(self.js.publish(subject, BODY, timeout=LIMIT) for _ in range(number)))

    async def first(self) -> int:
        return (await self.js.stream_info("A")).state.first_seq

    async def bytes(self) -> int:
        return (await self.js.stream_info("A")).state.bytes

    async def read(self, durable: str, *, subject: str = "a.>", but: int | None = None) -> None:
        """Read all that there is as a durable consumer, and acknowledge it, except for one."""
        reading = await self.js.pull_subscribe(subject, durable, stream="A", config=ConsumerConfig(ack_wait=60))
        while pending := (await reading.consumer_info()).num_pending:
            messages = await reading.fetch(pending, timeout=LIMIT)
            await asyncio.gather(*(m.ack_sync(LIMIT) for m in messages if m.metadata.sequence.stream != but))

    async def rounds(self, number: int = ROUNDS) -> None:
        """Let the janitor make so many rounds."""
        for _ in range(number):
            self.janitor._next_round = 0.0
            await self.janitor._look()


OpenWorld = Callable[..., Awaitable[World]]


@pytest_asyncio.fixture
async def open_world(nats_server: NatsServer, client: Client, one_database: Database) -> AsyncIterator[OpenWorld]:
    """Open the world with a stream declared as the arguments say."""
    connections: list[Connection] = []

    async def opened(**declared: Any) -> World:
        settings = NatsSettings(url=SecretStr(nats_server.url))
        connection = Connection(settings, streams=[replace(STREAM, **declared)])
        connections.append(connection)
        await connection.start()
        await connection.wait_connected(LIMIT)
        return World(client, connection, Janitor(one_database, connection))

    yield opened
    for connection in connections:
        await connection.close()


class TestWhatGoes:
    """What every durable consumer has acknowledged goes, and no more of it than makes room."""

    async def test_a_stream_full_of_what_was_read_has_room_again_and_keeps_its_newest(
        self, open_world: OpenWorld
    ) -> None:
        world = await open_world()
        await world.fill()
        await world.read("keen")
        await world.rounds()
        assert 0.5 * LIMIT_BYTES < await world.bytes() <= 0.65 * LIMIT_BYTES
        assert world.janitor.purged == await world.first() - 1

    async def test_a_stream_below_four_fifths_is_left_alone(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.fill(40)
        await world.read("keen")
        await world.rounds()
        assert await world.first() == 1

    async def test_the_slowest_reader_decides_and_what_it_has_not_acknowledged_stays(
        self, open_world: OpenWorld
    ) -> None:
        world = await open_world()
        await world.fill()
        await world.read("keen")
        await world.read("slow", but=3)
        with capture_logs() as logs:
            await world.rounds()
        assert await world.first() == 3
        stuck = [entry for entry in logs if entry["event"] == "stream fills up, and nothing of it may go"]
        assert [entry["reason"] for entry in stuck] == ["durable handler slow has yet to read it"]

    async def test_a_reader_of_a_quiet_subject_holds_nothing_up(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.fill(1, "a.seldom")
        await world.fill()
        await world.read("keen")
        await world.read("quiet", subject="a.seldom")
        await world.rounds()
        assert await world.bytes() <= 0.65 * LIMIT_BYTES

    async def test_an_unread_event_of_a_quiet_subject_stays(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.fill(5)
        await world.read("quiet", subject="a.seldom")
        await world.fill(1, "a.seldom")
        await world.fill(58)
        await world.read("keen")
        await world.rounds()
        assert await world.first() == 6

    async def test_a_reader_that_has_just_vanished_still_counts(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.fill()
        await world.read("keen")
        await world.read("slow", but=3)
        await world.rounds(1)
        await world.js.delete_consumer("A", "slow")
        await world.rounds()
        assert await world.first() == 3

    async def test_the_first_round_only_looks(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.fill()
        await world.read("keen")
        await world.rounds(1)
        assert await world.first() == 1


class TestWhatStays:
    """A stream that no durable reads goes by its age alone, unless it was declared as rolling."""

    async def test_readers_that_acknowledge_nothing_free_nothing(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.js.subscribe("a.>", stream="A")  # an ephemeral consumer, which acknowledges
        await world.js.add_consumer("A", ConsumerConfig(durable_name="deaf", ack_policy=AckPolicy.NONE))
        await world.fill()
        await world.rounds()
        assert await world.first() == 1

    async def test_nor_do_they_hold_anything_up(self, open_world: OpenWorld) -> None:
        world = await open_world()
        await world.js.add_consumer("A", ConsumerConfig(durable_name="deaf", ack_policy=AckPolicy.NONE))
        await world.fill()
        await world.read("keen")
        await world.rounds()
        assert await world.bytes() <= 0.65 * LIMIT_BYTES

    async def test_a_rolling_stream_lets_its_oldest_go(self, open_world: OpenWorld) -> None:
        world = await open_world(rolling=True)
        await world.fill()
        await world.rounds()
        assert 0.5 * LIMIT_BYTES < await world.bytes() <= 0.65 * LIMIT_BYTES

    async def test_a_rolling_stream_waits_for_a_durable_that_reads_it(self, open_world: OpenWorld) -> None:
        world = await open_world(rolling=True)
        await world.fill()
        await world.read("slow", but=3)
        await world.rounds()
        assert await world.first() == 3

    async def test_an_operators_stream_is_not_ours_to_purge(self, open_world: OpenWorld, client: Client) -> None:
        await client.jetstream().add_stream(name="A", subjects=["a.>"], max_bytes=LIMIT_BYTES)
        world = await open_world()
        await world.fill()
        await world.read("keen")
        await world.rounds()
        assert await world.first() == 1


class TestInAService:
    """`NATSService` runs it: a stream that refused events takes them again, and each of them acts once."""

    async def test_a_full_stream_accepts_events_again(self, nats_server: NatsServer, one_database: Database) -> None:
        settings = NatsSettings(url=SecretStr(nats_server.url), janitor_interval=0.2, publish_timeout=2)
        service = NATSService(Connection(settings), database=one_database, streams=[STREAM])
        done: list[int] = []
        let_go = asyncio.Event()

        async def handle(subject: str, data: dict[str, Any], msg: Message) -> None:
            await let_go.wait()
            await msg.commit(lambda session: done.append(data["number"]))

        await service.start()
        await service.connection.wait_connected(LIMIT)
        await service.subscribe_to_events("a.>", handle, durable="keen")
        receipts = [
            await service.publish_event("a.b", {"number": number, "body": "x" * 900}, persistent=True)
            for number in range(80)
        ]
        assert {receipt.guarantee for receipt in receipts} == {Guarantee.STORED, Guarantee.QUEUED}
        let_go.set()
        async with asyncio.timeout(LIMIT):
            while len(done) < 80 or (await one_database.read(outbox.waiting)) > 0:
                await asyncio.sleep(0.05)
        assert sorted(done) == list(range(80))
        assert (await service.health()).purged > 0
        await service.stop()


class TestPrompted:
    """A stream that refuses an event is looked after at once, however long the interval."""

    @pytest.mark.parametrize("processes", [1, 2])
    async def test_a_publish_that_finds_the_stream_full_has_it_purged_also_where_another_process_is_the_janitor(
        self, nats_server: NatsServer, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, processes: int
    ) -> None:
        monkeypatch.setattr(janitor, "PROMPTED_SECONDS", 0.3)
        settings = NatsSettings(url=SecretStr(nats_server.url), janitor_interval=3600, publish_timeout=2)
        services: list[NATSService] = []
        for _ in range(processes):
            database = Database(sqlite_url)
            await asyncio.to_thread(database.create_tables)
            services.append(NATSService(Connection(settings), database=database, streams=[STREAM]))
            await services[-1].start()
            await services[-1].connection.wait_connected(LIMIT)
            async with asyncio.timeout(LIMIT):
                while services[0]._janitor is None or services[0]._janitor.lease is None:
                    await asyncio.sleep(0.02)
        owner, publishing = services[0], services[-1]
        done: set[int] = set()

        async def handle(subject: str, data: dict[str, Any], msg: Message) -> None:
            done.add(data["number"])

        await owner.subscribe_to_events("a.>", handle, durable="keen")
        for number in range(100):
            await publishing.publish_event("a.b", {"number": number, "body": "x" * 900}, persistent=True)
        async with asyncio.timeout(LIMIT):
            while len(done) < 100:
                await asyncio.sleep(0.05)
        assert (await owner.health()).purged > 0
        for service in reversed(services):
            await service.stop()


class TestOneOwner:
    """Of the processes that share a database one acts, and when it dies another does."""

    async def test_one_of_two_processes_purges_and_the_other_takes_over(
        self, database: Database, database_url: str, nats_server: NatsServer, client: Client
    ) -> None:
        settings = NatsSettings(url=SecretStr(nats_server.url))
        world = World(client, connection := Connection(settings, streams=[STREAM]), Janitor(database, connection))
        await connection.start()
        await connection.wait_connected(LIMIT)
        first, other = [await started(database_url, nats_server.url) for _ in range(2)]
        try:
            owner = await either(first, other, "owns")
            standing_by = other if owner is first else first
            await world.fill()
            await world.read("keen")
            await said(owner, "purged")
            while await world.bytes() > HIGH * LIMIT_BYTES:
                await asyncio.sleep(0.05)
            owner.kill()
            await said(standing_by, "owns", first=True)
            await world.fill(25)
            await world.read("keen")
            await said(standing_by, "purged")
        finally:
            for process in (first, other):
                if process.returncode is None:
                    process.kill()
                await process.communicate()
            await connection.close()

    async def test_one_that_was_replaced_purges_nothing_more(
        self, open_world: OpenWorld, one_database: Database
    ) -> None:
        world = await open_world()
        await world.fill()
        await world.read("keen")
        await world.rounds(1)
        lease = world.janitor.lease
        assert lease is not None
        await one_database.write(partial(leases.release, lease=lease))
        other = Janitor(one_database, world.connection)
        await other._look()
        assert other.lease is not None
        filling = await filling_of(world.connection.nc, "A")
        assert filling is not None
        assert not await world.janitor._make_room(world.connection.streams[0], filling)
        assert await world.first() == 1


async def started(database_url: str, nats_url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), database_url, nats_url, stdout=asyncio.subprocess.PIPE
    )


async def said(process: asyncio.subprocess.Process, word: str, *, first: bool = False) -> None:
    """Wait until the process says the word; as the `first` that it says, if it must not have said anything before."""
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT):
        while not (line := await process.stdout.readline()).startswith(word.encode()):
            assert line, "the process has ended"
            assert not first, line


async def either(
    first: asyncio.subprocess.Process, other: asyncio.subprocess.Process, word: str
) -> asyncio.subprocess.Process:
    """Return the one that says the word."""
    waiting = {asyncio.create_task(said(process, word)): process for process in (first, other)}
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return waiting[done.pop()]
