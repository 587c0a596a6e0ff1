"""The stream that everybody writes to and reads from: the same for all, made as Trunkline makes its own."""

import asyncio
import time
from contextlib import suppress

import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from bench.events import BODY_BYTES, PATTERN, STREAM, SUBJECT, headers, ids, typed_events
from bench.place import Place
from bench.work import BenchError
from trunkline import Connection, NatsSettings, Stream

DECLARED = (Stream(STREAM, (PATTERN,)),)
WAIT_LIMIT_SECONDS = 120.0
FILL_BLOCK = 1000


async def make_stream(url: str) -> None:
    """Make the stream anew, without an event in it."""
    client = await nats.connect(url)
    with suppress(NotFoundError):
        await client.jetstream().delete_stream(STREAM)
    await client.close()
    connection = Connection(NatsSettings(url=url), streams=DECLARED)
    await connection.start()
    await connection.wait_connected(WAIT_LIMIT_SECONDS)
    await wait_for_stream(connection)
    await connection.close()


async def wait_for_stream(connection: Connection) -> None:
    """Wait until the connection has made its stream."""
    async with asyncio.timeout(WAIT_LIMIT_SECONDS):
        while not all(status.exists for status in await connection.stream_status()):
            await asyncio.sleep(0.01)


async def fill(js: JetStreamContext, times: int, size: int = BODY_BYTES) -> None:
    """Put so many typed events into the stream."""
    event_ids = ids()
    events = typed_events(times, size)
    for start in range(0, times, FILL_BLOCK):
        block = events[start : start + FILL_BLOCK]
        sent = [
            await js.publish_async(SUBJECT, event.model_dump_json().encode(), headers=headers(next(event_ids)))
            for event in block
        ]
        async with asyncio.timeout(WAIT_LIMIT_SECONDS):
            await asyncio.gather(*sent)


async def stored(js: JetStreamContext) -> int:
    """How many events the stream has."""
    return int((await js.stream_info(STREAM)).state.messages)


async def check_stored(place: Place, times: int) -> None:
    """Check that the stream has as many events as were counted."""
    client = await nats.connect(place.url)
    try:
        found = await stored(client.jetstream())
    finally:
        await client.close()
    if found != times:
        raise BenchError(f"{times} events were counted as published, and the stream has {found}")


async def wait_until_acknowledged(js: JetStreamContext, durable: str) -> None:
    """Wait until the server has an acknowledgement for every event of the stream."""
    async with asyncio.timeout(WAIT_LIMIT_SECONDS):
        while True:
            with suppress(NotFoundError):
                info = await js.consumer_info(STREAM, durable)
                if info.num_pending == 0 and info.num_ack_pending == 0:
                    return
            await asyncio.sleep(0.005)


class Countdown:
    """Counts handled events, and says when the last one was."""

    def __init__(self, times: int) -> None:
        self._left = times
        self._last = asyncio.Event()
        self._started = time.perf_counter()

    def one(self) -> None:
        """One more is handled."""
        self._left -= 1
        if self._left == 0:
            self._last.set()

    async def seconds(self, js: JetStreamContext, durable: str) -> float:
        """Seconds from the beginning until all are handled and acknowledged."""
        async with asyncio.timeout(WAIT_LIMIT_SECONDS):
            await self._last.wait()
        await wait_until_acknowledged(js, durable)
        return time.perf_counter() - self._started
