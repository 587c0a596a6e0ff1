"""The relay: what was committed reaches its stream, once, in order for its key, whatever dies in between."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from trunkline import Event, Guarantee, NatsSettings, Receipt, Stream, StreamUnavailable, TrunklineError
from trunkline.connection import Connection
from trunkline.events import Sendable
from trunkline.publisher import Publisher
from trunkline.server import NatsServer
from trunkline.sql import Database, Relay, backlog, deadletters, inbox, leases, outbox, relay
from trunkline.sql.backlog import LeaseLost, Sent
from trunkline.sql.entries import Entry
from trunkline.sql.parking import Sweep, Waiting
from trunkline.sql.tables import inbox as marks
from trunkline.sql.tables import receipts
from trunkline.testing import NatsServerFactory

PROCESS = Path(__file__).with_name("programs") / "relay_process.py"
STREAMS = (Stream("PROJECT", ("project.>",)), Stream("CHAT", ("chat.>",)))


class Sending(Protocol):
    async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]: ...


class Running:
    """A relay with its connection, and what it takes to look on."""

    def __init__(self, database: Database, url: str, publisher: Sending | None = None) -> None:
        self.connection = Connection(
            NatsSettings(url=SecretStr(url), publish_timeout=1, reconnect_max_wait=0.2), streams=STREAMS
        )
        self.relay = Relay(database, publisher or Publisher(self.connection), self.connection)

    async def start(self) -> None:
        await self.connection.start()
        await self.relay.start()

    async def stop(self) -> None:
        await self.relay.stop()
        await self.connection.close()


class Start(Protocol):
    async def __call__(self, database: Database, url: str, publisher: Sending | None = None) -> Running: ...


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    running: list[Running] = []

    async def begin(database: Database, url: str, publisher: Sending | None = None) -> Running:
        one = Running(database, url, publisher)
        running.append(one)
        await one.start()
        return one

    yield begin
    for one in running:
        await one.stop()


class StartProcess(Protocol):
    async def __call__(self, database_url: str, nats_url: str, mode: str) -> asyncio.subprocess.Process: ...


@pytest_asyncio.fixture
async def start_process() -> AsyncIterator[StartProcess]:
    """Start relays in processes of their own."""
    processes: list[asyncio.subprocess.Process] = []

    async def begin(database_url: str, nats_url: str, mode: str) -> asyncio.subprocess.Process:
        arguments = [sys.executable, str(PROCESS), database_url, nats_url, mode]
        process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest_asyncio.fixture
async def client(nats_server: NatsServer) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_server.url)
    yield connected
    await connected.close()


def event(number: int, *, key: str | None = "1", subject: str | None = None) -> Event:
    return Event.create(subject or f"project.{key}.created", {"number": number}, id=f"{key}-{number}", key=key)


async def add(database: Database, *events: Event) -> None:
    for each in events:
        await database.write(partial(outbox.add, event=each))


async def until(condition: Callable[[], Awaitable[bool]], limit: float = 20) -> None:
    async with asyncio.timeout(limit):
        while not await condition():
            await asyncio.sleep(0.02)


async def empty(database: Database, limit: float = 20) -> None:
    """Wait until nothing waits in the outbox."""

    async def is_empty() -> bool:
        return await database.read(outbox.waiting) == 0

    await until(is_empty, limit)


async def owns(running: Running) -> None:
    async def has_lease() -> bool:
        return running.relay.lease is not None

    await until(has_lease)


async def stored(client: Client, stream: str = "PROJECT") -> list[str]:
    """Return the event ids that a stream holds, in its order."""
    jetstream = client.jetstream()
    state = (await jetstream.stream_info(stream)).state
    ids = []
    for sequence in range(state.first_seq, state.last_seq + 1) if state.messages else ():
        headers = (await jetstream.get_msg(stream, sequence)).headers or {}
        ids.append(headers["Nats-Msg-Id"])
    return ids


async def receipt(database: Database, event_id: str) -> Receipt:
    found = await database.read(partial(outbox.receipt, event_id=event_id))
    assert found is not None
    return found


class TestSending:
    """What is committed reaches its stream, and its row becomes a receipt."""

    async def test_a_committed_event_is_stored_under_its_own_id(
        self, database: Database, nats_server: NatsServer, client: Client, start: Start
    ) -> None:
        await start(database, nats_server.url)
        await add(database, event(1))
        await empty(database)
        assert await stored(client) == ["1-1"]
        assert await receipt(database, "1-1") == Receipt(Guarantee.STORED, "1-1", "project.1.created", "PROJECT", 1)
        by_subject = await database.read(partial(outbox.receipt, subject="project.1.created"))
        assert by_subject == await receipt(database, "1-1")

    async def test_what_waited_before_the_relay_began_goes_too_in_order_for_each_key(
        self, database: Database, nats_server: NatsServer, client: Client, start: Start
    ) -> None:
        keys = ("a", "b", "c")

        def add_all(session: Session) -> None:
            for number in range(backlog.BATCH):
                outbox.add(session, event(number, key=keys[number % 3]))

        await database.write(add_all)
        await add(database, *(event(backlog.BATCH + number, key="a") for number in range(20)))
        await start(database, nats_server.url)
        await empty(database)
        ids = await stored(client)
        assert len(ids) == len(set(ids)) == backlog.BATCH + 20
        for key in keys:
            numbers = [int(id.split("-")[1]) for id in ids if id.startswith(key)]
            assert numbers == sorted(numbers)

    @pytest.mark.parametrize("times", [0, 3])
    async def test_however_large_the_events_a_batch_is_within_its_bytes(
        self, database: Database, nats_server: NatsServer, start: Start, times: int
    ) -> None:
        """Also while one is parked, when what may be sent is chosen by its places."""
        count, size = 60, 900_000

        def add_all(session: Session) -> None:
            for number in range(count):
                large = Event.create("project.1.created", {"text": "x" * size}, id=str(number), key=str(number))
                outbox.add(session, large)

        await database.write(add_all)
        publisher = Failing("0", times=times)
        await start(database, nats_server.url, publisher)
        await empty(database, limit=60)
        assert sorted(map(int, publisher.sent)) == list(range(count))
        assert max(publisher.bytes) <= backlog.BATCH_BYTES + 1_000_000
        assert len(publisher.bytes) >= count * size // backlog.BATCH_BYTES

    async def test_on_a_core_only_server_it_is_handed_over_once(
        self, one_database: Database, core_nats_server: NatsServer, start: Start
    ) -> None:
        listener = await nats.connect(core_nats_server.url)
        subscription = await listener.subscribe("project.>")
        await listener.flush()
        await start(one_database, core_nats_server.url)
        await add(one_database, event(1))
        assert (await subscription.next_msg(timeout=10)).subject == "project.1.created"
        await empty(one_database)
        assert (await receipt(one_database, "1-1")).guarantee is Guarantee.SENT
        assert subscription.pending_msgs == 0
        await listener.close()

    async def test_what_can_never_be_sent_becomes_a_dead_letter_and_its_key_goes_on(
        self, database: Database, nats_server: NatsServer, client: Client, start: Start
    ) -> None:
        too_large = Event.create("project.1.created", {"text": "x" * 2_000_000}, id="large", key="1")
        await add(database, event(1, subject="projekt.1.created"), too_large, event(2))
        await start(database, nats_server.url)
        await empty(database)
        assert await stored(client) == ["1-2"]
        letters = await database.read(deadletters.list)
        assert [(letter.handler, letter.event_id, letter.error_class) for letter in letters] == [
            (deadletters.RELAY, "1-1", "trunkline.errors.NoStreamForSubject"),
            (deadletters.RELAY, "large", "trunkline.errors.PayloadTooLarge"),
        ]
        assert Event.received(letters[1].subject, letters[1].payload, letters[1].headers) == too_large
        assert await database.read(partial(outbox.receipt, event_id="large")) is None


class TestTrouble:
    """While an event cannot be sent it is kept, and goes when it can."""

    async def test_without_a_server_events_wait_and_catching_up_is_told(
        self, one_database: Database, nats_server_factory: NatsServerFactory, start: Start
    ) -> None:
        server = await nats_server_factory()
        await server.stop()
        with capture_logs() as logs:
            await start(one_database, server.url)
            await add(one_database, *(event(number) for number in range(5)))
            await asyncio.sleep(0.3)
            assert await one_database.read(outbox.waiting) == 5
            await server.start()
            await empty(one_database)
            client = await nats.connect(server.url)
            assert await stored(client) == [f"1-{number}" for number in range(5)]

            async def told() -> bool:
                return any(line["event"] == "caught up" for line in logs)

            await until(told)
        await client.close()

    async def test_jetstream_that_goes_away_is_waited_for_and_nothing_is_handed_over(
        self, one_database: Database, nats_server: NatsServer, start: Start
    ) -> None:
        running = await start(one_database, nats_server.url)
        await add(one_database, event(1))
        await empty(one_database)
        await nats_server.restart(jetstream=False)
        await running.connection.wait_connected(10)
        listener = await nats.connect(nats_server.url)
        subscription = await listener.subscribe("project.>")
        await listener.flush()
        await add(one_database, event(2), event(3))
        await asyncio.sleep(1)
        assert await one_database.read(outbox.waiting) == 2
        assert subscription.pending_msgs == 0
        await listener.close()
        await nats_server.restart(jetstream=True)
        await empty(one_database)
        client = await nats.connect(nats_server.url)
        assert await stored(client) == ["1-1", "1-2", "1-3"]
        await client.close()

    async def test_a_full_stream_holds_up_nobody_else_and_is_filled_again_in_order(
        self, one_database: Database, nats_server: NatsServer, client: Client, start: Start
    ) -> None:
        jetstream = client.jetstream()
        await jetstream.add_stream(name="CHAT", subjects=["chat.>"], max_msgs=1, discard="new")
        await start(one_database, nats_server.url)
        chats = [event(number, key="c", subject="chat.c.created") for number in range(4)]
        await add(one_database, *chats, event(1))

        async def others_went() -> bool:
            return (await receipt(one_database, "1-1")).guarantee is Guarantee.STORED

        await until(others_went)
        assert await one_database.read(outbox.waiting) == 3
        await jetstream.update_stream(name="CHAT", subjects=["chat.>"], max_msgs=100, discard="new")
        await empty(one_database)
        assert await stored(client, "CHAT") == ["c-0", "c-1", "c-2", "c-3"]

    async def test_later_events_of_a_key_do_not_overtake_one_that_failed(
        self, one_database: Database, nats_server: NatsServer, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backlog, "BATCH", 2)
        publisher = Failing("a-1", times=3)
        await add(one_database, *(event(number, key=key) for number in (1, 2, 3) for key in ("a", "b")))
        await start(one_database, nats_server.url, publisher)
        await empty(one_database)
        assert [id for id in publisher.sent if id.startswith("a")] == ["a-1", "a-2", "a-3"]
        assert [id for id in publisher.sent if id.startswith("b")] == ["b-1", "b-2", "b-3"]
        assert publisher.sent.index("b-3") < publisher.sent.index("a-1")

    async def test_a_publisher_that_raises_stops_nothing(
        self, one_database: Database, nats_server: NatsServer, start: Start
    ) -> None:
        class Broken(Failing):
            async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]:
                if self.failures:
                    self.failures -= 1
                    raise ZeroDivisionError("a bug")
                return await super().publish_many(events)

        publisher = Broken("a-1", times=1)
        await add(one_database, event(1, key="a"))
        await start(one_database, nats_server.url, publisher)
        await empty(one_database)
        assert publisher.sent == ["a-1"]


class Failing:
    """A publisher to whom one event fails a few times."""

    def __init__(self, event_id: str, *, times: int) -> None:
        self.event_id = event_id
        self.failures = times
        self.sent: list[str] = []
        self.bytes: list[int] = []
        """Of each call."""

    async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]:
        failed: set[str | None] = set()
        answers: list[Receipt | TrunklineError] = []
        self.bytes.append(sum(len(each.payload) for each in events))
        for each in events:
            if each.key in failed or (each.id == self.event_id and self.failures):
                self.failures -= each.key not in failed
                failed.add(each.key)
                answers.append(StreamUnavailable(each.subject, "on purpose", stored_unknown=False))
                continue
            self.sent.append(each.id)
            answers.append(Receipt(Guarantee.STORED, each.id, each.subject, "PROJECT", len(self.sent)))
        return answers


class TestWaking:
    """A commit is sent at once, whichever process makes it; the timer only catches what nobody told."""

    @pytest.fixture(autouse=True)
    def slow_timers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(relay, "TIMER_SECONDS", 3600.0)
        monkeypatch.setattr(relay, "STAND_BY_SECONDS", 3600.0)

    async def test_the_owner_hears_its_own_process(
        self, one_database: Database, nats_server: NatsServer, start: Start
    ) -> None:
        running = await start(one_database, nats_server.url)
        await running.connection.wait_connected(10)
        await owns(running)
        for number in range(3):
            await add(one_database, event(number))
            await empty(one_database)

    async def test_the_owner_hears_another_process(
        self,
        one_database: Database,
        sqlite_url: str,
        nats_server: NatsServer,
        start: Start,
        start_process: StartProcess,
    ) -> None:
        owner = await start(one_database, nats_server.url)
        await owner.connection.wait_connected(10)
        await owns(owner)
        other = await start_process(sqlite_url, nats_server.url, "add")
        async with asyncio.timeout(20):
            assert other.stdout is not None
            assert await other.stdout.readline() == b"added\n"
        await empty(one_database)
        assert (await receipt(one_database, "added")).guarantee is Guarantee.STORED
        assert owner.relay.lease is not None
        assert owner.relay.lease.fence == 1


class TestOwnership:
    """One relay sends; when it dies, another goes on, and the dead one's late writes change nothing."""

    async def test_of_two_one_owns_and_a_stop_hands_over_at_once(
        self, database: Database, database_url: str, nats_server: NatsServer, start: Start
    ) -> None:
        first = await start(database, nats_server.url)
        await owns(first)
        other = Database(database_url)
        await other.start()
        second = await start(other, nats_server.url)
        await asyncio.sleep(0.1)
        assert second.relay.lease is None
        await first.stop()
        await owns(second)
        await add(other, event(1))
        await empty(other)
        await second.stop()
        await other.close()

    async def test_a_killed_owner_is_replaced(
        self,
        database: Database,
        database_url: str,
        nats_server: NatsServer,
        client: Client,
        start: Start,
        start_process: StartProcess,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(relay, "LEASE_TERM", 1.5)
        process = await start_process(database_url, nats_server.url, "run")
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"owner\n"
        await add(database, event(1))
        await empty(database)
        running = await start(database, nats_server.url)
        assert running.relay.lease is None
        process.kill()
        await process.wait()
        await add(database, event(2))
        await empty(database)
        assert running.relay.lease is not None
        assert await stored(client) == ["1-1", "1-2"]

    async def test_a_relay_killed_between_sending_and_deleting_doubles_nothing(
        self,
        database: Database,
        database_url: str,
        nats_server: NatsServer,
        client: Client,
        start: Start,
        start_process: StartProcess,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(relay, "LEASE_TERM", 1.5)
        await add(database, *(event(number) for number in range(3)))
        process = await start_process(database_url, nats_server.url, "die")
        async with asyncio.timeout(20):
            assert await process.wait() == -9
        assert await stored(client) == ["1-0", "1-1", "1-2"]
        assert await database.read(outbox.waiting) == 3
        await start(database, nats_server.url)
        await empty(database)
        assert await stored(client) == ["1-0", "1-1", "1-2"]
        assert (await receipt(database, "1-0")).duplicate

    async def test_a_late_owner_deletes_nothing(self, database: Database) -> None:
        await add(database, event(1))
        take = partial(leases.acquire, name="outbox", owner="late", term=30)
        late = await database.write(take)
        assert late is not None
        await database.write(partial(leases.release, lease=late))
        assert await database.write(partial(leases.acquire, name="outbox", owner="next", term=30)) is not None
        sent = Sent(Entry(Waiting(1, "1", "PROJECT"), event(1)), Receipt(Guarantee.STORED, "1-1", "project.1.created"))
        with pytest.raises(LeaseLost):
            await database.write(partial(backlog.settle, lease=late, done=[sent]))
        assert await database.read(outbox.waiting) == 1
        assert (await receipt(database, "1-1")).guarantee is Guarantee.QUEUED


class TestForgetting:
    """The relay's owner forgets what is too old."""

    async def test_receipts_older_than_a_day_and_marks_older_than_their_age_go(
        self, one_database: Database, nats_server: NatsServer, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = datetime.now(UTC) - timedelta(days=31)
        await one_database.write(partial(inbox.mark, handler="handler", event_id="old"))
        await one_database.write(lambda session: session.execute(update(marks).values(done_at=old)))
        await one_database.write(partial(inbox.mark, handler="handler", event_id="new"))
        running = await start(one_database, nats_server.url)
        await add(one_database, event(1))
        await empty(one_database)
        await running.stop()
        yesterday = datetime.now(UTC) - timedelta(days=1, seconds=1)
        await one_database.write(lambda session: session.execute(update(receipts).values(sent_at=yesterday)))
        await start(one_database, nats_server.url)
        await add(one_database, event(2))
        await empty(one_database)

        async def forgotten() -> bool:
            return await one_database.read(partial(outbox.receipt, event_id="1-1")) is None

        await until(forgotten)
        assert (await receipt(one_database, "1-2")).guarantee is Guarantee.STORED
        assert not await one_database.read(partial(inbox.done, handler="handler", event_id="old"))
        assert await one_database.read(partial(inbox.done, handler="handler", event_id="new"))

    async def test_what_is_more_than_a_page_goes_page_by_page_and_all_of_it(
        self, database: Database, nats_server: NatsServer, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay, "PRUNED_AT_ONCE", 10)
        old = datetime.now(UTC) - timedelta(days=31)
        await database.write(
            lambda session: [inbox.mark(session, handler="handler", event_id=str(number)) for number in range(35)]
        )
        await database.write(lambda session: session.execute(update(marks).values(done_at=old)))
        left: list[int] = []
        running = await start(database, nats_server.url)
        sweep = running.relay._sweep

        async def watched(lease: leases.Lease, chosen: Sweep) -> float:
            left.append(
                await database.read(
                    lambda session: session.execute(select(func.count()).select_from(marks)).scalar_one()
                )
            )
            return await sweep(lease, chosen)

        monkeypatch.setattr(running.relay, "_sweep", watched)

        async def all_gone() -> bool:
            return bool(left) and left[-1] == 0

        await until(all_gone)
        assert {before - after for before, after in pairwise(left)} <= {0, 5, 10}
