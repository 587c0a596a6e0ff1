"""A program: a producer that outruns a slow consumer, in one process, and what the process holds in memory meanwhile.

Its argument is the server's address.
"""

import asyncio
import sys
import time

from bench.answering import Line, memory_mib, questions, say
from bench.events import PATTERN, SUBJECT, ProjectCreated, typed_event
from bench.ours import trunkline
from bench.quiet import log_errors_only
from trunkline import Message, NATSService

HANDLER_SECONDS = 0.01
CALLERS = 256
EVENTS_PER_SECOND = 5_000
PACE_SECONDS = 0.05
SAMPLE_SECONDS = 0.1
WARM_UP_SHARE = 0.1


class Counts:
    """How many events were published and handled."""

    published = 0
    handled = 0


async def produce(service: NATSService, counts: Counts, until: float) -> None:
    """Publish with many callers, at most so many a second, which is more than the consumer handles."""
    event = typed_event(1)
    started = time.monotonic()

    async def caller() -> None:
        while (now := time.monotonic()) < until:
            if counts.published >= (now - started) * EVENTS_PER_SECOND:
                await asyncio.sleep(PACE_SECONDS)
                continue
            counts.published += 1
            await service.publish_event(SUBJECT, event, persistent=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(caller())


async def sample(until: float) -> list[float]:
    """Memory, again and again."""
    samples = []
    while time.monotonic() < until:
        samples.append(memory_mib())
        await asyncio.sleep(SAMPLE_SECONDS)
    return samples


async def outrun(url: str, seconds: float) -> Line:
    """Do it for so long."""
    counts = Counts()

    async def handler(subject: str, data: ProjectCreated, msg: Message) -> None:
        await asyncio.sleep(HANDLER_SECONDS)
        counts.handled += 1

    async with trunkline(url) as service:
        until = time.monotonic() + seconds
        await service.subscribe_to_events(PATTERN, handler, durable="slow")
        sampling = asyncio.create_task(sample(until))
        await produce(service, counts, until)
        samples = await sampling
    warm = samples[int(len(samples) * WARM_UP_SHARE) :]
    return {
        "start": warm[0],
        "most": max(warm),
        "end": warm[-1],
        "published": counts.published,
        "handled": counts.handled,
    }


async def main(url: str) -> None:
    say(ready=True)
    async for question in questions():
        say(**await outrun(url, question["seconds"]))


if __name__ == "__main__":
    log_errors_only()
    asyncio.run(main(sys.argv[1]))
