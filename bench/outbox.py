"""`outbox`: events that wait in SQLite's outbox, until the stream has all of them and the outbox is empty."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from bench.events import SOURCE, SUBJECT, ids, typed_events
from bench.ours import connected, trunkline
from bench.place import Place, running_server
from bench.streams import DECLARED, WAIT_LIMIT_SECONDS, check_stored, stored
from bench.work import BenchError, Work
from trunkline import Event, Guarantee, NATSService, Receipt
from trunkline.sql import Database, outbox

BLOCK = 1000
POLL_SECONDS = 0.01


@dataclass(frozen=True)
class WithOutbox(Place):
    """A server, the events, and a database file in whose outbox they wait."""

    events: list[Event]
    filled: Path


@asynccontextmanager
async def with_outbox(times: int) -> AsyncIterator[WithOutbox]:
    """Fill an outbox once; each round takes a copy of the file."""
    events = [
        Event.create(SUBJECT, event, source=SOURCE, id=id)
        for event, id in zip(typed_events(times), ids(), strict=False)
    ]
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        filled = Path(folder) / "filled.db"
        await fill_outbox(filled, events)
        async with running_server() as server:
            yield WithOutbox(server, events, filled)


async def fill_outbox(file: Path, events: list[Event]) -> None:
    """Put the events into the outbox of a new database."""
    database = _database(file, len(events))
    database.create_tables()
    await database.start()
    for start in range(0, len(events), BLOCK):

        def add(session: Session, start: int = start) -> None:
            for event in events[start : start + BLOCK]:
                outbox.add(session, event)

        await database.write(add)
    await database.close()


async def with_relay(place: WithOutbox, times: int) -> float:
    """Start the service, whose relay sends what waits."""
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        file = Path(folder) / "app.db"
        shutil.copy(place.filled, file)
        database = _database(file, times)
        await database.start()
        async with connected(place.url) as connection:
            service = NATSService(connection, database=database, streams=DECLARED, source=SOURCE)
            js = service.nc.jetstream()
            started = time.perf_counter()
            await service.start()
            async with asyncio.timeout(WAIT_LIMIT_SECONDS):
                while await stored(js) < times or not await database.read(_is_empty):
                    await asyncio.sleep(POLL_SECONDS)
            took = time.perf_counter() - started
            await service.stop()
        await database.close()
    return took


async def with_publish_many(place: WithOutbox, times: int) -> float:
    """Publish the same events from memory."""
    async with trunkline(place.url) as service:
        started = time.perf_counter()
        answers = await service.publish_many(place.events)
        took = time.perf_counter() - started
    if not all(isinstance(each, Receipt) and each.guarantee is Guarantee.STORED for each in answers):
        raise BenchError("publish_many did not store every event")
    return took


def _is_empty(session: Session) -> bool:
    return outbox.waiting(session) == 0


def _database(file: Path, times: int) -> Database:
    return Database(f"sqlite:///{file}", outbox_limit=times + BLOCK)


WORK = Work(
    name="outbox",
    description="from the outbox to the stream, all events waiting",
    place=with_outbox,
    ours=with_relay,
    peers={"publish_many": with_publish_many},
    times=100_000,
    quick_times=5_000,
    quick_rounds=3,
    goal={"publish_many": 0.5},
    check=check_stored,
)
