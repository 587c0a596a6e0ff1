"""The three ways to publish durably, each call with its answer: Trunkline, nats-py by hand, FastStream."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import nats
from faststream.nats import NatsBroker

from bench.events import BODY_BYTES, STREAM, SUBJECT, ProjectCreated, headers, ids, typed_events
from bench.ours import trunkline
from bench.place import Place
from bench.streams import WAIT_LIMIT_SECONDS

Publish = Callable[[ProjectCreated, str], Awaitable[object]]


async def with_trunkline(place: Place, times: int, callers: int, size: int = BODY_BYTES) -> float:
    """`publish_event(persistent=True)`."""
    async with trunkline(place.url) as service:

        async def publish(event: ProjectCreated, event_id: str) -> object:
            return await service.publish_event(SUBJECT, event, persistent=True, event_id=event_id)

        return await seconds(publish, typed_events(times, size), callers)


async def with_nats_py(place: Place, times: int, callers: int, size: int = BODY_BYTES) -> float:
    """`js.publish` by hand."""
    client = await nats.connect(place.url)
    js = client.jetstream()

    async def publish(event: ProjectCreated, event_id: str) -> object:
        return await js.publish(SUBJECT, event.model_dump_json().encode(), headers=headers(event_id))

    try:
        return await seconds(publish, typed_events(times, size), callers)
    finally:
        await client.close()


async def with_faststream(place: Place, times: int, callers: int, size: int = BODY_BYTES) -> float:
    """`broker.publish` with a stream, which waits for its acknowledgement."""
    async with NatsBroker(place.url, logger=None) as broker:

        async def publish(event: ProjectCreated, event_id: str) -> object:
            return await broker.publish(event, SUBJECT, headers=headers(event_id), stream=STREAM, timeout=5.0)

        return await seconds(publish, typed_events(times, size), callers)


async def seconds(publish: Publish, events: list[ProjectCreated], callers: int) -> float:
    """How long so many callers need to publish all the events between them."""
    waiting = iter(list(zip(events, ids(), strict=False)))

    async def caller() -> None:
        for event, event_id in waiting:
            await publish(event, event_id)

    started = time.perf_counter()
    async with asyncio.timeout(WAIT_LIMIT_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    return time.perf_counter() - started
