"""Looking around after each (re)connection, and telling those who asked to be told.

While JetStream's presence is not known, or a declared stream is not as it should be, the watcher looks again, with
growing pauses.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog
from nats.aio.client import Client

from trunkline.backoff import Backoff
from trunkline.jetstream import JetStreamState
from trunkline.surroundings import Generation, Link, Surroundings
from trunkline.waiting import woken

log = structlog.get_logger(__name__)

_CALLBACK_LIMIT = 30.0


def address_of(client: Client) -> str | None:
    """Return host and port of the server that `client` is connected to, never with user information."""
    url = client.connected_url
    return f"{url.hostname}:{url.port}" if url is not None else None


class Watcher:
    """Sees to a connection's surroundings while `run` runs.

    Args:
        link: the connection.
        surroundings: what it looks at.
        glance: seconds between two looks at the connection when nobody wakes it.
        observe: called at each of them.
    """

    def __init__(self, link: Link, surroundings: Surroundings, *, glance: float, observe: Callable[[], None]) -> None:
        self._link = link
        self._surroundings = surroundings
        self._glance = glance
        self._observe = observe
        self._wake = asyncio.Event()
        self._callbacks: list[Callable[[], Awaitable[None]]] = []
        self._told: tuple[Generation, JetStreamState] | None = None
        self.connected = asyncio.Event()
        """Set while there is a connection whose surroundings were looked at."""

    def wake(self) -> None:
        """Have it look now."""
        self._wake.set()

    def add(self, callback: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Have `callback` awaited when there is something to tell; returns what removes it."""
        self._callbacks.append(callback)

        def remove() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return remove

    async def run(self) -> None:
        """Look, and look again, until cancelled."""
        pause = Backoff(0.5, 30.0)
        again = 0.0
        while True:
            await woken(self._glance, self._wake)
            self._observe()
            if not self._link.is_connected:
                self.connected.clear()
                continue
            if not self._surroundings.is_current:
                pause.reset()
                again = 0.0
            if self._surroundings.is_settled or monotonic() < again:
                continue
            await self._surroundings.look_around()
            if self._surroundings.is_settled:
                pause.reset()
            again = monotonic() + pause.next()
            await self._tell()

    async def _tell(self) -> None:
        """Tell what the last look found, once, if it was at this very connection's server."""
        found = self._surroundings.last_seen
        if found == self._told or not self._link.is_connected or not self._surroundings.is_current:
            return
        self._told = found
        self.connected.set()
        log.info(
            "nats connected",
            server=address_of(self._link.nc),
            jetstream=str(self._surroundings.known() or found[1]),
            reason=self._surroundings.reason,
        )
        for callback in list(self._callbacks):
            try:
                async with asyncio.timeout(_CALLBACK_LIMIT):
                    await callback()
            except Exception:
                log.exception("a callback failed after connecting")
