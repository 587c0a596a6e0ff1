"""`publish-many` and `publish-many-10kb`: durable publish in bulk, typed, with an answer for each event."""

import asyncio
import time
from functools import partial

import nats

from bench.events import BODY_BYTES, LARGE_BODY_BYTES, SUBJECT, headers, ids, typed_events
from bench.ours import trunkline
from bench.place import Place, on_a_server
from bench.plain_socket import with_plain_socket
from bench.publishers import with_faststream
from bench.streams import WAIT_LIMIT_SECONDS, check_stored
from bench.work import BenchError, Work
from trunkline import Guarantee, Receipt

CALLERS = 256
"""Of FastStream, which has no other way: more of them at once is not faster."""


async def with_trunkline(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """`publish_many`, the making of the events included."""
    async with trunkline(place.url) as service:
        pairs = list(zip(typed_events(times, size), ids(), strict=False))
        started = time.perf_counter()
        answers = await service.publish_many(
            service.event(SUBJECT, event, event_id=event_id) for event, event_id in pairs
        )
        took = time.perf_counter() - started
    failed = [each for each in answers if not (isinstance(each, Receipt) and each.guarantee is Guarantee.STORED)]
    if failed or len(answers) != times:
        raise BenchError(f"{len(failed)} of {times} events were not stored: {failed[:1]}")
    return took


async def with_publish_async(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """nats-py's `publish_async`, by hand: 4,000 under way at once, as it comes."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    pairs = list(zip(typed_events(times, size), ids(), strict=False))
    try:
        started = time.perf_counter()
        async with asyncio.timeout(WAIT_LIMIT_SECONDS):
            sent = [
                await js.publish_async(SUBJECT, event.model_dump_json().encode(), headers=headers(event_id))
                for event, event_id in pairs
            ]
            await asyncio.gather(*sent)
        return time.perf_counter() - started
    finally:
        await client.close()


WORK = Work(
    name="publish-many",
    description="durable publish in bulk, typed, with event id",
    place=on_a_server,
    ours=with_trunkline,
    peers={
        "FastStream": partial(with_faststream, callers=CALLERS),
        "nats-py publish_async": with_publish_async,
        "plain socket": with_plain_socket,
    },
    times=40_000,
    quick_times=10_000,
    goal={"FastStream": 10.0, "nats-py publish_async": 4.0, "plain socket": 0.5},
    check=check_stored,
)

LARGE = Work(
    name="publish-many-10kb",
    description="the same with 10 KB of JSON",
    place=on_a_server,
    ours=partial(with_trunkline, size=LARGE_BODY_BYTES),
    peers={
        "FastStream": partial(with_faststream, callers=CALLERS, size=LARGE_BODY_BYTES),
        "nats-py publish_async": partial(with_publish_async, size=LARGE_BODY_BYTES),
        "plain socket": partial(with_plain_socket, size=LARGE_BODY_BYTES),
    },
    times=8_000,
    quick_times=1_500,
    check=check_stored,
)
