"""`consume` and `consume-10kb`: durable consume, typed, acknowledged one by one."""

from functools import partial

import nats
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from nats.errors import TimeoutError as FetchTimeoutError
from nats.js.api import ConsumerConfig

from bench.events import BODY_BYTES, LARGE_BODY_BYTES, PATTERN, STREAM, ProjectCreated
from bench.ours import trunkline
from bench.place import Place, on_a_server
from bench.streams import Countdown, fill
from bench.work import Work
from trunkline import Message

DURABLE = "bench"
BATCH = 500


async def with_trunkline(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """A durable handler."""
    async with trunkline(place.url) as service:
        js = service.nc.jetstream()
        await fill(js, times, size)
        countdown = Countdown(times)

        async def handler(subject: str, data: ProjectCreated, msg: Message) -> None:
            countdown.one()

        await service.subscribe_to_events(PATTERN, handler, durable=DURABLE)
        return await countdown.seconds(js, DURABLE)


async def with_fetch(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """A nats-py pull subscription and its `fetch`, by hand."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    await fill(js, times, size)
    countdown = Countdown(times)
    subscription = await js.pull_subscribe(PATTERN, durable=DURABLE, stream=STREAM)
    handled = 0
    try:
        while handled < times:
            try:
                messages = await subscription.fetch(BATCH, timeout=1.0)
            except FetchTimeoutError:
                continue
            for message in messages:
                ProjectCreated.model_validate_json(message.data)
                await message.ack()
                countdown.one()
            handled += len(messages)
        return await countdown.seconds(js, DURABLE)
    finally:
        await client.close()


async def with_push_callback(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """A nats-py push subscription with a callback, by hand."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    await fill(js, times, size)
    countdown = Countdown(times)

    async def callback(message: Msg) -> None:
        ProjectCreated.model_validate_json(message.data)
        await message.ack()
        countdown.one()

    try:
        await js.subscribe(
            PATTERN,
            cb=callback,
            durable=DURABLE,
            stream=STREAM,
            manual_ack=True,
            config=ConsumerConfig(max_ack_pending=10_000),
        )
        return await countdown.seconds(js, DURABLE)
    finally:
        await client.close()


async def with_faststream(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """A FastStream pull subscriber."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    await fill(js, times, size)
    broker = NatsBroker(place.url, logger=None)
    stream = JStream(STREAM, declare=False)

    @broker.subscriber(PATTERN, durable=DURABLE, stream=stream, pull_sub=PullSub(batch_size=BATCH, timeout=1.0))
    async def handler(event: ProjectCreated) -> None:
        countdown.one()

    countdown = Countdown(times)
    try:
        await broker.start()
        return await countdown.seconds(js, DURABLE)
    finally:
        await broker.stop()
        await client.close()


WORK = Work(
    name="consume",
    description="durable consume, typed, acknowledged one by one",
    place=on_a_server,
    ours=with_trunkline,
    peers={
        "FastStream (PullSub)": with_faststream,
        "nats-py fetch": with_fetch,
        "nats-py push callback": with_push_callback,
    },
    times=20_000,
    quick_times=5_000,
    goal={"FastStream (PullSub)": 20.0, "nats-py fetch": 5.0, "nats-py push callback": 1.3},
)

LARGE = Work(
    name="consume-10kb",
    description="the same with 10 KB of JSON",
    place=on_a_server,
    ours=partial(with_trunkline, size=LARGE_BODY_BYTES),
    peers={
        "FastStream (PullSub)": partial(with_faststream, size=LARGE_BODY_BYTES),
        "nats-py fetch": partial(with_fetch, size=LARGE_BODY_BYTES),
        "nats-py push callback": partial(with_push_callback, size=LARGE_BODY_BYTES),
    },
    times=5_000,
    quick_times=800,
)
