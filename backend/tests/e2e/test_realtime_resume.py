"""What a client of the live events is given when it comes back after a break."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio
from uuid_utils import uuid4
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from schemas.realtime import RealtimeEvent
from tests.application import Application
from tests.e2e.people import LIMIT_SECONDS, Person, until, websocket_url
from trunkline.server import NatsServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NatsServer]:
    """A server that tests may restart."""
    server = NatsServer(store=tmp_path_factory.mktemp("nats"))
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def application(server: NatsServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """The platform in two processes behind one port."""
    folder = tmp_path_factory.mktemp("platform")
    async with Application(folder, nats_url=server.url, arguments=("--workers", "2")) as application:
        await application.connected()
        yield application


async def happened(server: NatsServer, person: Person, numbers: Iterable[int]) -> None:
    """Have the stream keep an event for the person for each number."""
    client = await nats.connect(server.url)
    try:
        for number in numbers:
            await client.jetstream().publish(f"realtime.{person.id}", update(number))
    finally:
        await client.close()


def update(number: int) -> bytes:
    """A number, as the live updates would write it."""
    data = {"number": number}
    event = RealtimeEvent(event_id=str(uuid4()), subject="test.event", time=datetime.now(UTC), data=data)
    return event.model_dump_json().encode()


class Client:
    """A WebSocket client that remembers the last id it saw, and the numbers that came."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.last_id: str | None = None
        self.numbers: list[int] = []
        self.told: list[dict[str, Any]] = []

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[ClientConnection]:
        """Be connected, and told that it is, while the block runs."""
        async with connect(websocket_url(self.person.application)) as socket:
            await socket.send(json.dumps({"token": self.person.token, "last_id": self.last_id}))
            assert (await self.take(socket))["type"] == "ready"
            yield socket

    async def take(self, socket: ClientConnection) -> dict[str, Any]:
        """Take one message."""
        async with asyncio.timeout(LIMIT_SECONDS):
            message: dict[str, Any] = json.loads(await socket.recv())
        self.last_id = message["id"] or self.last_id
        self.told.append(message)
        if message["type"] == "event":
            self.numbers.append(message["data"]["number"])
        return message

    async def take_until(self, socket: ClientConnection, count: int) -> None:
        """Take what comes until there are this many numbers."""
        while len(self.numbers) < count:
            await self.take(socket)


class TestWebSocket:
    async def test_what_was_missed_comes_first_in_order_and_once(
        self, application: Application, server: NatsServer, owner: Person
    ) -> None:
        client = Client(owner)
        async with client.connected() as socket:
            await happened(server, owner, range(3))
            await client.take_until(socket, 3)
        await happened(server, owner, range(3, 30))
        async with client.connected() as socket:
            await happened(server, owner, range(30, 33))
            await client.take_until(socket, 33)
        assert client.numbers == list(range(33))
        assert all(message["resume"] for message in client.told if message["type"] == "ready")

    @pytest.mark.long
    async def test_nothing_is_lost_or_doubled_by_clients_that_come_and_go_under_load(
        self, application: Application, server: NatsServer, owner: Person, freelancer: Person
    ) -> None:
        """Each connection reaches one of the two processes; another person's events rush by meanwhile."""
        client, count = Client(owner), 200
        async with client.connected():
            pass
        load = asyncio.gather(happened(server, owner, range(count)), happened(server, freelancer, range(count)))
        while len(client.numbers) < count:
            async with client.connected() as socket:
                await client.take_until(socket, min(count, len(client.numbers) + 9))
        await load
        assert client.numbers == list(range(count))

    async def test_an_unknown_id_is_told_and_what_there_is_comes(
        self, application: Application, server: NatsServer, owner: Person
    ) -> None:
        await happened(server, owner, range(2))
        client = Client(owner)
        client.last_id = "an id of last week"
        async with client.connected() as socket:
            gone = await client.take(socket)
            assert (gone["type"], gone["oldest"]) == ("gone", client.told[0]["id"])
            await client.take_until(socket, 2)
        assert client.numbers == [0, 1]

    async def test_nobody_resumes_into_the_events_of_another(
        self, application: Application, server: NatsServer, owner: Person, freelancer: Person
    ) -> None:
        client = Client(owner)
        async with client.connected():
            pass
        await happened(server, freelancer, [-1])
        await happened(server, owner, [1])
        async with client.connected() as socket:
            await client.take_until(socket, 1)
        assert client.numbers == [1]

    async def test_a_killed_server_that_comes_back_with_its_store_loses_nothing(
        self, application: Application, server: NatsServer, owner: Person
    ) -> None:
        client = Client(owner)
        async with client.connected() as socket:
            await happened(server, owner, range(2))
            await client.take_until(socket, 1)
            server.kill()
            await server.restart()
            await happened(server, owner, range(2, 4))
            await client.take_until(socket, 3)
        server.kill()
        await server.restart()
        await happened(server, owner, range(4, 6))

        async def all_came() -> bool:
            try:
                async with client.connected() as socket:
                    await client.take_until(socket, 6)
            except ConnectionClosed:  # a process that has no connection yet says "come again"
                return False
            return True

        await until(all_came)
        assert client.numbers == list(range(6))


class TestServerSentEvents:
    @pytest.mark.parametrize("how", ["header", "query"])
    async def test_what_was_missed_comes_first_in_order_and_once(
        self, application: Application, server: NatsServer, owner: Person, how: str
    ) -> None:
        async with events(owner) as told:
            last_id, ready = await anext(told)
            assert ready == {"type": "ready", "id": last_id, "resume": True}
        await happened(server, owner, range(5))
        headers = {"Last-Event-ID": last_id} if how == "header" else {}
        query = {"last_id": last_id} if how == "query" else {}
        async with events(owner, headers, query) as told:
            assert (await anext(told))[0] == last_id
            missed = [await anext(told) for _ in range(5)]
        assert [event["data"]["number"] for _, event in missed] == list(range(5))
        assert all(id == event["id"] for id, event in missed)

    async def test_too_old_an_id_is_told(self, application: Application, server: NatsServer, owner: Person) -> None:
        await happened(server, owner, [1])
        async with events(owner, {"Last-Event-ID": "00000000-7"}) as told:
            id, _ = await anext(told)
            assert await anext(told) == (id, {"type": "gone", "id": id, "oldest": id})
            assert (await anext(told))[1]["data"] == {"number": 1}


@asynccontextmanager
async def events(
    person: Person, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """Follow the server-sent events: ids and data."""

    async def told(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        id = ""
        async for line in lines:
            if line.startswith("id: "):
                id = line.removeprefix("id: ")
            if line.startswith("data: "):
                yield id, json.loads(line.removeprefix("data: "))

    async with (
        httpx.AsyncClient(base_url=person.application.url, timeout=LIMIT_SECONDS) as client,
        client.stream(
            "GET", "/api/v1/realtime/events", headers=person.headers | (headers or {}), params=query
        ) as response,
    ):
        assert response.status_code == 200
        yield told(response.aiter_lines())


class TestWithoutJetStream:
    async def test_clients_are_told_that_they_cannot_resume(self, tmp_path: Path) -> None:
        server = NatsServer(jetstream=False)
        await server.start()
        try:
            async with Application(tmp_path, nats_url=server.url) as application:
                await application.connected()
                person = await Person.register(application, "owner")
                client = Client(person)
                client.last_id = "00000000-7"
                async with client.connected() as socket:
                    assert client.told == [{"type": "ready", "id": None, "resume": False}]
                    nc = await nats.connect(server.url)
                    await nc.publish(f"realtime.{person.id}", update(1))
                    await nc.close()
                    event = await client.take(socket)
                    assert (event["id"], event["data"]) == (None, {"number": 1})
                    assert event["event_id"]
        finally:
            await server.stop()
