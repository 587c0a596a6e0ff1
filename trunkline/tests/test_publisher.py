"""What a publish promises: each row of the table, on real servers, within its limit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import SecretStr

from trunkline import (
    Connection,
    Event,
    Guarantee,
    InvalidEvent,
    JetStreamState,
    NatsSettings,
    NoStreamForSubject,
    NotConnected,
    PayloadTooLarge,
    Publisher,
    Receipt,
    Stream,
    StreamUnavailable,
    Subject,
    Subjects,
)
from trunkline.server import NatsServer
from trunkline.testing import NatsServerFactory

LIMIT = 20.0
SUBJECTS = Subjects([Subject("project.{project_id}.created", key="project_id"), Subject("lost.{id}.found")])
STREAMS = (Stream("PROJECT", ("project.>",)), Stream("EVENTS", ("events.>",)))
TIMEOUT = 1.0


def event(subject: str = "events.x", size: int = 1, **options: str) -> Event:
    return Event.create(subject, {"text": "x" * size}, subjects=SUBJECTS, **options)  # type: ignore[arg-type]


class Opened:
    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.clients: list[Client] = []

    async def __call__(self, server: NatsServer, streams: tuple[Stream, ...] = STREAMS, **others: object) -> Publisher:
        quick = {"url": SecretStr(server.url), "reconnect_max_wait": 0.3, "publish_timeout": TIMEOUT}
        connection = Connection(NatsSettings.model_validate(quick | others), streams=streams)
        self.made.append(connection)
        await connection.start()
        if server.pid is not None:
            await connection.wait_connected(LIMIT)
        return Publisher(connection, SUBJECTS)

    async def listener(self, server: NatsServer, pattern: str) -> list[Msg]:
        client = await nats.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=1)
        self.clients.append(client)
        received: list[Msg] = []

        async def listen(message: Msg) -> None:
            received.append(message)

        await client.subscribe(pattern, cb=listen)
        await client.flush()
        return received


@pytest.fixture
async def opened(nats_server_factory: NatsServerFactory) -> AsyncIterator[Opened]:  # ends before the servers do
    opened = Opened()
    yield opened
    for connection in opened.made:
        await connection.close()
    for client in opened.clients:
        await client.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.02)


async def freeze(server: NatsServer) -> None:
    server.pause()


async def messages(server: NatsServer, stream: str) -> int:
    return int(await with_stream(server, lambda js: js.stream_info(stream), lambda info: info.state.messages))


async def with_stream(server: NatsServer, action: Callable[..., Awaitable[object]], read: Callable[..., object]) -> int:
    client = await nats.connect(server.url)
    found = read(await action(client.jetstream()))
    await client.close()
    return found  # type: ignore[return-value]


class TestJetStream:
    """A stream keeps the event, and the receipt says where."""

    async def test_stored_with_stream_and_sequence(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server, publish_timeout=LIMIT)
        first, second = event(), event()
        assert await publisher.publish(first) == Receipt(Guarantee.STORED, first.id, "events.x", "EVENTS", 1)
        assert (await publisher.publish(second)).sequence == 2

    async def test_the_same_id_is_stored_once_and_said_to_be_a_duplicate(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        publisher = await opened(nats_server, publish_timeout=LIMIT)
        same = event()
        receipts = [await publisher.publish(same), await publisher.publish(same)]
        assert [receipt.duplicate for receipt in receipts] == [False, True]
        assert await messages(nats_server, "EVENTS") == 1

    async def test_many_callers_at_once_leave_nothing_behind(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server, max_in_flight=16, publish_timeout=LIMIT)
        receipts = await asyncio.gather(*(publisher.publish(event()) for _ in range(500)))
        assert {receipt.sequence for receipt in receipts} == set(range(1, 501))
        assert len(opened.made[0].replies) == 0

    async def test_a_plain_client_needs_nothing_else(self, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        connection = Connection.adopt(client, streams=STREAMS)
        assert (await Publisher(connection).publish(event())).guarantee is Guarantee.STORED
        await connection.close()
        assert client.is_connected
        await client.close()

    async def test_a_stream_of_somebody_else_keeps_it_too(self, opened: Opened, nats_server: NatsServer) -> None:
        await with_stream(nats_server, lambda js: js.add_stream(name="THEIRS", subjects=["theirs.>"]), bool)
        publisher = await opened(nats_server)
        receipts = [await publisher.publish(event("theirs.x")) for _ in range(2)]
        assert [receipt.stream for receipt in receipts] == ["THEIRS", "THEIRS"]

    async def test_a_deleted_stream_is_made_again(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server)
        await with_stream(nats_server, lambda js: js.delete_stream("EVENTS"), bool)
        with pytest.raises(StreamUnavailable) as raised:
            await publisher.publish(event())
        assert not raised.value.stored_unknown
        await until(lambda: opened.made[0].status_of(STREAMS[1]).exists)
        async with asyncio.timeout(LIMIT):
            while not await stored(publisher, event()):
                await asyncio.sleep(0.05)


class TestNobodyKeepsIt:
    """A mistyped subject is an error at once, with a hint; it never vanishes, listened to or not."""

    @pytest.mark.parametrize("jetstream", [True, False])
    @pytest.mark.parametrize(
        ("subject", "nearest"),
        [
            ("projct.7.created", "project.7.created"),
            ("evnts.custom.y", "events.custom.y"),
            ("events", "events.>"),
            ("qqq", None),
        ],
    )
    async def test_the_nearest_kept_subject_is_named(
        self,
        opened: Opened,
        nats_server_factory: NatsServerFactory,
        jetstream: bool,
        subject: str,
        nearest: str | None,
    ) -> None:
        server = await nats_server_factory(jetstream=jetstream)
        publisher = await opened(server)
        with pytest.raises(NoStreamForSubject) as raised:
            await publisher.publish(event(subject))
        assert raised.value.nearest == nearest

    async def test_a_declared_template_that_no_stream_keeps_is_no_hint(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        publisher = await opened(nats_server)
        with pytest.raises(NoStreamForSubject) as raised:
            await publisher.publish(event("lost.7.found"))
        assert raised.value.nearest != "lost.7.found"

    async def test_a_listener_is_no_stream(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server)
        received = await opened.listener(nats_server, "nowhere.>")
        with pytest.raises(NoStreamForSubject):
            await publisher.publish(event("nowhere.x"))
        assert received == []


class TestCoreOnly:
    """Where JetStream never was, the event is handed once to whoever listens."""

    @pytest.mark.parametrize("listening", [True, False])
    async def test_sent_once(self, opened: Opened, core_nats_server: NatsServer, listening: bool) -> None:
        received = await opened.listener(core_nats_server, "events.>") if listening else []
        publisher = await opened(core_nats_server)
        receipt = await publisher.publish(event())
        assert receipt.guarantee is Guarantee.SENT
        last = event()
        await publisher.publish(last)
        if listening:
            await until(lambda: len(received) == 2)
            assert received[1].headers is not None
            assert received[1].headers["ce-id"] == last.id

    async def test_required_never_accepts_sent(self, opened: Opened, core_nats_server: NatsServer) -> None:
        received = await opened.listener(core_nats_server, "events.>")
        publisher = await opened(core_nats_server, jetstream="required")
        with pytest.raises(StreamUnavailable):
            await publisher.publish(event())
        assert received == []

    async def test_a_server_remembered_to_have_it_is_not_taken_for_one_that_never_had(
        self, opened: Opened, core_nats_server: NatsServer
    ) -> None:
        await opened(core_nats_server)

        async def remembered() -> bool:
            return True

        with pytest.raises(StreamUnavailable):
            await Publisher(opened.made[0], SUBJECTS, remembered=remembered).publish(event())

    async def test_jetstream_that_vanished_is_missed(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server)
        received = await opened.listener(nats_server, "events.>")
        await nats_server.restart(jetstream=False)
        await until(lambda: opened.made[0].known_jetstream() is JetStreamState.NO)
        with pytest.raises(StreamUnavailable):
            await publisher.publish(event())
        assert received == []

    async def test_a_frozen_server_is_noticed_before_anything_is_sent(
        self, opened: Opened, core_nats_server: NatsServer
    ) -> None:
        received = await opened.listener(core_nats_server, "events.>")
        publisher = await opened(core_nats_server)
        await freeze(core_nats_server)
        with pytest.raises(StreamUnavailable) as raised:
            await publisher.publish(event())
        assert not raised.value.stored_unknown
        core_nats_server.resume()
        last = event()
        async with asyncio.timeout(LIMIT):
            while not await taken(publisher, last):
                await asyncio.sleep(0.05)
        await until(lambda: len(received) > 0)
        assert [message.headers["ce-id"] for message in received if message.headers] == [last.id]


class TestTrouble:
    """A stream that should acknowledge and does not is an error that says what may have happened, within the limit."""

    async def test_a_full_stream_refuses(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server, (Stream("EVENTS", ("events.>",), max_bytes=2000),))
        answers = await publisher.publish_many([event(size=500) for _ in range(10)])
        refused = [answer for answer in answers if isinstance(answer, StreamUnavailable)]
        assert 0 < len(refused) < 10
        with pytest.raises(StreamUnavailable, match="maximum bytes") as raised:
            await publisher.publish(event(size=500))
        assert not raised.value.stored_unknown

    async def test_no_server_is_known_at_once(self, opened: Opened, nats_server: NatsServer) -> None:
        await nats_server.stop()
        publisher = await opened(nats_server)
        with pytest.raises(NotConnected):
            await publisher.publish(event())
        with pytest.raises(NotConnected):
            await publisher.send(event())

    async def test_a_killed_server_ends_the_wait(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server, publish_timeout=60.0)
        await freeze(nats_server)
        waiting = asyncio.create_task(publisher.publish(event()))
        await until(lambda: len(opened.made[0].replies) > 0)
        nats_server.kill()
        async with asyncio.timeout(LIMIT):
            with pytest.raises(StreamUnavailable) as raised:
                await waiting
        assert raised.value.stored_unknown

    async def test_a_frozen_server_ends_within_the_limit_and_stores_it_once(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        publisher = await opened(nats_server)
        received = await opened.listener(nats_server, "events.>")
        await freeze(nats_server)
        start = monotonic()
        with pytest.raises(StreamUnavailable) as raised:
            await publisher.publish(event())
        assert monotonic() - start < TIMEOUT + 1
        assert raised.value.stored_unknown
        nats_server.resume()
        await until(lambda: len(received) > 0)
        async with asyncio.timeout(LIMIT):
            while not await stored(publisher, event("project.1.created")):
                await asyncio.sleep(0.05)
        assert await messages(nats_server, "EVENTS") == 1

    async def test_a_server_frozen_before_jetstream_was_asked_for(self, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        connection = Connection.adopt(client, streams=STREAMS)
        await freeze(nats_server)
        with pytest.raises(StreamUnavailable):
            await Publisher(connection, publish_timeout=0.5).publish(event())
        nats_server.resume()
        await connection.close()
        await client.close()

    async def test_what_is_too_large_with_its_headers_is_refused_and_the_connection_lives(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        publisher = await opened(nats_server)
        limit = opened.made[0].max_payload
        assert limit is not None
        client = opened.made[0].nc
        for size in (limit - 50, limit + 1):
            with pytest.raises(PayloadTooLarge):
                await publisher.publish(event(size=size))
            with pytest.raises(PayloadTooLarge):
                await publisher.send(event(size=size))
        just_right = event(size=limit - 400)
        assert (await publisher.publish(just_right)).guarantee is Guarantee.STORED
        assert opened.made[0].nc is client
        assert client.stats["reconnects"] == 0

    async def test_what_is_too_large_for_the_stream_is_no_passing_trouble(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        add = {"name": "EVENTS", "subjects": ["events.>"], "max_msg_size": 1000}
        await with_stream(nats_server, lambda js: js.add_stream(**add), bool)
        publisher = await opened(nats_server)
        with pytest.raises(PayloadTooLarge) as raised:
            await publisher.publish(event(size=2000))
        assert raised.value.limit == 1000

    async def test_headers_that_no_stream_takes_are_no_passing_trouble(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        publisher = await opened(nats_server)
        headers = {f"X-{number}": "x" * 4096 for number in range(16)}
        with pytest.raises(InvalidEvent) as raised:
            await publisher.publish(Event.create("events.x", {}, headers=headers))
        assert raised.value.field == "headers"

    async def test_cancelling_a_publish_cancels_it(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server, publish_timeout=60.0)
        await freeze(nats_server)
        waiting = asyncio.create_task(publisher.publish(event()))
        await until(lambda: len(opened.made[0].replies) > 0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(opened.made[0].replies) == 0
        nats_server.resume()


class TestMany:
    """Many at once, in order for each key."""

    async def test_each_answer_stands_at_its_place(self, opened: Opened, nats_server: NatsServer) -> None:
        publisher = await opened(nats_server)
        events = [event(f"project.{n % 3}.created") for n in range(30)]
        events.insert(7, event("qqq"))
        answers = await publisher.publish_many(events)
        assert isinstance(answers[7], NoStreamForSubject)
        for given, answer in zip(events, answers, strict=True):
            assert isinstance(answer, NoStreamForSubject) or answer.event_id == given.id  # type: ignore[union-attr]
        for key in range(3):
            sequences = [a.sequence for g, a in zip(events, answers, strict=True) if g.key == str(key)]  # type: ignore[union-attr]
            assert sequences == sorted(sequences)  # type: ignore[type-var]

    async def test_after_one_that_waits_the_rest_of_its_key_is_not_sent(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        publisher = await opened(nats_server, (Stream("PROJECT", ("project.>",), max_bytes=2000),))
        events = [event("project.1.created", size=size) for size in (500, 5000, 10)] + [event("project.2.created")]
        stored, full, behind, other = await publisher.publish_many(events)
        assert isinstance(stored, Receipt)
        assert isinstance(full, StreamUnavailable)
        assert isinstance(behind, StreamUnavailable)
        assert "earlier" in behind.reason
        assert isinstance(other, Receipt)


async def stored(publisher: Publisher, event: Event) -> bool:
    try:
        return (await publisher.publish(event)).guarantee is Guarantee.STORED
    except (StreamUnavailable, NotConnected):
        return False


async def taken(publisher: Publisher, event: Event) -> bool:
    try:
        return bool(await publisher.publish(event))
    except (StreamUnavailable, NotConnected):
        return False
