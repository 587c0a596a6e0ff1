"""Cancellation that is not eaten.

``asyncio.wait_for`` before Python 3.12 drops a cancellation that arrives together with the result it waits for, and
nats-py waits with it, or catches `CancelledError` outright while it flushes. A task that was cancelled once would then
live on, and whoever waits for its end would wait for ever.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

_AGAIN = 0.5
_ATTEMPTS = 10


async def uneaten(work: Awaitable[T]) -> T:
    """Await `work`, and raise the cancellation that was asked for meanwhile if `work` swallowed it."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        return await work
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


async def all_of(*work: Awaitable[T]) -> list[T]:
    """Await all side by side, and return what came of each; the first failure is raised once all have ended."""
    results = await asyncio.gather(*work, return_exceptions=True)
    done: list[T] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        done.append(result)
    return done


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks of ours, again where once was not enough, and wait for their end; for five seconds at most."""
    left = {task for task in tasks if task is not None and not task.done()}
    for _ in range(_ATTEMPTS):
        if not left:
            return
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN)
    if left:
        log.error("tasks would not end", tasks=[task.get_name() for task in left])
