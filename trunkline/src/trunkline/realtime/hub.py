"""Who has joined which topic, and what waits for each of them.

Each client has a bounded queue of its own. A client whose queue is full is cut off and told so: to wait for it would
hold up all others, and to leave single events out would make it believe that it has seen everything.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Generic, TypeVar

from trunkline.errors import ClientCutOff

T = TypeVar("T")


class CutOff(StrEnum):
    """Why a client gets no more."""

    SLOW = "slow"
    CLOSING = "closing"
    CHANGED = "changed"
    """What it was promised at its beginning does not hold any longer: it should come again, with its last id."""
    UNAVAILABLE = "unavailable"
    """What it missed cannot be read now: it should come again, with its last id."""


class HubClient(Generic[T]):
    """One connection's queue; made by `Hub.joined`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[T] = deque()
        self._something = asyncio.Event()
        self._cut_off: CutOff | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it has been given everything that was delivered."""
        return not self._something.is_set()

    async def get(self, timeout: float) -> T:
        """Return the next item, in the order of delivery.

        Raises:
            TimeoutError: nothing came within `timeout` seconds; ask again.
            ClientCutOff: there will be no more, whatever still waited.
        """
        async with asyncio.timeout(timeout):
            await self._something.wait()
        if self._cut_off is not None:
            raise ClientCutOff(self._cut_off)
        item = self._waiting.popleft()
        if not self._waiting:
            self._something.clear()
        return item

    def offer(self, item: T) -> bool:
        """Queue `item`; when there is no room, cut the client off and return False."""
        if self._cut_off is None and len(self._waiting) >= self._limit:
            self.cut_off(CutOff.SLOW)
        if self._cut_off is not None:
            return False
        self._waiting.append(item)
        self._something.set()
        return True

    def cut_off(self, reason: CutOff) -> None:
        """End it: what waits is given up, and `get` raises."""
        self._cut_off = reason
        self._waiting.clear()
        self._something.set()


class Hub(Generic[T]):
    """Delivers items to whoever has joined a topic.

    Args:
        pending_limit: items that may wait for one client before it is cut off.
    """

    def __init__(self, *, pending_limit: int = 256) -> None:
        self._pending_limit = pending_limit
        self._clients: dict[str, set[HubClient[T]]] = {}
        self.closed = False
        """Whether nobody is served any longer."""
        self.slow_clients = 0
        """How many were cut off for being slow."""

    def __len__(self) -> int:
        return sum(len(clients) for clients in self._clients.values())

    @contextmanager
    def joined(self, topic: str) -> Iterator[HubClient[T]]:
        """Be a client of `topic` while the block runs: it gets all that is delivered from now on."""
        client: HubClient[T] = HubClient(self._pending_limit)
        if self.closed:
            client.cut_off(CutOff.CLOSING)
        self._clients.setdefault(topic, set()).add(client)
        try:
            yield client
        finally:
            self._remove(topic, client)

    def deliver(self, topic: str, item: T) -> int:
        """Hand `item` to each client of `topic`; return how many took it. Never waits."""
        delivered = 0
        for client in tuple(self._clients.get(topic, ())):
            if client.offer(item):
                delivered += 1
                continue
            self.slow_clients += 1
            self._remove(topic, client)
        return delivered

    def close(self) -> None:
        """Cut off every client, now and from now on, because the program ends."""
        self.closed = True
        self.cut_off_all(CutOff.CLOSING)

    def cut_off_all(self, reason: CutOff) -> None:
        """Cut off everybody who has joined; who joins from now on is served."""
        for clients in self._clients.values():
            for client in clients:
                client.cut_off(reason)
        self._clients.clear()

    def _remove(self, topic: str, client: HubClient[T]) -> None:
        clients = self._clients.get(topic, set())
        clients.discard(client)
        if not clients:
            self._clients.pop(topic, None)
