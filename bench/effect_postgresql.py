"""`effect-postgresql`: durable consume with inbox and a database effect, exactly once, in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch
from uuid import uuid4

from sqlalchemy import URL, make_url

from bench import effects
from bench.place import Place, Unavailable, running_server
from bench.work import Work
from trunkline.testing import PostgresqlMissing, PostgresqlServer, postgresql

AT_ONCE = 8


@dataclass(frozen=True)
class WithPostgresql(Place):
    """A nats-server, and a PostgreSQL server beside it."""

    postgresql: PostgresqlServer


@asynccontextmanager
async def with_postgresql(times: int) -> AsyncIterator[WithPostgresql]:
    """Run both; PostgreSQL with fsync, which the tests' server goes without."""
    with patch.dict(postgresql._SETTINGS, fsync="on"):
        try:
            database_server = PostgresqlServer()
            await asyncio.to_thread(database_server.start)
        except PostgresqlMissing as missing:
            raise Unavailable(str(missing)) from missing
        try:
            async with running_server() as server:
                yield WithPostgresql(server, database_server)
        finally:
            await asyncio.to_thread(database_server.stop)


Effects = Callable[[Place, int, URL], Awaitable[float]]


async def in_a_database(contender: Effects, place: WithPostgresql, times: int) -> float:
    """Have a contender work in a database of its own."""
    name = f"bench_{uuid4().hex[:12]}"
    url = await asyncio.to_thread(place.postgresql.create_database, name)
    try:
        return await contender(place, times, make_url(url))
    finally:
        await asyncio.to_thread(place.postgresql.drop_database, name)


WORK = Work(
    name="effect-postgresql",
    description="durable consume with inbox and a database effect, exactly once",
    place=with_postgresql,
    ours=partial(in_a_database, effects.with_trunkline),
    peers={
        "async session by hand": partial(in_a_database, effects.with_async_session),
        f"async session, {AT_ONCE} at once": partial(
            in_a_database, partial(effects.with_async_session, at_once=AT_ONCE)
        ),
        "sync session in a thread": partial(in_a_database, effects.with_session_in_a_thread),
    },
    times=2_000,
    quick_times=256,
    goal={"async session by hand": 2.5},
)
