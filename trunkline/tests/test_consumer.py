"""What a durable handler promises: every stored event, at least once, until it is done or buried."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import nats
import pytest
from pydantic import BaseModel, SecretStr
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from backlog import pending, until_done
from trunkline import (
    CommitUnavailable,
    ConfigurationError,
    Connection,
    DatabaseError,
    HandlerError,
    InvalidSubject,
    Message,
    NATSService,
    NatsSettings,
    Retry,
    Stream,
    Subject,
    Subjects,
    pull_requests,
)
from trunkline.consumer import DurableSubscription
from trunkline.server import NatsServer
from trunkline.sql import Database, deadletters
from trunkline.sql.deadletters import DeadLetter
from trunkline.sql.tables import dead_letters
from trunkline.testing import NatsServerFactory

LIMIT = 20.0
SUBJECTS = Subjects([Subject("a.{id}.made", key="id")])
STREAMS = (Stream("A", ("a.>",)), Stream("B", ("b.>",)))
QUICK = Retry(attempts=3, first_delay=0.05, max_delay=0.1)


class Thing(BaseModel):
    number: int


class Opened:
    """Makes services that the test's end stops, before the servers."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.busy_limit = 5.0
        self.made: list[NATSService] = []
        self.databases: list[Database] = []

    async def __call__(self, server: NatsServer, *, database: bool = True, wait: bool = True) -> NATSService:
        quick = {"url": SecretStr(server.url), "reconnect_max_wait": 0.3, "publish_timeout": 2, "drain_timeout": 2}
        service = NATSService(
            Connection(NatsSettings.model_validate(quick)),
            database=await self.database() if database else None,
            subjects=SUBJECTS,
            streams=STREAMS,
        )
        self.made.append(service)
        await service.start()
        if wait:
            await service.connection.wait_connected(LIMIT)
        return service

    async def database(self) -> Database:
        database = Database(self.database_url, busy_limit=self.busy_limit)
        database.create_tables()
        await database.start()
        self.databases.append(database)
        return database

    async def letters(self) -> list[DeadLetter]:
        return list(await self.databases[-1].read(deadletters.list))

    async def close(self) -> None:
        for service in self.made:
            await service.stop()
        for database in self.databases:
            await database.close()


@pytest.fixture
async def opened(nats_server_factory: NatsServerFactory, sqlite_url: str) -> AsyncIterator[Opened]:
    opened = Opened(sqlite_url)
    yield opened
    await opened.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.02)


class Seen:
    """A handler that notes what it got, and does what it was told for a number."""

    def __init__(self, act: Callable[[int, Message], Any] | None = None) -> None:
        self.numbers: list[int] = []
        self.messages: list[Message] = []
        self.act = act

    async def handle(self, subject: str, data: Thing, msg: Message) -> None:
        self.numbers.append(data.number)
        self.messages.append(msg)
        if self.act is not None:
            await self.act(data.number, msg)


async def publish(service: NATSService, *numbers: int, subject: str = "a.1.made") -> None:
    for number in numbers:
        assert (await service.publish_event(subject, Thing(number=number), persistent=True)).stream is not None


class TestEveryEvent:
    """A durable handler gets what was stored before it came, while it is there, and while it was away."""

    async def test_from_the_beginning_of_the_stream_and_acknowledged(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server), Seen()
        await publish(service, 1, 2)
        await service.subscribe_to_events("a.*.made", seen.handle, durable="keen")
        await publish(service, 3)
        await until(lambda: sorted(seen.numbers) == [1, 2, 3])
        await until_done(service)
        first = seen.messages[0]
        assert (first.subject, first.stream, first.sequence, first.deliveries) == ("a.1.made", "A", 1, 1)
        assert (first.event.key, first.event.type) == ("1", "a.made")

    async def test_a_subject_template_is_a_pattern_and_a_pattern_may_span_streams(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen, wide = await opened(nats_server), Seen(), Seen()
        await service.subscribe_to_events(Subject("a.{id}.made"), seen.handle, durable="keen")
        await service.subscribe_to_events("*.*.made", wide.handle, durable="wide")
        await publish(service, 1)
        await publish(service, 2, subject="b.1.made")
        await until(lambda: seen.numbers == [1] and sorted(wide.numbers) == [1, 2])

    async def test_two_processes_share_the_work(self, opened: Opened, nats_server: NatsServer) -> None:
        one, other, seen = await opened(nats_server), await opened(nats_server), Seen()
        for service in (one, other):
            await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(one, *range(40))
        await until(lambda: len(seen.numbers) >= 40)
        await until_done(one)
        assert Counter(seen.numbers) == Counter(range(40))

    async def test_after_a_restart_it_goes_on_where_it_was(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen, again = await opened(nats_server), Seen(), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        await until_done(service)
        await subscription.unsubscribe()
        await publish(service, 2)
        await service.subscribe_to_events("a.>", again.handle, durable="keen")
        await until(lambda: again.numbers == [2])

    async def test_it_may_be_subscribed_before_there_is_a_server(self, opened: Opened, nats_server: NatsServer) -> None:
        await nats_server.stop()
        service, seen = await opened(nats_server, wait=False), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await service.publish_event("a.1.made", {"number": 1}, persistent=True)
        await nats_server.start()
        await until(lambda: seen.numbers == [1])

    async def test_trials_are_left_alone_unless_asked_for(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen, all_of_them = await opened(nats_server), Seen(), Seen()
        await service.publish_event("a.1.made", {"number": 1}, persistent=True, test=True)
        await publish(service, 2)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await service.subscribe_to_events("a.>", all_of_them.handle, durable="all", include_tests=True)
        await until(lambda: seen.numbers == [2] and sorted(all_of_them.numbers) == [1, 2])
        await until_done(service)

    async def test_on_a_plain_client(self, opened: Opened, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        service, seen = NATSService(client, streams=STREAMS), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        await service.stop()
        await client.close()


class TestFailure:
    """What fails is tried again after a pause, then buried; nothing stops the others, nothing spins."""

    async def test_it_is_tried_again_and_then_done(self, opened: Opened, nats_server: NatsServer) -> None:
        async def act(number: int, msg: Message) -> None:
            if msg.deliveries < 3:
                raise RuntimeError("not yet")

        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK)
        await publish(service, 1)
        await until(lambda: [message.deliveries for message in seen.messages] == [1, 2, 3])
        await until_done(service)
        assert await opened.letters() == []

    async def test_after_the_last_attempt_it_is_a_dead_letter_and_the_next_is_handled(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            if number == 1:
                raise RuntimeError("never")

        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK, concurrency=1)
        await publish(service, 1, 2)
        await until(lambda: Counter(seen.numbers) == {1: 3, 2: 1})
        await until_done(service)
        (letter,) = await opened.letters()
        assert (letter.handler, letter.attempts, letter.error_class) == ("keen", 3, "RuntimeError")
        assert (letter.stream, letter.sequence, letter.payload) == ("A", 1, b'{"number":1}')

    async def test_a_payload_that_can_never_be_valid_is_buried_at_once(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        for body in (b"no json", b'{"number": "secret words"}', b"[]", b"\xff"):
            await service.nc.jetstream().publish("a.1.made", body)
        await publish(service, 5)
        await until(lambda: seen.numbers == [5])
        await until_done(service)
        letters = await opened.letters()
        assert {letter.error_class for letter in letters} == {"trunkline.errors.InvalidPayload"}
        assert len(letters) == 4
        assert not any("secret words" in letter.error_message for letter in letters)
        assert subscription.failed == 0

    @pytest.mark.parametrize("ordered", [False, True])
    async def test_whoever_asked_is_told_in_the_transaction_that_buries_it(
        self, opened: Opened, nats_server: NatsServer, ordered: bool
    ) -> None:
        told: list[tuple[bytes, int]] = []

        def farewell(session: Session, message: Message) -> None:
            letters = session.scalars(select(dead_letters.c.event_id)).all()
            told.append((message.data, letters.count(message.event.id)))
            if len(told) == 1:
                raise RuntimeError("not now")

        async def act(number: int, msg: Message) -> None:
            raise RuntimeError("never")

        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events(
            "a.>", seen.handle, durable="keen", ordered=ordered, retry=QUICK, on_buried=farewell
        )
        await publish(service, 1)
        await until(lambda: len(told) == 2)
        await until_done(service)
        assert told == [(b'{"number":1}', 1)] * 2  # the first time it was not to be, so nothing was buried
        assert len(await opened.letters()) == 1
        await service.nc.jetstream().publish("a.2.made", b"no json")  # the handler never sees it
        await until_done(service)
        assert told[2:] == [(b"no json", 1)]

    @pytest.mark.parametrize(("durable", "database"), [(None, True), ("keen", False)])
    async def test_nobody_is_told_where_nothing_is_buried(
        self, opened: Opened, nats_server: NatsServer, durable: str | None, database: bool
    ) -> None:
        service, seen = await opened(nats_server, database=database), Seen()
        with pytest.raises(ConfigurationError, match="on_buried"):
            await service.subscribe_to_events("a.>", seen.handle, durable=durable, on_buried=lambda *_: None)

    async def test_without_a_database_it_is_given_up_with_an_error_in_the_log(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server, database=False), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await service.nc.jetstream().publish("a.1.made", b"no json")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        await until_done(service)

    async def test_without_a_database_the_deliveries_say_that_its_workers_died(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server, database=False), Seen()
        await service.subscribe_to_events("b.>", seen.handle, durable="other")
        await publish(service, 1)
        js = service.nc.jetstream()
        taker = await js.pull_subscribe("a.>", durable="keen")
        for _ in range(QUICK.attempts):  # as many workers take it, and die without an answer
            (taken,) = await taker.fetch(1, timeout=5)
            await taken.nak()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK)
        await until_done(service)
        assert (subscription.buried, seen.numbers) == (1, [])

    @pytest.mark.parametrize("ordered", [False, True])
    async def test_a_database_in_trouble_uses_up_no_attempts(
        self, opened: Opened, nats_server: NatsServer, tmp_path: Path, ordered: bool
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            await msg.commit(lambda session: None)

        opened.busy_limit = 0.2
        service, seen = await opened(nats_server), Seen(act)
        subscription = await service.subscribe_to_events(
            "a.>", seen.handle, durable="keen", retry=QUICK, ordered=ordered
        )
        await until(lambda: subscription.error is None)
        with closing(sqlite3.connect(tmp_path / "trunkline.db", isolation_level=None)) as locked:
            locked.execute("BEGIN IMMEDIATE")
            await service.nc.jetstream().publish("a.1.made", b'{"number": 1}')
            await until(lambda: ordered or len(seen.numbers) > 2)  # an ordered attempt cannot even be noted
            await asyncio.sleep(1.0)
        await until_done(service)
        assert {message.deliveries for message in seen.messages} == {1}
        assert (subscription.failed, await opened.letters()) == (0, [])

    @pytest.mark.parametrize("ordered", [False, True])
    async def test_an_event_with_which_the_database_fails_while_it_takes_others_is_given_up(
        self, opened: Opened, nats_server: NatsServer, ordered: bool
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            if number == 1:
                raise DatabaseError("the statement took too long")

        service, seen = await opened(nats_server), Seen(act)
        subscription = await service.subscribe_to_events(
            "a.>", seen.handle, durable="keen", retry=QUICK, ordered=ordered
        )
        await until(lambda: subscription.error is None)
        await publish(service, 1, 2)
        await until_done(service)
        # each attempt begins once more: the trouble could have ended just after the error
        assert sorted(seen.numbers) == [1, 1, 1, 1, 1, 1, 2]
        assert subscription.failed == 3
        assert [letter.error_class for letter in await opened.letters()] == ["trunkline.errors.DatabaseError"]

    @pytest.mark.parametrize("ordered", [False, True])
    async def test_an_event_that_is_asked_for_again_too_often_is_given_up_for_that(
        self, opened: Opened, nats_server: NatsServer, ordered: bool
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            await msg.nak(0.05)

        service, seen = await opened(nats_server), Seen(act)
        subscription = await service.subscribe_to_events(
            "a.>", seen.handle, durable="keen", retry=QUICK, ordered=ordered
        )
        await until(lambda: subscription.error is None)
        await publish(service, 1)
        await until_done(service)
        assert seen.numbers == [1, 1, 1]
        (letter,) = await opened.letters()
        assert (letter.attempts, letter.error_class) == (3, "trunkline.errors.HandlerError")
        assert "asked for the event again 3 times" in letter.error_message

    @pytest.mark.parametrize("ordered", [False, True])
    async def test_an_event_asked_for_again_comes_when_its_attempt_has_ended(
        self, opened: Opened, nats_server: NatsServer, ordered: bool
    ) -> None:
        running: list[int] = []

        async def act(number: int, msg: Message) -> None:
            if len(seen.numbers) == 1:
                running.append(number)
                await msg.nak(0)
                await asyncio.sleep(0.5)
                running.remove(number)
            assert not running

        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=ordered)
        await publish(service, 1)
        await until(lambda: len(seen.numbers) == 2)  # before the server would send again what it hears nothing of
        await until_done(service)
        assert seen.numbers == [1, 1]

    @pytest.mark.parametrize("ordered", [False, True])
    async def test_what_is_given_back_when_a_process_stops_has_used_up_no_attempt(
        self, opened: Opened, nats_server: NatsServer, ordered: bool
    ) -> None:
        go_on = asyncio.Event()

        async def act(number: int, msg: Message) -> None:
            await go_on.wait()

        service, seen, once = await opened(nats_server), Seen(act), Retry(attempts=1)
        await publish(service, 1, 2, 3)
        for stops in range(3):
            subscription = await service.subscribe_to_events(
                "a.>", seen.handle, durable="keen", retry=once, ordered=ordered, concurrency=1
            )
            await until(lambda stops=stops: len(seen.numbers) == stops + 1)  # type: ignore[misc]
            await subscription.stop(0.1)
        go_on.set()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=once, ordered=ordered)
        await until_done(service)
        assert {1, 2, 3} <= set(seen.numbers)
        assert await opened.letters() == []

    async def test_deliveries_that_never_began_are_no_attempts(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen = await opened(nats_server), Seen()
        await service.subscribe_to_events("b.>", seen.handle, durable="other")
        await publish(service, 1)
        taker = await service.nc.jetstream().pull_subscribe("a.>", durable="keen")
        for _ in range(2 * QUICK.attempts):  # as many workers hold it, and die of something else
            (taken,) = await taker.fetch(1, timeout=5)
            await taken.nak()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK)
        await until_done(service)
        assert (seen.numbers, await opened.letters()) == ([1], [])

    async def test_a_handler_over_its_limit_is_cancelled_and_tried_again(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        cancelled: list[int] = []

        async def act(number: int, msg: Message) -> None:
            if msg.deliveries > 1:
                return
            try:
                await asyncio.sleep(LIMIT)
            except asyncio.CancelledError:
                cancelled.append(number)
                raise

        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK, time_limit=0.1)
        await publish(service, 1)
        await until(lambda: seen.numbers == [1, 1])
        assert cancelled == [1]
        await until_done(service)

    async def test_a_handler_may_ask_for_the_event_again(self, opened: Opened, nats_server: NatsServer) -> None:
        async def act(number: int, msg: Message) -> None:
            if msg.deliveries == 1:
                await msg.nak(0.05)

        service, seen = await opened(nats_server), Seen(act)
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1, 1])
        await until_done(service)
        assert subscription.failed == 0

    def test_the_pauses_grow_up_to_a_limit_and_vary(self) -> None:
        retry = Retry(attempts=9, first_delay=1, factor=2, max_delay=10, jitter=0.1)
        for failed, whole in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (400, 10)):
            assert {0.9 * whole <= retry.delay(failed) <= 1.1 * whole for _ in range(50)} == {True}
        assert len({retry.delay(1) for _ in range(50)}) > 1

    async def test_the_class_of_the_error_decides(self, opened: Opened, nats_server: NatsServer) -> None:
        async def act(number: int, msg: Message) -> None:
            raise {1: KeyError, 2: ValueError, 3: LookupError, 4: RuntimeError}[number]("never")

        service, seen = await opened(nats_server), Seen(act)
        longer = Retry(attempts=4, first_delay=0.05, max_delay=0.1)
        retry = Retry(attempts=2, first_delay=0.05, max_delay=0.1, on={LookupError: longer}, never=(ValueError,))
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=retry)
        await publish(service, 1, 2, 3, 4)
        await until(lambda: Counter(seen.numbers) == {1: 4, 2: 1, 3: 4, 4: 2})
        await until_done(service)
        letters = {(letter.error_class, letter.attempts) for letter in await opened.letters()}
        assert letters == {("KeyError", 4), ("ValueError", 1), ("LookupError", 4), ("RuntimeError", 2)}

    def test_the_nearest_class_of_an_error_decides(self) -> None:
        class Own(KeyError):
            pass

        wide, near = Retry(attempts=2), Retry(attempts=3)
        retry = Retry(on={LookupError: wide, KeyError: near}, never=(IndexError,))
        assert [retry.after(error) for error in (Own(), LookupError(), IndexError(), OSError())] == [
            near,
            wide,
            None,
            retry,
        ]
        assert retry.most_attempts == 5

    @pytest.mark.parametrize(
        "wrong",
        [
            {"attempts": 0},
            {"first_delay": 0},
            {"jitter": 1},
            {"max_delay": 0.1},
            {"on": {KeyError: Retry(never=(ValueError,))}},
            {"on": {KeyError: Retry()}, "never": (KeyError,)},
        ],
    )
    def test_a_retry_that_cannot_be_meant_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="Retry needs"):
            Retry(**wrong)


class TestCommit:
    """Effect, inbox mark and outgoing events are one transaction; a second delivery has no second effect."""

    @pytest.fixture
    async def opened(self, nats_server_factory: NatsServerFactory, database_url: str) -> AsyncIterator[Opened]:
        opened = Opened(database_url)
        yield opened
        await opened.close()

    async def test_a_second_delivery_has_no_second_effect(self, opened: Opened, nats_server: NatsServer) -> None:
        results: list[int | None] = []

        async def act(number: int, msg: Message) -> None:
            def effect(session: Session) -> int:
                session.execute(text("INSERT INTO effects VALUES (1)"))
                return number

            results.append(await msg.commit(effect))
            results.append(await msg.commit(effect))

        service, seen = await opened(nats_server), Seen(act)
        database = opened.databases[-1]
        await database.write(lambda session: session.execute(text("CREATE TABLE effects (number INTEGER)")))
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: len(results) == 2)
        assert results == [1, None]
        assert await database.read(lambda session: session.scalar(text("SELECT count(*) FROM effects"))) == 1
        assert [each.repeated for each in (await service.health()).subscriptions] == [1]

    async def test_an_event_that_was_done_does_not_run_again_when_its_acknowledgement_was_lost(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service = await opened(nats_server)
        done = asyncio.Event()

        async def act(number: int, msg: Message) -> None:
            reply, msg.acknowledging = msg.acknowledging, None  # the acknowledgement goes nowhere
            await msg.commit(lambda session: None)
            assert reply is not None
            reply.nak(msg, 0)  # and the server sends the event again
            done.set()

        seen = Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(done.is_set)
        await until_done(service)
        assert seen.numbers == [1]
        assert [each.repeated for each in (await service.health()).subscriptions] == [1]

    async def test_an_effect_that_raises_leaves_nothing_and_is_tried_again(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        effects: list[int] = []

        async def act(number: int, msg: Message) -> None:
            def effect(session: object) -> None:
                if msg.deliveries == 1:
                    raise RuntimeError("half done")
                effects.append(number)

            await msg.commit(effect)

        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK)
        await publish(service, 1)
        await until(lambda: effects == [1])
        await until_done(service)

    async def test_without_a_database_or_a_durable_name_there_is_no_commit(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        raised: list[str] = []

        async def act(number: int, msg: Message) -> None:
            try:
                await msg.commit(lambda session: None)
            except CommitUnavailable as error:
                raised.append(str(error))

        bare, service, seen = await opened(nats_server, database=False), await opened(nats_server), Seen(act)
        await bare.subscribe_to_events("a.>", seen.handle, durable="keen")
        await service.subscribe_to_events("a.>", seen.handle)
        await publish(service, 1)
        await until(lambda: len(raised) == 2)
        assert {"database" in text for text in raised} == {True, False}


class TestBounds:
    """Bounded concurrency and prefetch; what is held is kept alive."""

    async def test_no_more_run_at_once_than_allowed_and_no_more_than_twice_are_held(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        running = most = 0
        go_on = asyncio.Event()

        async def act(number: int, msg: Message) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await go_on.wait()
            running -= 1

        service, seen = await opened(nats_server), Seen(act)
        await publish(service, *range(30))
        await service.subscribe_to_events("a.>", seen.handle, durable="keen", concurrency=3)
        await until(lambda: running == 3)
        assert (await pending(service))[0] <= 6
        go_on.set()
        await until(lambda: len(seen.numbers) == 30)
        await until_done(service)
        assert most == 3

    async def test_a_long_handler_and_what_waits_behind_it_do_not_go_to_another_worker(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            await asyncio.sleep(1.5)

        service, seen, other = await opened(nats_server), Seen(act), Seen()
        await publish(service, 1, 2)
        busy, idle = (
            DurableSubscription(service.connection, "a.>", each.handle, durable="keen", concurrency=1, ack_wait=0.6)
            for each in (seen, other)
        )
        await busy.start()
        await until(lambda: seen.numbers == [1])
        await idle.start()
        await until(lambda: len(seen.numbers) == 2)
        await until_done(service)
        await busy.stop(1)
        await idle.stop(1)
        assert [message.deliveries for message in seen.messages] == [1, 1]
        assert other.numbers == []


class TestHealing:
    """A consumer that stalls heals itself, under the same name."""

    async def test_a_killed_server(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen = await opened(nats_server), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        nats_server.kill()
        await nats_server.restart()
        await service.connection.wait_connected(LIMIT)
        await publish(service, 2)
        await until(lambda: 2 in seen.numbers)

    async def test_a_deleted_consumer_is_made_again_after_what_was_done(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        service, seen = await opened(nats_server), Seen()
        subscription = DurableSubscription(service.connection, "a.>", seen.handle, durable="keen", ack_wait=0.6)
        await subscription.start()
        await publish(service, 1, 2)
        await until(lambda: sorted(seen.numbers) == [1, 2])
        await until_done(service)
        await asyncio.sleep(0.5)  # the floor is noted at the next progress
        await service.nc.jetstream().delete_consumer("A", "keen")
        await publish(service, 3)
        await until(lambda: 3 in seen.numbers)
        await subscription.stop(1)
        assert sorted(seen.numbers) == [1, 2, 3]

    async def test_a_deleted_stream_begins_anew(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen = await opened(nats_server), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1, 2, 3)
        await until(lambda: len(seen.numbers) == 3)
        await service.nc.jetstream().delete_stream("A")
        await until(lambda: subscription.error is not None)
        await until(lambda: subscription.error is None)
        await publish(service, 4)
        await until(lambda: 4 in seen.numbers)

    async def test_a_stream_that_appears_later_is_found(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen = await opened(nats_server), Seen()
        subscription = await service.subscribe_to_events("theirs.>", seen.handle, durable="keen")
        assert subscription.error is not None
        await service.nc.jetstream().add_stream(name="THEIRS", subjects=["theirs.>"])
        await publish(service, 1, subject="theirs.x")
        await until(lambda: seen.numbers == [1])

    async def test_the_same_name_may_take_other_subjects_later(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen, other = await opened(nats_server), Seen(), Seen()
        subscription = await service.subscribe_to_events("a.*.made", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        await subscription.unsubscribe()
        await service.subscribe_to_events("a.*.unmade", other.handle, durable="keen")
        await publish(service, 2, subject="a.1.unmade")
        await until(lambda: other.numbers == [2])

    async def test_a_server_that_comes_back_with_an_empty_store(
        self, opened: Opened, nats_server_factory: NatsServerFactory, tmp_path: Path
    ) -> None:
        server = await nats_server_factory(store=tmp_path / "store")
        service, seen = await opened(server), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1, 2)
        await until(lambda: sorted(seen.numbers) == [1, 2])
        server.kill()
        await server.stop()
        shutil.rmtree(tmp_path / "store" / "jetstream")
        await until(lambda: subscription.error == "not connected")
        assert (await service.health()).subscriptions[0].error == "not connected"
        await server.start()
        await until(lambda: subscription.error is None)
        await publish(service, 3)
        await until(lambda: 3 in seen.numbers)
        consumers = await service.nc.jetstream().consumers_info("A")
        assert [consumer.name for consumer in consumers] == ["keen"]
        assert sorted(seen.numbers) == [1, 2, 3]

    async def test_a_stranger_s_events_in_a_stream_made_anew_are_no_others(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        """They have no id, and their sequences were used before."""

        async def act(number: int, msg: Message) -> None:
            await msg.commit(lambda session: effects.append(number))

        effects: list[int] = []
        service, seen = await opened(nats_server), Seen(act)
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        js = service.nc.jetstream()
        for number in range(3):
            await js.publish("a.1.made", b'{"number": %d}' % number)
        await until(lambda: len(effects) == 3)
        await js.delete_stream("A")
        await service.connection.look_around()
        for number in range(3, 7):
            await js.publish("a.1.made", b'{"number": %d}' % number)
        await until(lambda: len(effects) == 7)
        assert sorted(effects) == list(range(7))

    async def test_a_pull_that_nobody_answers_is_made_again(
        self, opened: Opened, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pull_requests, "_SILENCE", 1.0)
        service, seen = await opened(nats_server), Seen()
        write = service.connection.write_now
        lost: list[bytes] = []

        def losing(frame: bytes) -> None:
            if b".MSG.NEXT." in frame and not lost:
                lost.append(frame)
            else:
                write(frame)

        monkeypatch.setattr(service.connection, "write_now", losing)
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: "nothing was heard" in (subscription.error or ""))
        await until(lambda: seen.numbers == [1])
        await until(lambda: subscription.error is None)


class TestPause:
    """A paused handler takes nothing in this process; others go on."""

    async def test_nothing_is_taken_until_it_is_resumed(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen = await opened(nats_server), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        await subscription.pause()
        await publish(service, 2, 3)
        assert await pending(service) == (0, 2)
        assert (await service.health()).subscriptions[0].error == "paused"
        assert seen.numbers == [1]
        await subscription.resume()
        await until(lambda: sorted(seen.numbers) == [1, 2, 3])
        await until(lambda: subscription.error is None)

    async def test_what_runs_is_finished_and_the_rest_goes_to_others(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            await asyncio.sleep(0.3)

        one, other, seen, after = await opened(nats_server), await opened(nats_server), Seen(act), Seen()
        await publish(one, *range(6))
        subscription = await one.subscribe_to_events("a.>", seen.handle, durable="keen", concurrency=2)
        await until(lambda: len(seen.numbers) == 2)
        await subscription.pause()
        await other.subscribe_to_events("a.>", after.handle, durable="keen")
        await until_done(one)
        assert (len(seen.numbers), len(after.numbers)) == (2, 4)

    async def test_of_an_ordered_handler_another_process_takes_over(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        one, other, seen, after = await opened(nats_server), await opened(nats_server), Seen(), Seen()
        subscription = await one.subscribe_to_events("a.>", seen.handle, durable="keen", ordered=True)
        await publish(one, 1)
        await until(lambda: seen.numbers == [1])
        await other.subscribe_to_events("a.>", after.handle, durable="keen", ordered=True)
        await subscription.pause()
        await publish(one, 2, 3)
        await until(lambda: after.numbers == [2, 3])
        await subscription.resume()
        await until(lambda: subscription.error is None)  # it stands by
        assert seen.numbers == [1]

    async def test_it_may_be_stopped_while_it_is_paused(self, opened: Opened, nats_server: NatsServer) -> None:
        service, seen = await opened(nats_server), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await subscription.pause()
        await subscription.unsubscribe()
        await subscription.resume()
        await publish(service, 1)
        await service.subscribe_to_events("a.>", seen.handle, durable="other")
        await until(lambda: seen.numbers == [1])


class TestWithoutJetStream:
    """On a core-only server a durable handler is a queue subscription of its name."""

    async def test_one_of_those_who_share_the_name_gets_it(self, opened: Opened, core_nats_server: NatsServer) -> None:
        one, other, seen = await opened(core_nats_server), await opened(core_nats_server), Seen()
        for service in (one, other):
            await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await until(lambda: all(service._subscriptions[0].error is None for service in (one, other)))
        for number in range(10):
            await one.publish_event("a.1.made", Thing(number=number), persistent=True)
        await until(lambda: len(seen.numbers) >= 10)
        assert sorted(seen.numbers) == list(range(10))

    async def test_a_failure_is_tried_again_and_buried(self, opened: Opened, core_nats_server: NatsServer) -> None:
        async def act(number: int, msg: Message) -> None:
            raise RuntimeError("never")

        service, seen = await opened(core_nats_server), Seen(act)
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen", retry=QUICK)
        await until(lambda: subscription.error is None)
        await service.publish_event("a.1.made", Thing(number=1), persistent=True)
        await until(lambda: [message.deliveries for message in seen.messages] == [1, 2, 3])
        async with asyncio.timeout(LIMIT):
            while not await opened.letters():
                await asyncio.sleep(0.05)

    async def test_jetstream_that_appears_and_vanishes_is_followed(
        self, opened: Opened, core_nats_server: NatsServer
    ) -> None:
        service, seen = await opened(core_nats_server, database=False), Seen()
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await until(lambda: subscription.error is None)
        await core_nats_server.restart(jetstream=True)
        await service.connection.wait_connected(LIMIT)
        await until(lambda: service.connection.jetstream_expected)
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        assert seen.messages[0].stream == "A"
        await core_nats_server.restart(jetstream=False)
        await until(lambda: subscription.is_unkept)
        await service.publish_event("a.1.made", Thing(number=2))
        await until(lambda: seen.numbers == [1, 2])


class TestStopping:
    """Stop taking, finish what runs within the limit, acknowledge; give back the rest."""

    async def test_what_runs_is_finished_and_what_waits_is_given_back(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            await asyncio.sleep(0.3)

        service, seen, after = await opened(nats_server), Seen(act), Seen()
        await publish(service, *range(6))
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen", concurrency=2)
        await until(lambda: len(seen.numbers) == 2)
        await subscription.unsubscribe()
        assert len(seen.numbers) == 2
        await service.subscribe_to_events("a.>", after.handle, durable="keen")
        await until(lambda: len(after.numbers) == 4)
        assert sorted(seen.numbers + after.numbers) == list(range(6))

    async def test_what_exceeds_the_limit_is_cancelled_and_comes_again(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        async def act(number: int, msg: Message) -> None:
            await asyncio.sleep(LIMIT)

        service, seen, after = await opened(nats_server), Seen(act), Seen()
        await publish(service, 1)
        subscription = await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await until(lambda: seen.numbers == [1])
        await subscription.stop(0.1)
        await service.subscribe_to_events("a.>", after.handle, durable="keen")
        await until(lambda: after.numbers == [1])

    async def test_no_task_is_left(self, opened: Opened, nats_server: NatsServer) -> None:
        before = asyncio.all_tasks()
        service, seen = await opened(nats_server), Seen()
        await service.subscribe_to_events("a.>", seen.handle, durable="keen")
        await publish(service, 1)
        await until(lambda: seen.numbers == [1])
        await service.stop()
        await until(lambda: asyncio.all_tasks() <= before)


class TestWhatIsRefused:
    """What cannot work is refused when it is subscribed, not when the first event comes."""

    @pytest.mark.parametrize("name", ["", "with space", "a.b", "a*", "x" * 200, "$"])
    async def test_a_name_that_no_consumer_can_have(self, opened: Opened, nats_server: NatsServer, name: str) -> None:
        service = await opened(nats_server)
        with pytest.raises(ConfigurationError, match="durable name"):
            await service.subscribe_to_events("a.>", Seen().handle, durable=name)

    async def test_one_name_for_two_patterns_of_one_stream(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server)
        first = await service.subscribe_to_events("a.*.made", Seen().handle, durable="keen")
        with pytest.raises(ConfigurationError, match="same stream"):
            await service.subscribe_to_events("a.*.unmade", Seen().handle, durable="keen")
        await service.subscribe_to_events("b.>", Seen().handle, durable="keen")
        await first.unsubscribe()
        await service.subscribe_to_events("a.*.unmade", Seen().handle, durable="keen")

    @pytest.mark.parametrize("pattern", ["", "a..b", "a.>.b", "a b", "$SYS.>"])
    async def test_a_malformed_pattern(self, opened: Opened, nats_server: NatsServer, pattern: str) -> None:
        service = await opened(nats_server)
        for durable in (None, "keen"):
            with pytest.raises(InvalidSubject):
                await service.subscribe_to_events(pattern, Seen().handle, durable=durable)

    async def test_a_handler_that_cannot_be_one(self, opened: Opened, nats_server: NatsServer) -> None:
        service = await opened(nats_server)

        def synchronous(subject: str, data: object, msg: Message) -> None: ...

        async def too_few(subject: str) -> None: ...

        async def unknown(subject: str, data: "NeverDefined", msg: Message) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        async def no_data(subject: str, data: Stream | asyncio.Event, msg: Message) -> None: ...

        for handler in (synchronous, too_few, unknown, no_data):
            for durable in (None, "keen"):
                with pytest.raises(HandlerError):
                    await service.subscribe_to_events("a.>", handler, durable=durable)  # type: ignore[arg-type]
