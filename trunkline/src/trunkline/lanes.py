"""Work side by side, but in order for each key.

Every key is a lane: what is put into it is done one after another. Up to `concurrency` lanes run at once, and a lane
gives way after each piece, so that a busy key does not starve the others. A piece that is to be done again after a
pause parks its lane, and no other.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_CANCELLED_LIMIT = 5.0  # seconds that cancelled work may take for its end


class Lanes(Generic[T]):
    """Bounded: at most `limit` pieces wait. `run` must not raise; it may return after how many seconds to run again."""

    def __init__(self, run: Callable[[T], Awaitable[float | None]], *, concurrency: int, limit: int) -> None:
        self._run = run
        self._concurrency = concurrency
        self._limit = limit
        self._lanes: dict[str, deque[T]] = {}
        self._ready: deque[str] = deque()
        self._parked: dict[str, asyncio.TimerHandle] = {}
        self._waiting = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._ending = False

    def __len__(self) -> int:
        return self._waiting

    @property
    def moving(self) -> int:
        """How many lanes run, or would if there were room; the parked ones are left out."""
        return len(self._lanes) - len(self._parked)

    @property
    def running(self) -> int:
        """How many pieces run."""
        return self.moving - len(self._ready)

    def put(self, key: str, piece: T) -> bool:
        """Take one piece of work; False when as many wait as may."""
        if self._waiting >= self._limit:
            return False
        self._waiting += 1
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(piece)
            return True
        self._lanes[key] = deque([piece])
        self._make_ready(key)
        return True

    def clear(self) -> list[T]:
        """Drop what has not begun, or waits to run again, and return it; what runs goes on, but not again."""
        self._ending = True
        dropped = [piece for lane in self._lanes.values() for piece in lane]
        for key in (*self._ready, *self._parked):
            del self._lanes[key]
        for lane in self._lanes.values():
            lane.clear()
        self._ready.clear()
        self._unpark_all()
        self._waiting = 0
        return dropped

    async def finish(self, limit: float) -> int:
        """Finish what was put, within `limit` seconds, and cancel the rest; return how many pieces were given up.

        What waits to run again is given up.
        """
        self._ending = True
        self._unpark_all()
        workers = set(self._workers)
        if workers:
            await asyncio.wait(workers, timeout=limit)
        running = [worker for worker in workers if not worker.done()]
        for worker in running:
            worker.cancel()
        if running:
            await asyncio.wait(running, timeout=_CANCELLED_LIMIT)
        return self._waiting + len(running)

    def _make_ready(self, key: str) -> None:
        self._ready.append(key)
        if len(self._workers) < self._concurrency:
            worker = asyncio.create_task(self._work(), name="trunkline lane")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        while self._ready:
            key = self._ready.popleft()
            lane = self._lanes[key]
            self._waiting -= 1
            piece = lane.popleft()
            again = await self._run(piece)
            if again is not None:
                lane.appendleft(piece)
                self._waiting += 1
                self._park(key, again)
            elif lane:
                self._ready.append(key)
            else:
                del self._lanes[key]

    def _park(self, key: str, seconds: float) -> None:
        if not self._ending:
            self._parked[key] = asyncio.get_running_loop().call_later(seconds, self._unpark, key)

    def _unpark(self, key: str) -> None:
        del self._parked[key]
        self._make_ready(key)

    def _unpark_all(self) -> None:
        for timer in self._parked.values():
            timer.cancel()
        self._parked.clear()
