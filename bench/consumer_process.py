"""A program: one process of a durable handler, with others of its name. Its argument is the server's address."""

import asyncio
import sys

from bench.answering import questions, say
from bench.events import PATTERN, ProjectCreated
from bench.ours import trunkline
from bench.quiet import log_errors_only
from trunkline import Message

DURABLE = "bench"


async def main(url: str) -> None:
    handled = 0

    async def handler(subject: str, data: ProjectCreated, msg: Message) -> None:
        nonlocal handled
        handled += 1

    async with trunkline(url) as service:
        say(ready=True)
        async for question in questions():
            if question.get("begin"):
                await service.subscribe_to_events(PATTERN, handler, durable=DURABLE)
            say(handled=handled)


if __name__ == "__main__":
    log_errors_only()
    asyncio.run(main(sys.argv[1]))
