"""Work side by side, but in order for each key.

Every key is a lane: what is put into it is done one after another. Up to `concurrency` lanes run at once, and a lane
gives way after each piece, so that a busy key does not starve the others. A piece that is to be done again after a
pause parks its lane, and no other. A piece without a key is a lane of its own.

A worker is a task that goes from piece to piece for as long as there are any: work that waits for nothing is done
without a turn of the event loop in between.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar, cast

T = TypeVar("T")

_CANCELLED_LIMIT = 5.0  # seconds that cancelled work may take for its end


class Lanes(Generic[T]):
    """Bounded: at most `limit` pieces wait. `run` must not raise; it may return after how many seconds to run again."""

    def __init__(self, run: Callable[[T], Awaitable[float | None]], *, concurrency: int, limit: int) -> None:
        self._run = run
        self._concurrency = concurrency
        self._limit = limit
        self._lanes: dict[Hashable, deque[T]] = {}
        self._ready: deque[Hashable] = deque()
        self._alone: deque[T] = deque()  # pieces without a key
        self._parked: dict[Hashable, asyncio.TimerHandle] = {}
        self._waiting = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._ending = False
        self.running = 0
        """How many pieces run."""

    def __len__(self) -> int:
        return self._waiting

    @property
    def moving(self) -> int:
        """How many lanes run, or would if there were room; the parked ones are left out."""
        return self.running + len(self._ready) + len(self._alone)

    def put(self, key: str | None, piece: T) -> bool:
        """Take one piece of work; False when as many wait as may."""
        if self._waiting >= self._limit:
            return False
        self._waiting += 1
        if key is None:
            self._alone.append(piece)
        elif key in self._lanes:
            self._lanes[key].append(piece)
            return True
        else:
            self._lanes[key] = deque((piece,))
            self._ready.append(key)
        if len(self._workers) < self._concurrency:
            self._hire()
        return True

    def clear(self) -> list[T]:
        """Drop what has not begun, or waits to run again, and return it; what runs goes on, but not again."""
        self._ending = True
        dropped = [*self._alone, *(piece for lane in self._lanes.values() for piece in lane)]
        self._alone.clear()
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

    def _hire(self) -> None:
        self._workers.add(asyncio.create_task(self._work(), name="trunkline lane"))

    async def _work(self) -> None:
        try:
            await self._do_all()
        finally:  # in this very turn: who puts something right after it has to know that nobody is left to do it
            self._workers.discard(cast(asyncio.Task[None], asyncio.current_task()))

    async def _do_all(self) -> None:
        alone, ready = self._alone, self._ready
        while alone or ready:
            if alone:
                piece = alone.popleft()
                again = await self._do(piece)
                if again is not None:
                    self._waiting += 1
                    key = object()
                    self._lanes[key] = deque((piece,))
                    self._park(key, again)
            if ready:
                await self._do_next(ready.popleft())

    async def _do_next(self, key: Hashable) -> None:
        lane = self._lanes[key]
        piece = lane.popleft()
        again = await self._do(piece)
        if again is not None:
            lane.appendleft(piece)
            self._waiting += 1
            self._park(key, again)
        elif lane:
            self._ready.append(key)
        else:
            del self._lanes[key]

    async def _do(self, piece: T) -> float | None:
        self._waiting -= 1
        self.running += 1
        try:
            return await self._run(piece)
        finally:
            self.running -= 1

    def _park(self, key: Hashable, seconds: float) -> None:
        if not self._ending:
            self._parked[key] = asyncio.get_running_loop().call_later(seconds, self._unpark, key)

    def _unpark(self, key: Hashable) -> None:
        del self._parked[key]
        self._ready.append(key)
        if len(self._workers) < self._concurrency:
            self._hire()

    def _unpark_all(self) -> None:
        for timer in self._parked.values():
            timer.cancel()
        self._parked.clear()
