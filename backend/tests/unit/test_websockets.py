"""How a live connection ends when its client does not keep up, or the server closes."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import WebSocketDisconnect
from pydantic import SecretStr
from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocket

from api.v1 import frames, websockets
from api.v1.frames import Ending, Frame
from trunkline import Connection, Feed, Follower, Item, NatsSettings, followed


class Stuck:
    """The other end of a WebSocket, which takes some messages and then no more."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.taken: list[str] = []
        self.socket = WebSocket({"type": "websocket", "headers": []}, self.receive, self.send)

    async def receive(self) -> AsgiMessage:
        if self.socket.client_state.name == "CONNECTING":
            return {"type": "websocket.connect"}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: AsgiMessage) -> None:
        if message["type"] != "websocket.send":
            return
        if len(self.taken) >= self.takes:
            await asyncio.Event().wait()
        self.taken.append(message["text"])

    async def accepted(self) -> WebSocket:
        await self.socket.accept()
        return self.socket


READY = {"type": "ready", "id": None, "resume": False}


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed[Frame]:
    """A feed that was never connected: what it gives is handed to its hub by the test."""
    monkeypatch.setattr(frames, "SETTLE_SECONDS", 0.0)
    connection = Connection(NatsSettings.model_construct(url=SecretStr("nats://127.0.0.1:1")))
    return Feed(connection, "REALTIME", "realtime.*", frames.frame, pending_limit=2)


@pytest.fixture
def follower(feed: Feed[Frame]) -> Iterator[Follower[Frame]]:
    """One client of it."""
    with followed(feed, "realtime.ada") as follower:
        yield follower


def deliver(feed: Feed[Frame], text: str) -> None:
    feed.hub.deliver("realtime.ada", Item(None, Frame(None, text)))


async def served(follower: Follower[Frame], stuck: Stuck, until: datetime | None = None) -> Ending | None:
    """Serve the client until the connection ends; say why it did."""
    told = frames.frames(follower, None, until or datetime.now(UTC) + timedelta(hours=1))
    return await websockets.until_either_ends(await stuck.accepted(), told)


class TestEndings:
    async def test_a_client_that_does_not_read_is_given_up(
        self, feed: Feed[Frame], follower: Follower[Frame], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(websockets, "SEND_SECONDS", 0.05)
        monkeypatch.setattr(frames, "HEARTBEAT_SECONDS", 0.01)
        stuck = Stuck(takes=1)
        ending = await served(follower, stuck)
        assert [json.loads(text) for text in stuck.taken] == [READY]
        assert ending is not None
        assert ending.code == frames.SLOW

    async def test_a_client_whose_queue_is_full_is_told_so(self, feed: Feed[Frame], follower: Follower[Frame]) -> None:
        class Slow(Stuck):
            async def send(self, message: AsgiMessage) -> None:
                await super().send(message)
                for number in range(3):
                    deliver(feed, str(number))

        ending = await served(follower, Slow(takes=100))
        assert ending is not None
        assert (ending.code, ending.reason) == (frames.SLOW, "too slow: 256 events were waiting")

    async def test_nobody_is_kept_when_the_server_closes(self, feed: Feed[Frame], follower: Follower[Frame]) -> None:
        feed.hub.close()
        ending = await served(follower, Stuck(takes=100))
        assert ending is not None
        assert ending.code == frames.CLOSING

    async def test_nobody_is_kept_beyond_their_token(self, follower: Follower[Frame]) -> None:
        ending = await served(follower, Stuck(takes=100), datetime.now(UTC))
        assert ending is not None
        assert ending.code == frames.NOT_SIGNED_IN

    async def test_a_client_that_goes_while_it_is_sent_to_is_no_error(self, follower: Follower[Frame]) -> None:
        class Gone(Stuck):
            async def send(self, message: AsgiMessage) -> None:
                if message["type"] == "websocket.send":
                    raise WebSocketDisconnect(1006)

        assert await served(follower, Gone(takes=0)) is None


class TestHeartbeat:
    async def test_silence_is_filled(self, follower: Follower[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frames, "HEARTBEAT_SECONDS", 0.01)
        monkeypatch.setattr(websockets, "SEND_SECONDS", 0.05)
        stuck = Stuck(takes=3)
        await served(follower, stuck)
        beat = {"type": "heartbeat", "id": None}
        assert [json.loads(text) for text in stuck.taken] == [READY, beat, beat]
