"""Waiting with a limit."""

import asyncio
from typing import Any


async def within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for the event, at most `seconds`; say whether it is set."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def ended_within(seconds: float, task: asyncio.Task[Any]) -> None:
    """Wait for a task that was told to end, and cancel it when it has not after `seconds`, or we are cancelled."""
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
