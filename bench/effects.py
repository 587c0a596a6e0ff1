"""Durable consume with an inbox and a database effect, exactly once: Trunkline, and two ways to write it by hand.

The database is made afresh for each round; everybody has the same table and the same settings of the database: SQLite
with a write-ahead log, ``synchronous=FULL`` and ``BEGIN IMMEDIATE``, PostgreSQL as it comes, which is with fsync.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence

import nats
from nats.aio.msg import Msg
from nats.errors import TimeoutError as FetchTimeoutError
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bench.effect_tables import Seen, Table, check_effects, effect_of
from bench.events import PATTERN, SOURCE, STREAM, ProjectCreated
from bench.ours import connected
from bench.place import Place
from bench.streams import DECLARED, Countdown, fill
from trunkline import Message, NATSService
from trunkline.sql import Database

DURABLE = "bench"
BATCH = 500
CONCURRENCY = 64
POOL = 8

Apply = Callable[[Msg], Awaitable[None]]
"""Has the effect of one message, once, however often it comes."""


async def with_trunkline(place: Place, times: int, url: URL) -> float:
    """A durable handler and ``msg.commit``."""
    database = Database(url)
    database.create_tables(Table.metadata)
    await database.start()
    async with connected(place.url) as connection:
        service = NATSService(connection, database=database, streams=DECLARED, source=SOURCE)
        await service.start()
        js = service.nc.jetstream()
        await fill(js, times)
        countdown = Countdown(times)

        async def handler(subject: str, data: ProjectCreated, msg: Message) -> None:
            await msg.commit(lambda session: session.add(effect_of(data)))
            countdown.one()

        await service.subscribe_to_events(PATTERN, handler, durable=DURABLE, concurrency=CONCURRENCY)
        took = await countdown.seconds(js, DURABLE)
        await database.read(lambda session: check_effects(session, times))
        await service.stop()
    await database.close()
    return took


async def with_async_session(place: Place, times: int, url: URL, at_once: int = 1) -> float:
    """nats-py `fetch`, and one async transaction for each message."""
    engine = create_async_engine(url, pool_size=POOL)
    prepare(engine.sync_engine)

    async def apply(message: Msg) -> None:
        data = ProjectCreated.model_validate_json(message.data)
        async with AsyncSession(engine) as session:
            session.add_all([seen(message), effect_of(data)])
            with contextlib.suppress(IntegrityError):  # it has been here before
                await session.commit()

    try:
        async with engine.begin() as connection:
            await connection.run_sync(Table.metadata.create_all)
        took = await _fetched(place, times, apply, at_once)
        async with AsyncSession(engine) as session:
            await session.run_sync(check_effects, times)
        return took
    finally:
        await engine.dispose()


async def with_session_in_a_thread(place: Place, times: int, url: URL) -> float:
    """nats-py `fetch`, and one synchronous transaction for each message in a thread."""
    engine = create_engine(url, pool_size=POOL)
    prepare(engine)

    def transaction(message: Msg) -> None:
        data = ProjectCreated.model_validate_json(message.data)
        with Session(engine) as session:
            session.add_all([seen(message), effect_of(data)])
            with contextlib.suppress(IntegrityError):  # it has been here before
                session.commit()

    async def apply(message: Msg) -> None:
        await asyncio.to_thread(transaction, message)

    try:
        Table.metadata.create_all(engine)
        took = await _fetched(place, times, apply, 1)
        with Session(engine) as session:
            check_effects(session, times)
        return took
    finally:
        engine.dispose()


def prepare(engine: Engine) -> None:
    """Set a SQLite engine up as Trunkline's own."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def settings(connection: DBAPIConnection, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout = 5000", "foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))


def seen(message: Msg) -> Seen:
    """The inbox row of a message."""
    assert message.headers is not None
    return Seen(handler=DURABLE, event_id=message.headers["Nats-Msg-Id"])


async def _fetched(place: Place, times: int, apply: Apply, at_once: int) -> float:
    """Fetch, apply and acknowledge until all are done."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    await fill(js, times)
    countdown = Countdown(times)
    subscription = await js.pull_subscribe(PATTERN, durable=DURABLE, stream=STREAM)
    handled = 0

    async def each(messages: Iterator[Msg]) -> None:
        for message in messages:
            await apply(message)
            await message.ack()
            countdown.one()

    try:
        while handled < times:
            messages: Sequence[Msg] = ()
            with contextlib.suppress(FetchTimeoutError):
                messages = await subscription.fetch(BATCH, timeout=1.0)
            waiting = iter(messages)
            await asyncio.gather(*(each(waiting) for _ in range(at_once)))
            handled += len(messages)
        return await countdown.seconds(js, DURABLE)
    finally:
        await client.close()
