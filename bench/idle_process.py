"""A program: durable consumers that have nothing to do. Its arguments are the server's address and how many."""

import asyncio
import gc
import sys

import nats
from nats.errors import TimeoutError as FetchTimeoutError

from bench.answering import memory_mib, questions, say
from bench.events import PATTERN, STREAM, ProjectCreated
from bench.ours import trunkline
from bench.quiet import log_errors_only
from trunkline import Message

SETTLE_SECONDS = 1.0
FETCH_SECONDS = 5.0


async def ours(url: str, number: int) -> None:
    """Durable handlers of one service."""

    async def handler(subject: str, data: ProjectCreated, msg: Message) -> None:
        raise AssertionError("nothing was published")

    async with trunkline(url) as service:
        before = memory_mib()
        for each in range(number):
            await service.subscribe_to_events(PATTERN, handler, durable=f"idle-{each}")
        await stay(before)


async def by_hand(url: str, number: int) -> None:
    """nats-py pull subscriptions, each with its loop around `fetch`."""
    client = await nats.connect(url)
    js = client.jetstream()
    before = memory_mib()

    async def consume(each: int) -> None:
        subscription = await js.pull_subscribe(PATTERN, durable=f"idle-{each}", stream=STREAM)
        while True:
            try:
                await subscription.fetch(500, timeout=FETCH_SECONDS)
            except FetchTimeoutError:
                continue

    consuming = [asyncio.create_task(consume(each)) for each in range(number)]
    await stay(before)
    for task in consuming:
        task.cancel()
    await asyncio.gather(*consuming, return_exceptions=True)
    await client.close()


async def stay(before: float) -> None:
    """Say by how much the process has grown, and go on until there are no more questions."""
    await asyncio.sleep(SETTLE_SECONDS)
    gc.collect()
    say(mib=memory_mib() - before)
    async for _ in questions():
        say()


if __name__ == "__main__":
    log_errors_only()
    asyncio.run({"ours": ours, "by_hand": by_hand}[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
