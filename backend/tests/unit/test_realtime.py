"""How a live connection ends when its client does not keep up, or the server closes."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import WebSocketDisconnect
from pydantic import SecretStr
from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocket

from api.v1 import realtime
from api.v1.realtime import Ending, Frame
from trunkline import Connection, Event, Feed, Follower, Item, NatsSettings, followed


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
    monkeypatch.setattr(realtime, "SETTLE_SECONDS", 0.0)
    connection = Connection(NatsSettings.model_construct(url=SecretStr("nats://127.0.0.1:1")))
    return Feed(connection, "REALTIME", "realtime.*", realtime.frame, pending_limit=2)


@pytest.fixture
def follower(feed: Feed[Frame]) -> Iterator[Follower[Frame]]:
    """One client of it."""
    with followed(feed, "realtime.ada") as follower:
        yield follower


def deliver(feed: Feed[Frame], text: str) -> None:
    feed.hub.deliver("realtime.ada", Item(None, Frame(None, text)))


async def served(follower: Follower[Frame], stuck: Stuck, until: datetime | None = None) -> Ending | None:
    """Serve the client until the connection ends; say why it did."""
    told = realtime.frames(follower, None, until or datetime.now(UTC) + timedelta(hours=1))
    return await realtime._until_either_ends(await stuck.accepted(), told)


class TestEndings:
    async def test_a_client_that_does_not_read_is_given_up(
        self, feed: Feed[Frame], follower: Follower[Frame], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(realtime, "SEND_SECONDS", 0.05)
        monkeypatch.setattr(realtime, "HEARTBEAT_SECONDS", 0.01)
        stuck = Stuck(takes=1)
        ending = await served(follower, stuck)
        assert [json.loads(text) for text in stuck.taken] == [READY]
        assert ending is not None
        assert ending.code == realtime.SLOW

    async def test_a_client_whose_queue_is_full_is_told_so(self, feed: Feed[Frame], follower: Follower[Frame]) -> None:
        class Slow(Stuck):
            async def send(self, message: AsgiMessage) -> None:
                await super().send(message)
                for number in range(3):
                    deliver(feed, str(number))

        ending = await served(follower, Slow(takes=100))
        assert ending is not None
        assert (ending.code, ending.reason) == (realtime.SLOW, "too slow: 256 events were waiting")

    async def test_nobody_is_kept_when_the_server_closes(self, feed: Feed[Frame], follower: Follower[Frame]) -> None:
        feed.hub.close()
        ending = await served(follower, Stuck(takes=100))
        assert ending is not None
        assert ending.code == realtime.CLOSING

    async def test_nobody_is_kept_beyond_their_token(self, follower: Follower[Frame]) -> None:
        ending = await served(follower, Stuck(takes=100), datetime.now(UTC))
        assert ending is not None
        assert ending.code == realtime.NOT_SIGNED_IN

    async def test_a_client_that_goes_while_it_is_sent_to_is_no_error(self, follower: Follower[Frame]) -> None:
        class Gone(Stuck):
            async def send(self, message: AsgiMessage) -> None:
                if message["type"] == "websocket.send":
                    raise WebSocketDisconnect(1006)

        assert await served(follower, Gone(takes=0)) is None


class TestHeartbeat:
    async def test_silence_is_filled(self, follower: Follower[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(realtime, "HEARTBEAT_SECONDS", 0.01)
        monkeypatch.setattr(realtime, "SEND_SECONDS", 0.05)
        stuck = Stuck(takes=3)
        await served(follower, stuck)
        beat = {"type": "heartbeat", "id": None}
        assert [json.loads(text) for text in stuck.taken] == [READY, beat, beat]


class TestFirstMessage:
    @pytest.mark.parametrize(
        ("last_id", "read"), [("null", None), ('"0123abcd-7"', "0123abcd-7"), ("7", "7"), ('{"a": []}', "{'a': []}")]
    )
    def test_the_last_id_is_whatever_was_said(self, last_id: str, read: str | None) -> None:
        message = realtime._read(f'{{"token": "t", "last_id": {last_id}}}')
        assert message is not None
        assert message.last_id == read

    @pytest.mark.parametrize("text", ["", "[", "[]", "{}", "[" * 8000, '{"token": 1}', "9" * 8000, "\0"])
    def test_what_is_none_is_told_apart(self, text: str) -> None:
        assert realtime._read(text) is None

    def test_no_number_is_too_long(self) -> None:
        assert realtime._read(f'{{"token": "t", "last_id": {"9" * 5000}}}') is None


class TestFrames:
    def test_a_browser_can_read_them_whatever_another_program_published(self) -> None:
        """Its JSON knows no NaN."""
        event = Event.create("realtime.ada", {})
        payload = b'{"event_id": "1", "subject": "a.b", "time": "2026-01-31T09:00:00Z", "data": {"score": NaN}}'
        shown = realtime.frame(replace(event, payload=payload), "7").text
        assert json.loads(shown, parse_constant=lambda name: name)["data"] == {"score": None}
