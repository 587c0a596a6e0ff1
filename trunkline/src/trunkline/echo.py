"""Having the server send us a message of our own.

That shows it alive, and that it has read what we wrote before. (Not nats-py's `rtt`: an answer that comes after its
time limit ends the client's reading task.)
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from trunkline.cancellation import end
from trunkline.errors import NotConnected
from trunkline.replies import ConnectionLost, ReplyInbox
from trunkline.surroundings import Link

LIMIT = 1.0
"""Seconds that an echo has to come back."""


class Echo:
    """Echoes over one connection; `write` hands a subject's empty message to the client."""

    def __init__(self, link: Link, replies: ReplyInbox, write: Callable[[str], Awaitable[None]]) -> None:
        self._link = link
        self._replies = replies
        self._write = write
        self._echoing: asyncio.Task[float | None] | None = None

    async def seconds(self, timeout: float) -> float | None:
        """Return the seconds an echo took, or None if none came; callers share one that is under way."""
        end_of_wait = monotonic() + timeout
        while self._link.is_connected:
            own = self._echoing is None or self._echoing.done()
            if self._echoing is None or own:
                self._echoing = asyncio.create_task(self._echo())
            echoing = self._echoing
            await asyncio.wait({echoing}, timeout=max(0.0, end_of_wait - monotonic()))
            if not echoing.done():
                return None
            seconds = echoing.result() if not echoing.cancelled() else None
            if seconds is not None or own:
                return seconds  # one that began before we asked and failed says nothing about now
        return None

    async def end(self) -> None:
        """End an echo that is under way."""
        await end(self._echoing)

    async def _echo(self) -> float | None:
        start = monotonic()
        try:
            with self._replies.expect() as (subject, future):
                await self._write(subject)
                async with asyncio.timeout(LIMIT):
                    await future
        except (TimeoutError, NotConnected, ConnectionLost):
            return None
        return monotonic() - start
