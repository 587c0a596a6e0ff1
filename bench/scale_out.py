"""`scale-out`: a durable handler in four processes against the same in one, and how busy the machine is with it."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from functools import partial

import nats

from bench.consumer_process import DURABLE
from bench.place import Place, on_a_server
from bench.processes import processor_seconds, program
from bench.streams import fill, wait_until_acknowledged
from bench.work import BenchError, Found, Work

PROCESSES = 4


async def with_processes(place: Place, times: int, processes: int) -> Found:
    """Have so many processes share the events of the stream."""
    client = await nats.connect(place.url)
    js = client.jetstream()
    async with AsyncExitStack() as running:
        running.push_async_callback(client.close)
        consumers = [
            await running.enter_async_context(program("consumer_process", place.url)) for _ in range(processes)
        ]
        await fill(js, times)
        pids = [consumer.pid for consumer in consumers]
        before = time.perf_counter(), processor_seconds(place.server.pid), processor_seconds(*pids)
        await asyncio.gather(*(consumer.ask(begin=True) for consumer in consumers))
        await wait_until_acknowledged(js, DURABLE)
        after = time.perf_counter(), processor_seconds(place.server.pid), processor_seconds(*pids)
        handled = [(await consumer.ask())["handled"] for consumer in consumers]
    if sum(handled) < times:
        raise BenchError(f"{times} events were acknowledged, and {handled} were handled")
    seconds, server, ours = (late - early for early, late in zip(before, after, strict=True))
    return Found(
        seconds,
        {
            "cores there are": os.cpu_count() or 1,
            "cores used by nats-server": server / seconds,
            "cores used by the consumers": ours / seconds,
            "share of the events that the busiest process had": max(handled) / sum(handled),
        },
    )


WORK = Work(
    name="scale-out",
    description=f"durable consume, {PROCESSES} processes against one",
    place=on_a_server,
    ours=partial(with_processes, processes=PROCESSES),
    peers={"one process": partial(with_processes, processes=1)},
    times=60_000,
    quick_times=20_000,
    quick_rounds=3,
)
