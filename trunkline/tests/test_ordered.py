"""What an ordered handler promises: the events of a key one after another, whatever fails, dies or is taken over."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from sqlalchemy import Column, Integer, MetaData, String, Table, text, update

from backlog import until_done
from trunkline import (
    ConfigurationError,
    Connection,
    Message,
    NATSService,
    NatsSettings,
    OwnershipLost,
    Retry,
    Stream,
    Subject,
    Subjects,
)
from trunkline import ordered as ordering
from trunkline import pull as pulling
from trunkline.server import NatsServer
from trunkline.server_consumer import ServerConsumer
from trunkline.sql import Database, deadletters
from trunkline.sql.tables import leases

LIMIT = 30.0
PROCESS = Path(__file__).with_name("programs") / "ordered_process.py"
SUBJECTS = Subjects([Subject("a.{id}.made", key="id")])
STREAMS = (Stream("A", ("a.>",)),)
TABLES = MetaData()
Table(
    "effects",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("process", String),
    Column("number", Integer),
    Column("key", String),
)
QUICK = Retry(attempts=3, first_delay=0.05, max_delay=0.1)


class Thing(BaseModel):
    number: int


class Seen:
    """A handler that notes key and number of what it got, and does what it was told."""

    def __init__(self, act: Callable[[int, Message], Any] | None = None) -> None:
        self.events: list[tuple[str | None, int]] = []
        self.act = act

    async def handle(self, subject: str, data: Thing, msg: Message) -> None:
        self.events.append((msg.event.key, data.number))
        if self.act is not None:
            await self.act(data.number, msg)

    def of(self, key: str) -> list[int]:
        return [number for each, number in self.events if each == key]


class Opened:
    """Services on one server and one database, which the test's end stops."""

    def __init__(self, url: str, database: Database, server: NatsServer) -> None:
        self.url = url
        self.database = database
        self.server = server
        self.services: list[NATSService] = []

    async def service(self, *, database: bool = True) -> NATSService:
        settings = NatsSettings(url=SecretStr(self.server.url), reconnect_max_wait=0.3, drain_timeout=2)
        service = NATSService(
            Connection(settings),
            database=self.database if database else None,
            subjects=SUBJECTS,
            streams=STREAMS,
        )
        self.services.append(service)
        await service.start()
        await service.connection.wait_connected(LIMIT)
        return service

    async def letters(self) -> list[tuple[bytes, int]]:
        return [(each.payload, each.attempts) for each in await self.database.read(deadletters.list)]

    async def effects(self) -> list[tuple[str, int]]:
        query = text("SELECT process, number FROM effects ORDER BY id")
        return [(row.process, row.number) for row in await self.database.read(lambda s: s.execute(query).all())]


@pytest.fixture
async def opened(nats_server: NatsServer, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Opened]:
    monkeypatch.setattr(ordering, "LEASE_TERM", 1.5)
    monkeypatch.setattr(ordering, "STAND_BY_SECONDS", 0.2)
    database = Database(database_url)
    database.create_tables(TABLES)
    await database.start()
    opened = Opened(database_url, database, nats_server)
    yield opened
    for service in opened.services:
        await service.stop()
    await database.close()


class Worker:
    """A process that handles events."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    @classmethod
    async def start(cls, opened: Opened, name: str, *what: str) -> "Worker":
        arguments = (str(PROCESS), opened.url, opened.server.url, name, *what)
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=pipe))

    async def said(self, line: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(LIMIT):
            while line not in self.lines:
                read = await self.process.stdout.readline()
                assert read, f"ended without {line!r}: {self.lines}"
                self.lines.append(read.decode().strip())

    async def ended(self) -> None:
        async with asyncio.timeout(LIMIT):
            await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()


@pytest.fixture
async def workers() -> AsyncIterator[list[Worker]]:
    started: list[Worker] = []
    yield started
    for worker in started:
        await worker.kill()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.02)


async def publish(service: NATSService, *numbers: int, key: str = "k") -> None:
    for number in numbers:
        await service.publish_event(f"a.{key}.made", Thing(number=number), persistent=True)


class TestOrder:
    """Within a key one after another, also through retries; across keys side by side."""

    async def test_a_failure_parks_its_key_and_no_other(self, opened: Opened) -> None:
        go_on = asyncio.Event()
        attempts: list[int] = []

        async def act(number: int, msg: Message) -> None:
            if msg.event.key == "k" and number == 1:
                attempts.append(msg.deliveries)
                if not go_on.is_set():
                    raise RuntimeError("not yet")

        service, seen = await opened.service(), Seen(act)
        await publish(service, 1, 2, 3)
        await publish(service, 1, 2, 3, key="other")
        patient = Retry(attempts=1000, first_delay=0.05, max_delay=0.1)
        await service.subscribe_to_events(
            "a.>", seen.handle, durable="keen", ordered=True, concurrency=1, retry=patient
        )
        await until(lambda: seen.of("other") == [1, 2, 3] and len(attempts) > 2)
        assert set(seen.of("k")) == {1}
        go_on.set()
        await until_done(service)
        assert seen.of("k") == [1] * len(attempts) + [2, 3]
        assert attempts == list(range(1, len(attempts) + 1))

    async def test_keys_run_side_by_side_and_one_key_does_not(self, opened: Opened) -> None:
        together: list[set[str | None]] = []
        running: set[str | None] = set()

        async def act(number: int, msg: Message) -> None:
            assert msg.event.key not in running
            running.add(msg.event.key)
            together.append(set(running))
            await asyncio.sleep(0.1)
            running.remove(msg.event.key)

        service, seen = await opened.service(), Seen(act)
        for key in ("k", "l", "m"):
            await publish(service, 1, 2, 3, key=key)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await until_done(service)
        assert [seen.of(key) for key in ("k", "l", "m")] == [[1, 2, 3]] * 3
        assert {"k", "l", "m"} in together

    async def test_events_without_a_key_do_not_wait_for_one_another(self, opened: Opened) -> None:
        async def act(number: int, msg: Message) -> None:
            await until(lambda: len(seen.events) == 3)

        service, seen = await opened.service(), Seen(act)
        for number in (1, 2, 3):
            await service.publish_event("a.x.y.z", Thing(number=number), persistent=True)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await until_done(service)
        assert sorted(seen.events) == [(None, 1), (None, 2), (None, 3)]

    async def test_after_the_last_attempt_the_key_goes_on(self, opened: Opened) -> None:
        async def act(number: int, msg: Message) -> None:
            if number == 1:
                raise RuntimeError("never")

        service, seen = await opened.service(), Seen(act)
        await publish(service, 1, 2)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True, retry=QUICK)
        await until_done(service)
        assert seen.of("k") == [1, 1, 1, 2]
        assert await opened.letters() == [(b'{"number":1}', 3)]

    async def test_a_handler_that_asks_for_an_event_again_gets_it_before_the_next(self, opened: Opened) -> None:
        async def act(number: int, msg: Message) -> None:
            if msg.deliveries == 1:
                await msg.nak(0.05)

        service, seen = await opened.service(), Seen(act)
        await publish(service, 1, 2)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await until_done(service)
        assert seen.of("k") == [1, 1, 2, 2]

    async def test_what_piles_up_behind_a_failure_is_bounded_and_shown(
        self, opened: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pulling, "_ORDERED_HELD", 8)
        go_on = asyncio.Event()

        async def act(number: int, msg: Message) -> None:
            if number == 0 and not go_on.is_set():
                raise RuntimeError("not yet")

        service, seen = await opened.service(), Seen(act)
        await publish(service, *range(30))
        patient = Retry(attempts=1000, first_delay=0.05, max_delay=0.1)
        subscription = await service.subscribe_to_events(
            "a.>", seen.handle, durable="keen", ordered=True, concurrency=2, retry=patient
        )
        await until(lambda: "wait behind others" in (subscription.error or ""))
        info = await service.nc.jetstream().consumer_info("A", "keen")
        assert info.num_ack_pending is not None
        assert info.num_ack_pending <= 8
        go_on.set()
        await until_done(service)
        assert seen.of("k")[-29:] == list(range(1, 30))

    async def test_what_somebody_else_was_given_is_fetched_back_before_what_follows_it(self, opened: Opened) -> None:
        service, seen = await opened.service(), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await publish(service, 1)
        await until(lambda: seen.of("k") == [1])
        stranger = await opened.service(database=False)
        waiting = await stranger.nc.jetstream().pull_subscribe_bind("keen", "A")
        taking = asyncio.create_task(waiting.fetch(3, timeout=3))
        await asyncio.sleep(0.3)  # its request waits at the server, in turn with ours
        await publish(service, *range(2, 12))
        await until(lambda: len(seen.events) == 11)
        assert await taking
        assert seen.of("k") == list(range(1, 12))

    async def test_a_deleted_consumer_repeats_nothing_that_a_handler_without_a_commit_has_done(
        self, opened: Opened
    ) -> None:
        service, seen = await opened.service(), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await publish(service, 1, 2)
        await until_done(service)
        await service.nc.jetstream().delete_consumer("A", "keen")
        await publish(service, 3)
        await until(lambda: 3 in seen.of("k"))
        assert seen.of("k") == [1, 2, 3]

    async def test_without_jetstream_a_process_keeps_the_order_of_what_it_gets(self, opened: Opened) -> None:
        await opened.server.restart(jetstream=False)

        async def act(number: int, msg: Message) -> None:
            if number == 1 and msg.deliveries == 1:
                raise RuntimeError("not yet")

        service, seen = await opened.service(), Seen(act)
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True, retry=QUICK)
        await until(lambda: subscription.is_unkept)
        for number in (1, 2, 3):
            await service.publish_event("a.k.made", Thing(number=number))
        await until(lambda: len(seen.events) == 4)
        assert seen.of("k") == [1, 1, 2, 3]


class TestOneOwner:
    """One process at a time; the others stand by, and take over."""

    async def test_one_handles_all_and_the_other_takes_over_when_it_goes(self, opened: Opened) -> None:
        one, other, seen, after = await opened.service(), await opened.service(), Seen(), Seen()
        owner = await one.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await until(lambda: owner.error is None)
        standing_by = await other.subscribe_to_events("a.>", after.handle, durable="keen", ordered=True)
        await publish(one, *range(20))
        await until_done(one)
        assert (seen.of("k"), after.events) == (list(range(20)), [])
        await until(lambda: standing_by.error is None)
        await owner.unsubscribe()
        await publish(one, 20, 21)
        await until(lambda: after.of("k") == [20, 21])

    async def test_what_was_running_when_it_went_is_finished_first(self, opened: Opened) -> None:
        async def act(number: int, msg: Message) -> None:
            events.append(f"begun {number}")
            await asyncio.sleep(0.5)
            events.append(f"done {number}")

        events: list[str] = []
        one, other, seen = await opened.service(), await opened.service(), Seen(act)
        await publish(one, 1, 2)
        owner = await one.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await until(lambda: len(events) == 1)
        await other.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await owner.unsubscribe()
        await until(lambda: len(events) == 4)
        assert events == ["begun 1", "done 1", "begun 2", "done 2"]

    @pytest.mark.parametrize("resets", [True, False], ids=["reset", "made-anew"])
    async def test_when_the_owner_is_killed_another_begins_where_it_stopped(
        self, opened: Opened, workers: list[Worker], monkeypatch: pytest.MonkeyPatch, resets: bool
    ) -> None:
        if not resets:
            monkeypatch.setattr(ServerConsumer, "_can_reset", lambda self: False)
        service, seen = await opened.service(), Seen()
        workers.append(await Worker.start(opened, "dies", "ordered", "hang=2"))
        await workers[0].said("started")
        await publish(service, 1, 2, 3)
        await publish(service, 1, key="other")
        await workers[0].said("begun 2")
        workers[0].signal(signal.SIGKILL)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await publish(service, 4)
        await until(lambda: 4 in seen.of("k"))
        await until_done(service)
        assert seen.of("k") == [2, 3, 4]
        assert [number for _, number in await opened.effects()] == [1, 1]

    async def test_an_owner_that_was_frozen_acts_no_more_and_disturbs_no_order(
        self, opened: Opened, workers: list[Worker]
    ) -> None:
        service = await opened.service()
        workers.append(await Worker.start(opened, "frozen", "ordered", "slow=1"))
        await workers[0].said("started")
        await publish(service, 1, 2)
        await workers[0].said("begun 1")
        workers[0].signal(signal.SIGSTOP)
        workers.append(await Worker.start(opened, "next", "ordered"))
        await workers[1].said("done 2")
        await publish(service, 3, 4)
        await workers[1].said("done 4")
        workers[0].signal(signal.SIGCONT)
        await publish(service, 5, 6)
        await workers[1].said("done 6")
        await asyncio.sleep(2)  # the frozen one's handler has had its time to commit
        assert await opened.effects() == [("next", number) for number in range(1, 7)]

    async def test_a_commit_after_the_lease_went_is_refused(self, opened: Opened) -> None:
        raised: list[str] = []

        async def act(number: int, msg: Message) -> None:
            await opened.database.write(lambda s: s.execute(update(leases).values(owner="another", fence=99)))
            try:
                await msg.commit(lambda session: session.execute(text("INSERT INTO effects (number) VALUES (1)")))
            except OwnershipLost as error:
                raised.append(error.handler)
                raise

        service, seen = await opened.service(), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await publish(service, 1)
        await until(lambda: bool(raised))
        assert (raised[0], await opened.effects(), await opened.letters()) == ("keen", [], [])


class TestDyingWorkers:
    """An event that kills its worker each time is buried before it runs again; what was held beside it is not."""

    @pytest.mark.parametrize("mode", ["ordered", "shared"])
    async def test_it_becomes_a_dead_letter_and_its_neighbours_are_handled(
        self, opened: Opened, workers: list[Worker], mode: str
    ) -> None:
        service = await opened.service()
        await publish(service, 1, 2, 3)
        for number in range(3):
            workers.append(await Worker.start(opened, f"dies {number}", mode, "die=1"))
            await workers[-1].said("begun 1")
            await workers[-1].ended()
        workers.append(await Worker.start(opened, "lives", mode, "die=1"))
        await until_done(service)
        assert await opened.letters() == [(b'{"number":1}', 3)]
        (group,) = await opened.database.read(deadletters.groups)
        assert group.error_class == "trunkline.errors.WorkerDied"
        assert Counter(number for _, number in await opened.effects()) == {2: 1, 3: 1}


class TestWhatIsRefused:
    """What cannot keep order is refused when it is subscribed."""

    async def test_without_a_database_or_a_name(self, opened: Opened) -> None:
        bare, service = await opened.service(database=False), await opened.service()
        with pytest.raises(ConfigurationError, match="database"):
            await bare.subscribe_to_events("a.>", Seen().handle, durable="keen", ordered=True)
        with pytest.raises(ConfigurationError, match="durable name"):
            await service.subscribe_to_events("a.>", Seen().handle, ordered=True)
