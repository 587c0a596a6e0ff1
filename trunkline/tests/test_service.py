"""What the one object of an application promises: receipts, live handlers, its life, its health."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path
from time import monotonic
from uuid import uuid4

import nats
import pytest
from nats.js.errors import NotFoundError
from pydantic import BaseModel, SecretStr
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from trunkline import (
    Connection,
    DatabaseError,
    Event,
    Guarantee,
    InvalidEvent,
    InvalidSubject,
    JetStreamState,
    Message,
    NATSService,
    NatsSettings,
    NotConnected,
    OutboxFull,
    PublishError,
    Receipt,
    ReservedHeader,
    Stream,
    StreamUnavailable,
    Subject,
    Subjects,
)
from trunkline.server import NatsServer
from trunkline.sql import Database, outbox
from trunkline.sql.tables import inbox as marks
from trunkline.sql.task_tables import tasks
from trunkline.testing import NatsServerFactory

LIMIT = 20.0
SUBJECTS = Subjects([Subject("a.{id}.made", key="id")])
STREAMS = (Stream("A", ("a.>",)), Stream("EVENTS", ("events.>",)))


class Thing(BaseModel):
    number: int


class Opened:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[NATSService] = []
        self.databases: list[Database] = []

    async def __call__(
        self,
        server: NatsServer,
        *,
        outbox_limit: int | None = 1000,
        start: bool = True,
        inbox_age: timedelta = timedelta(days=30),
        history_age: timedelta = timedelta(days=90),
        **others: object,
    ) -> NATSService:
        quick = {"url": SecretStr(server.url), "reconnect_max_wait": 0.3, "publish_timeout": 1, "drain_timeout": 2}
        database = None
        if outbox_limit is not None:
            database = Database(f"sqlite:///{self.folder}/test.db", outbox_limit=outbox_limit, busy_limit=1)
            database.create_tables()
            await database.start()
            self.databases.append(database)
        connection = Connection(NatsSettings.model_validate(quick | others))
        service = NATSService(
            connection,
            database=database,
            subjects=SUBJECTS,
            streams=STREAMS,
            inbox_age=inbox_age,
            history_age=history_age,
        )
        self.made.append(service)
        if start:
            await service.start()
        if start and server.pid is not None:
            await connection.wait_connected(LIMIT)
        return service


@pytest.fixture
async def opened(nats_server_factory: NatsServerFactory, tmp_path: Path) -> AsyncIterator[Opened]:
    opened = Opened(tmp_path)
    yield opened
    for service in opened.made:
        await service.stop()
    for database in opened.databases:
        await database.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.02)


async def bodies(server: NatsServer, stream: str = "A") -> list[bytes]:
    client = await nats.connect(server.url)
    js = client.jetstream()
    try:
        state = (await js.stream_info(stream)).state
    except NotFoundError:
        await client.close()
        return []
    numbers = range(state.first_seq, state.last_seq + 1) if state.messages else ()
    found = [await js.get_msg(stream, number) for number in numbers]
    await client.close()
    return [message.data or b"" for message in found]


async def until_stored(server: NatsServer, wanted: list[bytes], stream: str = "A") -> None:
    async with asyncio.timeout(LIMIT):
        while await bodies(server, stream) != wanted:
            await asyncio.sleep(0.1)


def body(number: int) -> bytes:
    return b'{"number":%d}' % number


class TestReceipts:
    """Each row of what `publish_event` answers, with a database to keep what has to wait."""

    async def test_stored_sent_and_always_true(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server)
        kept = await service.publish_event("a.1.made", Thing(number=1), persistent=True)
        told = await service.publish_event(subject="a.1.made", data={"number": 2})
        assert (kept.guarantee, kept.stream, kept.sequence, bool(kept)) == (Guarantee.STORED, "A", 1, True)
        assert (told.guarantee, told.stream, bool(told)) == (Guarantee.SENT, None, True)

    async def test_no_server_queues_at_once_and_delivers_in_order_later(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        await nats_server.stop()
        service = await opened(nats_server, publish_timeout=60)
        async with asyncio.timeout(20):
            receipts = [await service.publish_event("a.1.made", Thing(number=n), True) for n in range(5)]
        assert {receipt.guarantee for receipt in receipts} == {Guarantee.QUEUED}
        await nats_server.start()
        await until_stored(nats_server, [body(n) for n in range(5)])

    async def test_a_full_stream_queues_and_what_follows_waits_behind_it(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        client = await nats.connect(nats_server.url)
        await client.jetstream().add_stream(name="A", subjects=["a.>"], max_msgs=1, discard="new")
        service = await opened(nats_server)
        receipts = [await service.publish_event("a.1.made", Thing(number=n), persistent=True) for n in range(3)]
        assert [r.guarantee for r in receipts] == [Guarantee.STORED, Guarantee.QUEUED, Guarantee.QUEUED]
        await client.jetstream().update_stream(name="A", subjects=["a.>"], max_msgs=100, discard="new")
        await until_stored(nats_server, [body(0), body(1), body(2)])
        await client.close()

    async def test_an_event_does_not_overtake_an_earlier_one_of_its_key(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server, start=False)  # no relay: what is queued stays
        await service.connection.start()
        await service.connection.wait_connected(LIMIT)
        assert service._outgoing is not None
        await service._outgoing._queue(service.event("a.1.made", Thing(number=1)), None)
        behind = await service.publish_event("a.1.made", Thing(number=2), persistent=True)
        other = await service.publish_event("a.2.made", Thing(number=3), persistent=True)
        assert (behind.guarantee, other.guarantee) == (Guarantee.QUEUED, Guarantee.STORED)
        await service.start()
        await until_stored(nats_server, [body(3), body(1), body(2)])
        again = await service.publish_event("a.1.made", Thing(number=4), persistent=True)
        assert again.guarantee is Guarantee.STORED

    async def test_events_of_a_generator_that_fails_are_kept_also_with_no_server(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server)
        await nats_server.stop()
        await until(lambda: not service.connection.is_connected)

        def making() -> Iterator[Event]:
            for number in range(1, 4):
                yield service.event("a.1.made", Thing(number=number))
            raise LookupError("no more")

        with pytest.raises(LookupError, match="no more"):
            await service.publish_many(making())
        assert await opened.databases[-1].read(outbox.waiting) == 3
        await nats_server.start()
        await until_stored(nats_server, [body(1), body(2), body(3)])

    async def test_nor_does_it_overtake_one_that_a_transaction_of_this_process_put_into_the_outbox(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server, start=False)
        await service.connection.start()
        await service.connection.wait_connected(LIMIT)
        first = service.event("a.1.made", Thing(number=1))
        with Session(create_engine(f"sqlite:///{opened.folder}/test.db")) as session:  # an engine of the application
            outbox.add(session, first)
            session.commit()
        one = await service.publish_event("a.1.made", Thing(number=2), persistent=True)
        other, more = await service.publish_many(
            [service.event("a.2.made", Thing(number=3)), service.event("a.1.made", Thing(number=4))]
        )
        assert isinstance(other, Receipt)
        assert isinstance(more, Receipt)
        assert [each.guarantee for each in (one, other, more)] == [Guarantee.QUEUED, Guarantee.STORED, Guarantee.QUEUED]
        await service.start()
        await until_stored(nats_server, [body(3), body(1), body(2), body(4)])

    async def test_nothing_waits_behind_what_was_rolled_back(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server)

        def fail(session: Session) -> None:
            outbox.add(session, service.event("a.1.made", Thing(number=1)))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await opened.databases[-1].write(fail)
        receipt = await service.publish_event("a.1.made", Thing(number=2), persistent=True)
        assert receipt.guarantee is Guarantee.STORED

    async def test_a_frozen_server_queues_within_the_limit_and_nothing_is_stored_twice(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server)
        nats_server.pause()
        start = monotonic()
        receipt = await service.publish_event("a.1.made", Thing(number=1), persistent=True)
        assert receipt.guarantee is Guarantee.QUEUED
        assert monotonic() - start < 1 + 2
        nats_server.resume()
        await until_stored(nats_server, [body(1)])
        await until_empty(opened.databases[-1])
        assert await bodies(nats_server) == [body(1)]

    async def test_core_only_is_sent_and_jetstream_that_vanished_is_queued(
        self, opened: Opened, nats_server: NatsServer, core_nats_server: NatsServer
    ) -> None:
        core = await opened(core_nats_server, outbox_limit=None)
        assert (await core.publish_event("a.1.made", Thing(number=1), True)).guarantee is Guarantee.SENT
        service = await opened(nats_server)
        await nats_server.restart(jetstream=False)
        await until(lambda: service.connection.known_jetstream() is JetStreamState.NO)
        assert (await service.publish_event("a.1.made", Thing(number=1), True)).guarantee is Guarantee.QUEUED

    async def test_that_a_server_had_jetstream_is_remembered_in_the_database(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        first = await opened(nats_server)
        await first.publish_event("a.1.made", Thing(number=1), persistent=True)
        await first.stop()
        await nats_server.restart(jetstream=False)
        second = await opened(nats_server)
        assert (await second.publish_event("a.1.made", Thing(number=2), True)).guarantee is Guarantee.QUEUED

    async def test_required_never_accepts_sent(self, opened: Opened, core_nats_server: NatsServer) -> None:
        service = await opened(core_nats_server, jetstream="required")
        assert (await service.publish_event("a.1.made", Thing(number=1), True)).guarantee is Guarantee.QUEUED

    async def test_without_a_database_it_raises(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server, outbox_limit=None)
        await nats_server.stop()
        await until(lambda: not service.connection.is_connected)
        for persistent in (True, False):
            with pytest.raises(NotConnected):
                await service.publish_event("a.1.made", Thing(number=1), persistent)

    async def test_a_full_outbox_is_an_error(self, opened: Opened, nats_server: NatsServer) -> None:
        await nats_server.stop()
        service = await opened(nats_server, outbox_limit=2)
        for number in range(2):
            await service.publish_event("a.1.made", Thing(number=number), persistent=True)
        with pytest.raises(OutboxFull):
            await service.publish_event("a.1.made", Thing(number=3), persistent=True)

    async def test_an_outbox_that_cannot_be_written_is_an_error(self, opened: Opened, nats_server: NatsServer) -> None:
        await nats_server.stop()
        service = await opened(nats_server)
        await opened.databases[-1].close()
        with pytest.raises(PublishError, match="was not kept"):
            await service.publish_event("a.1.made", Thing(number=3), persistent=True)

    async def test_a_database_in_trouble_does_not_stop_what_a_stream_takes(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server)
        await opened.databases[-1].close()
        receipt = await service.publish_event("a.1.made", Thing(number=3), persistent=True)
        assert receipt.guarantee is Guarantee.STORED
        assert (await service.health()).outbox_error is not None


class TestEvents:
    """Every value that an application has is written; what cannot be published is refused before it is sent."""

    async def test_every_kind_of_value(self, opened: Opened, nats_server: NatsServer) -> None:
        class Colour(Enum):
            RED = "red"

        service = await opened(nats_server)
        data = {
            "at": datetime(2026, 1, 1, tzinfo=UTC),
            "id": uuid4(),
            "n": Decimal("1.5"),
            "c": Colour.RED,
            "é": "日本 😀",
        }
        await service.publish_event("a.1.made", data, persistent=True)
        (stored,) = await bodies(nats_server)
        assert '"c":"red"' in stored.decode()
        assert "日本 😀" in stored.decode()

    @pytest.mark.parametrize(
        "subject", ["", "a..b", "a.*", "a.>", ".a", "a b", "$SYS.x", "a." + "x" * 5000, "a\r\nPUB x"]
    )
    @pytest.mark.parametrize("persistent", [True, False])
    async def test_a_bad_subject_and_the_connection_lives(
        self, opened: Opened, nats_server: NatsServer, subject: str, persistent: bool
    ) -> None:
        service = await opened(nats_server)
        client = service.nc
        with pytest.raises(InvalidSubject):
            await service.publish_event(subject, {}, persistent)
        assert await service.publish_event("a.1.made", {}, persistent)
        assert (service.nc, client.stats["reconnects"]) == (client, 0)

    async def test_headers(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server)
        for name in ("Nats-Msg-Id", "ce-id", "Trunkline-Key"):
            with pytest.raises(ReservedHeader):
                await service.publish_event("a.1.made", {}, headers={name: "x"})
        with pytest.raises(InvalidEvent):
            await service.publish_event("a.1.made", {}, headers={"X": "a\r\nb"})
        got: list[Message] = []

        async def handle(subject: str, data: object, msg: Message) -> None:
            got.append(msg)

        await service.subscribe_to_events("a.>", handle)
        await service.publish_event("a.7.made", {}, headers={"X-Mine": "yes"}, event_id="e-1", test=True)
        await until(lambda: len(got) == 1)
        event = got[0].event
        assert (event.id, event.key, event.test, dict(event.headers)) == ("e-1", "7", True, {"X-Mine": "yes"})


class TestLive:
    """A live handler sees what is published while it listens; what it does wrong stops nothing."""

    async def test_every_process_sees_every_event(self, opened: Opened, core_nats_server: NatsServer) -> None:
        services = [await opened(core_nats_server, outbox_limit=None) for _ in range(2)]
        seen: list[int] = []

        async def handle(subject: str, data: Thing, msg: Message) -> None:
            seen.append(data.number)

        for service in services:
            await service.subscribe_to_events("events.*", handle)
        await services[0].publish_event("events.x", {"number": 1})
        await until(lambda: seen == [1, 1])

    async def test_errors_are_counted_and_the_next_event_is_handled(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server), []

        async def handle(subject: str, data: Thing, msg: Message) -> None:
            if data.number == 1:
                raise RuntimeError("no")
            seen.append(data.number)

        subscription = await service.subscribe_to_events("events.>", handle)
        await service.publish_event("events.x", {"number": "no number"})
        await service.nc.publish("events.x", b"no json")
        await service.publish_event("events.x", {"number": 1})
        await service.publish_event("events.x", {"number": 2})
        await until(lambda: seen == [2])
        assert subscription.failed == 3
        (health,) = (await service.health()).subscriptions
        assert (health.pattern, health.failed, health.dropped) == ("events.>", 3, 0)

    async def test_one_key_in_order_and_different_ones_side_by_side(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server)
        seen: list[tuple[str, int]] = []
        side_by_side = asyncio.Barrier(3)

        async def handle(subject: str, data: Thing, msg: Message) -> None:
            if data.number == 0:
                await side_by_side.wait()
            seen.append((subject, data.number))

        await service.subscribe_to_events("a.>", handle)
        for number in range(20):
            for key in range(3):
                await service.publish_event(f"a.{key}.made", {"number": number})
        await until(lambda: len(seen) == 60)
        for key in range(3):
            assert [n for subject, n in seen if subject == f"a.{key}.made"] == list(range(20))

    async def test_a_handler_that_is_too_slow_is_told_and_counted(
        self, opened: Opened, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NATS_WAITING_MESSAGES", "10")
        service, go_on, seen = await opened(nats_server), asyncio.Event(), []

        async def handle(subject: str, data: Thing, msg: Message) -> None:
            await go_on.wait()
            seen.append(data.number)

        subscription = await service.subscribe_to_events("events.>", handle, concurrency=1)
        for number in range(50):
            await service.publish_event("events.x", {"number": number})
        await until(lambda: subscription.dropped >= 39)
        go_on.set()
        await until(lambda: len(seen) + subscription.dropped == 50)
        assert seen == list(range(len(seen)))

    async def test_unsubscribe_finishes_what_arrived_and_takes_no_more(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server), []

        async def handle(subject: str, data: Thing, msg: Message) -> None:
            await asyncio.sleep(0.05)
            seen.append(data.number)

        subscription = await service.subscribe_to_events("events.>", handle)
        for number in range(3):
            await service.publish_event("events.x", {"number": number})
        await service.connection.echo()
        await subscription.unsubscribe()
        assert seen == [0, 1, 2]
        await service.publish_event("events.x", {"number": 9})
        await service.connection.echo()
        assert seen == [0, 1, 2]
        assert (await service.health()).subscriptions == ()


class TestLife:
    """It starts without a server and ends in order, within its limits."""

    async def test_start_needs_no_server_and_health_says_what_is_so(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        await nats_server.stop()
        service = await opened(nats_server)
        health = await service.health()
        assert (health.connection.connected, health.connection.state, health.outbox_waiting) == (False, "connecting", 0)
        await service.publish_event("a.1.made", {}, persistent=True)
        assert (await service.health()).outbox_waiting == 1
        await nats_server.start()
        await until_empty(opened.databases[-1])
        health = await service.health()
        assert (health.connection.state, health.connection.jetstream) == ("connected", JetStreamState.YES)

    async def test_second_copies_that_a_stream_refuses_are_counted(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server)
        for _ in range(2):
            await service.publish_event("a.1.made", {"number": 1}, persistent=True, event_id="same")
        assert (await service.health()).duplicates == 1
        again = service.event("a.1.made", {"number": 1}, event_id="same")
        await opened.databases[-1].write(lambda session: outbox.add(session, again))
        await until_empty(opened.databases[-1])
        assert (await service.health()).duplicates == 2

    async def test_marks_older_than_the_inbox_age_are_forgotten(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server, start=False, inbox_age=timedelta(days=2))
        database, now = opened.databases[-1], datetime.now(UTC)
        for days in (1, 3):
            mark = {"handler": "keen", "event_id": f"{days} days", "done_at": now - timedelta(days=days)}
            await database.write(partial(Session.execute, statement=insert(marks).values(mark)))
        await service.start()

        async def known() -> list[str]:
            return list(await database.read(lambda session: session.scalars(select(marks.c.event_id)).all()))

        async with asyncio.timeout(LIMIT):
            while await known() != ["1 days"]:
                await asyncio.sleep(0.05)

    async def test_what_ended_longer_ago_than_the_history_age_is_forgotten(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server, start=False, history_age=timedelta(days=2))
        database, now = opened.databases[-1], datetime.now(UTC)
        for days in (1, 3):
            at = now - timedelta(days=days)
            task = {"id": f"00-{days}", "root_id": f"00-{days}", "type": "t", "state": "completed", "input": {}}
            counts = {"attempts": 1, "round": 0, "number": 1, "created_at": at, "updated_at": at}
            await database.write(partial(Session.execute, statement=insert(tasks).values(task | counts)))
        await service.start()

        async def known() -> list[str]:
            return list(await database.read(lambda session: session.scalars(select(tasks.c.id)).all()))

        async with asyncio.timeout(LIMIT):
            while await known() != ["00-1"]:
                await asyncio.sleep(0.05)

    async def test_stop_lets_handlers_finish_before_it_closes(self, opened: Opened, nats_server: NatsServer) -> None:
        service, finished = await opened(nats_server), []
        began = asyncio.Event()

        async def handle(subject: str, data: Thing, msg: Message) -> None:
            began.set()
            await asyncio.sleep(0.3)
            await msg.commit(lambda session: outbox.add(session, service.event("events.done", {})))
            finished.append(data.number)

        await service.subscribe_to_events("a.>", handle, durable="keen")
        await service.publish_event("a.1.made", {"number": 1}, persistent=True)
        await until(began.is_set)
        await service.stop()
        assert finished == [1]
        assert service.nc.is_closed

    async def test_stop_with_a_frozen_server_ends(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server)
        nats_server.pause()
        async with asyncio.timeout(LIMIT):
            await service.stop()
        nats_server.resume()

    async def test_it_can_be_stopped_twice_and_without_a_start(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server, start=False)
        await service.stop()
        await service.stop()

    async def test_it_opens_and_closes_a_database_that_nobody_has_opened(
        self, nats_server: NatsServer, tmp_path: Path
    ) -> None:
        database = Database(f"sqlite:///{tmp_path}/own.db")
        database.create_tables()
        service = NATSService(Connection(NatsSettings.model_validate({"url": nats_server.url})), database=database)
        await service.start()
        await database.write(count_nothing)
        await service.stop()
        with pytest.raises(DatabaseError):
            await database.write(count_nothing)

    async def test_a_plain_client_is_left_open(self, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        service = NATSService(client, streams=STREAMS)
        assert service.nc is client
        assert (await service.publish_event("a.1.made", {}, persistent=True)).guarantee is Guarantee.STORED
        await service.stop()
        assert client.is_connected
        await client.close()

    async def test_a_plain_client_that_was_closed_is_an_error(self, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        service = NATSService(client, streams=STREAMS)
        await client.close()
        for persistent in (True, False):
            with pytest.raises((NotConnected, StreamUnavailable)):
                await service.publish_event("a.1.made", {}, persistent)


def count_nothing(session: Session) -> int:
    return outbox.waiting(session)


async def until_empty(database: Database) -> None:
    async with asyncio.timeout(LIMIT):
        while await database.read(outbox.waiting):
            await asyncio.sleep(0.05)
