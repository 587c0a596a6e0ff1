"""Threads that run blocking work whole, for callers on one event loop.

A caller waits `wait_limit` seconds for its work to begin; after that it is withdrawn and never runs. Work that has
begun is never abandoned unseen: a caller that is cancelled meanwhile gets its `CancelledError` when the work has ended,
so that no transaction outlives the task that asked for it. Only work that exceeds `run_limit` is left behind, and that
is said.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, NoReturn, TypeVar

import structlog

from trunkline.errors import DatabaseError

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    result: Callable[[], T]


class _Job(Generic[T]):
    """One piece of work: waiting, then either begun or withdrawn, never both."""

    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self._lock = threading.Lock()
        self._taken = False
        self.outcome: asyncio.Future[_Outcome[T]] = loop.create_future()

    def take(self) -> bool:
        """Claim the job, to run or to withdraw it; True for the first caller only."""
        with self._lock:
            taken, self._taken = self._taken, True
            return not taken

    def run(self) -> None:
        """Do the work and hand its outcome over; called by a thread."""
        outcome = _outcome(self._work)
        try:
            self._loop.call_soon_threadsafe(self.finish, outcome)
        except RuntimeError:
            log.warning("transaction outlived its event loop")

    def finish(self, outcome: _Outcome[T]) -> None:
        """Set the outcome; called on the loop."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Workers:
    """`threads` threads with at most `capacity` pieces of work between them, waiting and running together."""

    def __init__(self, name: str, threads: int, *, capacity: int, wait_limit: float, run_limit: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._wait_limit = wait_limit
        self._run_limit = run_limit
        self._room = asyncio.Semaphore(capacity)
        self._queue: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._jobs: set[_Job[Any]] = set()
        self._closed = False
        self._ended = [asyncio.Event() for _ in range(threads)]
        for number, ended in enumerate(self._ended):
            # Daemons: a thread that a dead database holds must not keep the process from ending.
            threading.Thread(target=self._serve, args=(ended,), name=f"{name}-{number}", daemon=True).start()

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread and return its result or raise its exception.

        Raises:
            DatabaseError: it did not begin within the wait limit (then it never will), did not end within the run limit
                (then its outcome is unknown), or the threads are closed.
        """
        deadline = self._loop.time() + self._wait_limit
        job = await self._submit(work, deadline)
        try:
            await asyncio.wait({job.outcome}, timeout=max(0.0, deadline - self._loop.time()))
            if not job.outcome.done() and job.take():
                raise DatabaseError(
                    f"the transaction could not begin within {self._wait_limit:g} s: others are running"
                )
            await asyncio.wait({job.outcome}, timeout=self._run_limit)
        except asyncio.CancelledError:
            if not job.take():
                await self._see_the_end(job)
            raise
        if not job.outcome.done():
            raise DatabaseError(f"the transaction has been running for {self._run_limit:g} s: its outcome is unknown")
        return job.outcome.result().result()

    async def close(self, limit: float) -> None:
        """Take nothing more, and finish what was taken within `limit` seconds; what has not begun by then fails."""
        self._closed = True
        for _ in self._ended:
            self._queue.put(None)
        if not await self._all_ended(limit):
            withdrawn = [job for job in self._jobs if job.take()]
            log.error("transactions left at close", running=len(self._jobs) - len(withdrawn), withdrawn=len(withdrawn))
            for job in withdrawn:
                job.finish(_Outcome(_closed))

    async def _all_ended(self, limit: float) -> bool:
        try:
            async with asyncio.timeout(limit):
                for ended in self._ended:
                    await ended.wait()
        except TimeoutError:
            return False
        return True

    async def _submit(self, work: Callable[[], T], deadline: float) -> _Job[T]:
        try:
            async with asyncio.timeout_at(deadline):
                await self._room.acquire()
        except TimeoutError:
            raise DatabaseError(f"too many transactions wait; no room within {self._wait_limit:g} s") from None
        if self._closed:
            self._room.release()
            _closed()
        job = _Job(work, self._loop)
        self._jobs.add(job)
        self._queue.put(job)
        return job

    async def _see_the_end(self, job: _Job[T]) -> None:
        """Wait for work that runs although its caller was cancelled; further cancellations change nothing."""
        limit = self._loop.time() + self._run_limit
        while not job.outcome.done() and self._loop.time() < limit:
            try:
                await asyncio.wait({job.outcome}, timeout=limit - self._loop.time())
            except asyncio.CancelledError:
                continue
        log.info("transaction ended after its caller was cancelled", ended=job.outcome.done())

    def _serve(self, ended: asyncio.Event) -> None:
        while (job := self._queue.get()) is not None:
            if job.take():
                job.run()
            self._tell(partial(self._forget, job))
        self._tell(ended.set)

    def _tell(self, callback: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            log.debug("event loop is closed")

    def _forget(self, job: _Job[Any]) -> None:
        self._jobs.discard(job)
        self._room.release()


def _outcome(work: Callable[[], T]) -> _Outcome[T]:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001, it is raised again where the work was asked for
        raised = error

        def raise_it() -> T:
            raise raised

        return _Outcome(raise_it)
    return _Outcome(lambda: result)


def _closed() -> NoReturn:
    raise DatabaseError("the database is closed")
