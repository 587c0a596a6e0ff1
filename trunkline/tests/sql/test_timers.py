"""Timers: they commit with what sets them, ring once, and outlast whoever set them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from trunkline import ConfigurationError, Connection, NATSService, NatsSettings
from trunkline.server import NatsServer
from trunkline.sql import Clock, Database, inbox, timers
from trunkline.sql import clock as ringing
from trunkline.sql.timers import Timer

LIMIT = 60.0
PAST = datetime(2001, 1, 1, tzinfo=UTC)
Wait = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def eventually() -> Wait:
    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not condition():
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringing, "LOOK_SECONDS", 0.05)


async def set_timer(database: Database, id: str, due: datetime, kind: str = "egg", **payload: object) -> None:
    await database.write(partial(timers.set, kind=kind, id=id, due=due, payload=payload))


async def waits(database: Database, id: str, kind: str = "egg") -> bool:
    return await database.read(partial(timers.get, kind=kind, id=id)) is not None


class Rung:
    """Notes what rings; each ring is marked in the database too, by its number."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def __call__(self, session: Session, timer: Timer) -> None:
        assert inbox.mark(session, "rung", timer.id), "a timer rang twice"
        self.timers.append(timer)


class TestTimers:
    async def test_one_rings_at_its_time_with_what_it_was_given(self, database: Database, eventually: Wait) -> None:
        clock, rung = Clock(database), Rung()
        clock.on("egg", rung)
        await clock.start()
        due = datetime.now(UTC) + timedelta(seconds=0.3)
        await set_timer(database, "one", due, minutes=4)
        await eventually(lambda: bool(rung.timers))
        await clock.stop()
        assert rung.timers == [Timer("egg", "one", due, {"minutes": 4})]
        assert not await waits(database, "one")

    async def test_one_that_is_not_due_waits(self, database: Database, eventually: Wait) -> None:
        clock, rung = Clock(database), Rung()
        clock.on("egg", rung)
        await set_timer(database, "later", datetime.now(UTC) + timedelta(days=3))
        await set_timer(database, "now", PAST)
        await clock.start()
        await eventually(lambda: bool(rung.timers))
        await clock.stop()
        assert [timer.id for timer in rung.timers] == ["now"]
        assert await waits(database, "later")

    async def test_it_exists_exactly_if_the_transaction_commits(self, database: Database) -> None:
        def fail(session: Session) -> None:
            timers.set(session, "egg", "never", PAST)
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await database.write(fail)
        assert not await waits(database, "never")

    async def test_setting_it_again_moves_it(self, database: Database, eventually: Wait) -> None:
        later = datetime.now(UTC) + timedelta(days=3)
        await set_timer(database, "moved", PAST, round=1)
        await set_timer(database, "moved", later, round=2)
        assert await database.read(partial(timers.due, kinds=["egg"], limit=10)) == []
        assert await database.read(partial(timers.get, kind="egg", id="moved")) == Timer(
            "egg", "moved", later, {"round": 2}
        )

    async def test_one_that_is_cancelled_does_not_ring(self, database: Database) -> None:
        await set_timer(database, "off", PAST)
        assert await database.write(partial(timers.cancel, kind="egg", id="off"))
        assert not await database.write(partial(timers.cancel, kind="egg", id="off"))
        assert await database.write(partial(timers.take, kind="egg", id="off")) is None

    async def test_a_time_without_a_zone_is_refused(self, database: Database) -> None:
        with pytest.raises(ValueError, match="zone"):
            await set_timer(database, "when", datetime(2030, 1, 1))


class TestClocks:
    async def test_many_clocks_ring_each_timer_once(self, database_url: str, eventually: Wait) -> None:
        databases = [Database(database_url) for _ in range(3)]
        databases[0].create_tables()
        rung = Rung()
        clocks = [Clock(database) for database in databases]
        for database, clock in zip(databases, clocks, strict=True):
            await database.start()
            clock.on("egg", rung)
        await asyncio.gather(*(set_timer(databases[0], str(number), PAST) for number in range(250)))
        await asyncio.gather(*(clock.start() for clock in clocks))
        await eventually(lambda: len(rung.timers) >= 250)
        await asyncio.gather(*(clock.stop() for clock in clocks))
        await asyncio.gather(*(database.close() for database in databases))
        assert sorted(int(timer.id) for timer in rung.timers) == list(range(250))

    async def test_what_raises_has_done_nothing_and_rings_again(self, database: Database, eventually: Wait) -> None:
        rung, tries = Rung(), 0

        def fails_first(session: Session, timer: Timer) -> None:
            nonlocal tries
            tries += 1
            inbox.mark(session, "half", str(tries))
            if tries < 3:  # the first two are one ring: a transaction that fails in a group is run again alone
                raise RuntimeError("not yet")
            rung(session, timer)

        clock = Clock(database)
        clock.on("egg", fails_first)
        await set_timer(database, "hard", PAST)
        await clock.start()
        await eventually(lambda: bool(rung.timers))
        await clock.stop()
        done = await database.read(
            lambda session: [inbox.done(session, "half", str(number)) for number in range(1, tries + 1)]
        )
        assert done == [False] * (tries - 1) + [True]

    async def test_a_kind_that_nobody_here_knows_is_left_for_others(self, database: Database, eventually: Wait) -> None:
        clock, rung = Clock(database), Rung()
        clock.on("egg", rung)
        await set_timer(database, "theirs", PAST, kind="cake")
        await set_timer(database, "ours", PAST)
        await clock.start()
        await eventually(lambda: bool(rung.timers))
        await clock.stop()
        assert await waits(database, "theirs", kind="cake")

    async def test_a_kind_has_one_function(self, database: Database) -> None:
        clock = Clock(database)
        clock.on("egg", Rung())
        with pytest.raises(ConfigurationError, match="egg"):
            clock.on("egg", Rung())

    async def test_one_may_set_itself_again(self, database: Database, eventually: Wait) -> None:
        rounds: list[int] = []

        def again(session: Session, timer: Timer) -> None:
            rounds.append(timer.payload["round"])
            if len(rounds) < 3:
                timers.set(session, timer.kind, timer.id, PAST, {"round": timer.payload["round"] + 1})

        clock = Clock(database)
        clock.on("egg", again)
        await set_timer(database, "again", PAST, round=1)
        await clock.start()
        await eventually(lambda: len(rounds) == 3)
        await clock.stop()
        assert rounds == [1, 2, 3]

    async def test_a_service_runs_one(self, nats_server: NatsServer, sqlite_url: str, eventually: Wait) -> None:
        database = Database(sqlite_url)
        database.create_tables()
        connection = Connection(NatsSettings(url=SecretStr(nats_server.url)))
        service, rung = NATSService(connection, database=database), Rung()
        assert service.clock is not None
        service.clock.on("egg", rung)
        await service.start()
        await set_timer(database, "one", PAST)
        await eventually(lambda: bool(rung.timers))
        await service.stop()
