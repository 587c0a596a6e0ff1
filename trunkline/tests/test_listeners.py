"""On a server without JetStream, what waits in the outbox meets the handlers, and not the gap before or after them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from trunkline import Connection, Message, NATSService, NatsSettings, Stream, ordered
from trunkline.server import NatsServer
from trunkline.sql import Database, leases, outbox
from trunkline.testing import NatsServerFactory

LIMIT = 30.0
HANDLERS = [f"handler-{number}" for number in range(8)]
STREAMS = (Stream("EVENTS", ("events.>",)),)


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/trunkline.db")
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()


class Listening:
    """A service with several durable handlers, each of which notes what it has had."""

    def __init__(self, url: str, database: Database) -> None:
        settings = NatsSettings(url=SecretStr(url), reconnect_max_wait=0.3, drain_timeout=5)
        self.service = NATSService(Connection(settings), database=database, streams=STREAMS)
        self.database = database
        self.had: list[tuple[str, int]] = []
        self.held = asyncio.Event()
        self.let_go = asyncio.Event()

    async def start(self) -> None:
        for name in HANDLERS:
            handler = partial(self.note, name)
            is_ordered = name == HANDLERS[0]
            await self.service.subscribe_to_events("events.made", handler, durable=name, ordered=is_ordered)
        await self.service.subscribe_to_events("events.held", self.hold, durable="holding")
        await self.service.start()

    async def note(self, name: str, subject: str, data: dict[str, Any], msg: Message) -> None:
        self.had.append((name, data["number"]))

    async def hold(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        self.held.set()
        await self.let_go.wait()

    async def put(self, subject: str, number: int = 0) -> None:
        event = self.service.event(subject, {"number": number})
        await self.database.write(lambda session: outbox.add(session, event))

    async def until_all_had(self, number: int) -> None:
        expected = sorted((name, number) for name in HANDLERS)
        async with asyncio.timeout(LIMIT):
            while sorted(self.had) != expected:
                await asyncio.sleep(0.05)


Make = Callable[[str], Listening]


@pytest_asyncio.fixture
async def make(database: Database) -> AsyncIterator[Make]:
    """Make such services; the test's end stops them."""
    made: list[Listening] = []

    def one(url: str) -> Listening:
        made.append(Listening(url, database))
        return made[-1]

    yield one
    for each in made:
        each.let_go.set()
        await each.service.stop()


class TestTheStart:
    async def test_what_waited_before_the_start_reaches_every_handler(
        self, core_nats_server: NatsServer, make: Make
    ) -> None:
        listening = make(core_nats_server.url)
        await listening.put("events.made", 1)
        await listening.start()
        await listening.until_all_had(1)

    async def test_what_waited_for_the_server_reaches_every_handler(
        self, nats_server_factory: NatsServerFactory, make: Make
    ) -> None:
        server = await nats_server_factory(jetstream=False)
        await server.stop()
        listening = make(server.url)
        await listening.start()
        await listening.put("events.made", 2)
        await server.start()
        await listening.until_all_had(2)

    async def test_it_waits_until_a_dead_owners_ordered_handler_is_taken_over(
        self, core_nats_server: NatsServer, database: Database, make: Make
    ) -> None:
        def owned_by_the_dead(session: Any) -> None:
            leases.acquire(session, name=f"handler:{HANDLERS[0]}", owner="dead", term=ordered.LEASE_TERM)

        await database.write(owned_by_the_dead)
        listening = make(core_nats_server.url)
        await listening.put("events.made", 3)
        await listening.start()
        await listening.until_all_had(3)

    async def test_a_handler_that_never_listens_here_does_not_hold_it_up_for_ever(
        self, core_nats_server: NatsServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trunkline.listeners.LIMIT_SECONDS", 1.0)
        owner = make(core_nats_server.url)
        await owner.start()
        other = make(core_nats_server.url)
        await other.start()
        await owner.put("events.made", 4)
        async with asyncio.timeout(LIMIT):
            while sorted(owner.had + other.had) != sorted((name, 4) for name in HANDLERS):
                await asyncio.sleep(0.05)


class TestTheEnd:
    async def test_what_is_written_while_the_handlers_stop_is_kept_for_the_next_start(
        self, core_nats_server: NatsServer, database: Database, make: Make
    ) -> None:
        ending = make(core_nats_server.url)
        await ending.start()
        await ending.put("events.held")
        async with asyncio.timeout(LIMIT):
            await ending.held.wait()
        stopping = asyncio.create_task(ending.service.stop())
        await asyncio.sleep(0.1)
        await ending.put("events.made", 5)
        await asyncio.sleep(0.5)
        ending.let_go.set()
        await stopping
        assert await database.read(outbox.waiting) == 1
        following = make(core_nats_server.url)
        await following.start()
        await following.until_all_had(5)
