"""Waiting with a limit."""

import asyncio
from contextlib import suppress
from typing import Any


async def within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for the event, at most `seconds`; say whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    return event.is_set()  # also when that came in the last moment


async def woken(seconds: float, event: asyncio.Event) -> bool:
    """Wait as `within`, and clear the event: what wakes is heeded once."""
    told = await within(seconds, event)
    event.clear()
    return told


async def ended_within(seconds: float, task: asyncio.Task[Any]) -> None:
    """Wait for a task that was told to end, and cancel it when it has not after `seconds`, or we are cancelled."""
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
