"""`latency-p50` and `latency-p99`: from the call that publishes to the typed handler, one event at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import quantiles

import nats
from nats.aio.msg import Msg

from bench.events import PATTERN, STREAM, SUBJECT, ProjectCreated, headers, ids, typed_events
from bench.ours import trunkline
from bench.place import Place, on_a_server
from bench.streams import WAIT_LIMIT_SECONDS, check_stored
from bench.work import Work
from trunkline import Message

DURABLE = "bench"
WARM_UP = 20

Publish = Callable[[ProjectCreated, str], Awaitable[object]]


class Arrivals:
    """When each event reached its handler."""

    def __init__(self) -> None:
        self._at = 0.0
        self._arrived = asyncio.Event()

    def one(self) -> None:
        """One has arrived."""
        self._at = time.perf_counter()
        self._arrived.set()

    async def milliseconds(self, publish: Publish, times: int) -> list[float]:
        """Publish one event after another, each when the one before has been stored and handled."""
        taken = []
        async with asyncio.timeout(WAIT_LIMIT_SECONDS):
            for event, event_id in zip(typed_events(times), ids(), strict=False):
                self._arrived.clear()
                started = time.perf_counter()
                await publish(event, event_id)
                await self._arrived.wait()
                taken.append((self._at - started) * 1000)
        return taken[WARM_UP:] or taken


async def with_trunkline(place: Place, times: int, percentile: int) -> float:
    """`publish_event(persistent=True)` and a durable handler."""
    async with trunkline(place.url) as service:
        arrivals = Arrivals()

        async def handler(subject: str, data: ProjectCreated, msg: Message) -> None:
            arrivals.one()

        async def publish(event: ProjectCreated, event_id: str) -> object:
            return await service.publish_event(SUBJECT, event, persistent=True, event_id=event_id)

        await service.subscribe_to_events(PATTERN, handler, durable=DURABLE)
        return of(await arrivals.milliseconds(publish, times), percentile)


async def with_nats_py(place: Place, times: int, percentile: int) -> float:
    """`js.publish` and a push subscription with a callback, by hand."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    arrivals = Arrivals()

    async def callback(message: Msg) -> None:
        ProjectCreated.model_validate_json(message.data)
        arrivals.one()
        await message.ack()

    async def publish(event: ProjectCreated, event_id: str) -> object:
        return await js.publish(SUBJECT, event.model_dump_json().encode(), headers=headers(event_id))

    try:
        await js.subscribe(PATTERN, cb=callback, durable=DURABLE, stream=STREAM, manual_ack=True)
        return of(await arrivals.milliseconds(publish, times), percentile)
    finally:
        await client.close()


def of(values: list[float], percentile: int) -> float:
    """The percentile of some values."""
    return quantiles(values, n=100, method="inclusive")[percentile - 1]


def _work(percentile: int) -> Work[Place]:
    return Work(
        name=f"latency-p{percentile}",
        description=f"publish to typed handler, one at a time, the {percentile}th percentile",
        place=on_a_server,
        ours=partial(with_trunkline, percentile=percentile),
        peers={"nats-py": partial(with_nats_py, percentile=percentile)},
        times=2_000,
        quick_times=400,
        goal={"nats-py": 1.1},
        unit="ms",
        lower_is_better=True,
        check=check_stored,
    )


MEDIAN = _work(50)
SLOWEST = _work(99)
