"""Threads that run blocking work whole, for callers on one event loop.

A caller waits `wait_limit` seconds for its work to begin; after that it is withdrawn and never runs. Work that has
begun is never abandoned unseen: a caller that is cancelled meanwhile gets its `CancelledError` when the work has ended,
so that no transaction outlives the task that asked for it. Only work that exceeds `run_limit` is left behind, and that
is said. Its thread cannot be ended, so another takes its place: those that are stuck starve nobody, as long as they are
no more than there are to be threads. One that gets free after all ends.

A thread that becomes free takes what waits, up to a bound, and hands it whole to a function that does it (`Do`): only
that function knows what it means to do several at once. What it has done goes back to the loop in one call.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.orm import Session

from trunkline.errors import DatabaseError

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Outcome(Generic[T]):
    """What became of a function: its result, or what it raised."""

    __slots__ = ("_error", "_result")

    def __init__(self, result: T | None = None, error: BaseException | None = None) -> None:
        self._result = result
        self._error = error

    def get(self) -> T:
        """Return the result, or raise."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # None is what the function returned


class Job(Generic[T]):
    """One function of a session: waiting, then either begun or withdrawn, never both."""

    def __init__(self, function: Callable[[Session], T], loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.outcome: Outcome[T] | None = None
        """Set once, by the thread that ran it, or by who withdrew it; None also when it was withdrawn unheard."""
        self.told: asyncio.Future[None] = loop.create_future()
        """Done when its caller can look: there is an outcome, or a limit has passed."""
        self.timer: asyncio.TimerHandle
        """What looks after it when its next limit has passed."""
        self._lock = threading.Lock()
        self._taken = False
        self.thread: _Thread | None = None
        """Which thread it has come to."""

    def take(self) -> bool:
        """Claim the job, to run or to withdraw it; True for the first caller only."""
        with self._lock:
            taken, self._taken = self._taken, True
            return not taken

    def tell(self) -> None:
        """Let the caller look; called on the loop."""
        if not self.told.done():
            self.told.set_result(None)


class _Thread:
    """One thread as the event loop sees it."""

    def __init__(self) -> None:
        self.stuck = False
        """Set when work of its exceeded the run limit: it ends when it is free."""
        self.ended = asyncio.Event()


Do = Callable[[Sequence[Job[Any]]], Iterator[Sequence[Job[Any]]]]
"""Runs what of the jobs it can `take`, in their order; yields them, all of them, as they have ended."""


class Workers:
    """`threads` threads with at most `capacity` jobs between them, waiting and running together.

    Args:
        name: of the threads.
        threads: how many.
        do: runs jobs.
        together: how many jobs a thread takes at once.
        capacity: jobs at most; further callers wait for room.
        wait_limit: seconds until a job must have begun.
        run_limit: seconds that a caller waits for a job that has begun.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        do: Do,
        *,
        together: int,
        capacity: int,
        wait_limit: float,
        run_limit: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._do = do
        self._together = together
        self._wait_limit = wait_limit
        self._run_limit = run_limit
        self._room = asyncio.Semaphore(capacity)
        self._queue: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._jobs: set[Job[Any]] = set()
        self._closed = False
        self._wanted = threads
        self._names = (f"{name}-{number}" for number in count())
        self._threads: set[_Thread] = set()
        self._fill()

    async def run(self, function: Callable[[Session], T]) -> T:
        """Run `function` in a thread and return its result or raise its exception.

        Raises:
            DatabaseError: it did not begin within the wait limit (then it never will), did not end within the run limit
                (then its outcome is unknown), or the threads are closed.
        """
        deadline = self._loop.time() + self._wait_limit
        job = await self._submit(function, deadline)
        job.timer = self._loop.call_at(deadline, self._at_wait_limit, job)
        try:
            await job.told
        except asyncio.CancelledError:
            if not job.take():
                await self._see_the_end(job)
            raise
        finally:
            job.timer.cancel()
        if job.outcome is None:
            raise DatabaseError(f"the transaction has been running for {self._run_limit:g} s: its outcome is unknown")
        return job.outcome.get()

    async def close(self, limit: float) -> None:
        """Take nothing more, and finish what was taken within `limit` seconds; what has not begun by then fails."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        if not await self._all_ended(limit):
            withdrawn = [job for job in self._jobs if job.take()]
            log.error("transactions left at close", running=len(self._jobs) - len(withdrawn), withdrawn=len(withdrawn))
            for job in withdrawn:
                job.outcome = Outcome(error=DatabaseError("the database is closed"))
                job.tell()

    async def _all_ended(self, limit: float) -> bool:
        try:
            async with asyncio.timeout(limit):
                for thread in tuple(self._threads):
                    await thread.ended.wait()
        except TimeoutError:
            return False
        return True

    async def _submit(self, function: Callable[[Session], T], deadline: float) -> Job[T]:
        if self._room.locked():
            await self._find_room(deadline)
        else:
            await self._room.acquire()  # returns at once
        if self._closed:
            self._room.release()
            raise DatabaseError("the database is closed")
        job = Job(function, self._loop)
        self._jobs.add(job)
        self._queue.put(job)
        return job

    async def _find_room(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._room.acquire()
        except TimeoutError:
            raise DatabaseError(f"too many transactions wait; no room within {self._wait_limit:g} s") from None

    def _at_wait_limit(self, job: Job[Any]) -> None:
        """Withdraw a job that has not begun; one that has may run on until the run limit."""
        if not job.take():
            job.timer = self._loop.call_later(self._run_limit, self._at_run_limit, job)
        else:
            reason = f"the transaction could not begin within {self._wait_limit:g} s: others are running"
            job.outcome = Outcome(error=DatabaseError(reason))
            job.tell()

    def _at_run_limit(self, job: Job[Any]) -> None:
        job.tell()
        self._replace(job)

    def _replace(self, job: Job[Any]) -> None:
        """Put another thread in the place of the one that is stuck with a job."""
        if job.thread is None or job.thread.stuck:
            return
        job.thread.stuck = True
        log.error("a database thread is stuck", seconds=self._run_limit, threads=len(self._threads))
        self._fill()

    def _fill(self) -> None:
        """Start what threads are missing; stuck ones count up to as many again."""
        while (
            not self._closed
            and len(self._threads) < 2 * self._wanted
            and sum(not thread.stuck for thread in self._threads) < self._wanted
        ):
            thread = _Thread()
            self._threads.add(thread)
            # Daemons: a thread that a dead database holds must not keep the process from ending.
            threading.Thread(target=self._serve, args=(thread,), name=next(self._names), daemon=True).start()

    def _end(self, thread: _Thread) -> None:
        self._threads.discard(thread)
        thread.ended.set()
        self._fill()

    async def _see_the_end(self, job: Job[T]) -> None:
        """Wait for work that runs although its caller was cancelled; further cancellations change nothing."""
        limit = self._loop.time() + self._run_limit
        while job.outcome is None and self._loop.time() < limit:
            job.told = self._loop.create_future()  # the one before was cancelled with its caller
            try:
                await asyncio.wait({job.told}, timeout=limit - self._loop.time())
            except asyncio.CancelledError:
                continue
        if job.outcome is None:
            self._replace(job)
        log.info("transaction ended after its caller was cancelled", ended=job.outcome is not None)

    def _serve(self, thread: _Thread) -> None:
        while not thread.stuck and (jobs := self._next()):
            for job in jobs:
                job.thread = thread
            for done in self._do(jobs):
                self._tell(partial(self._hand_over, done))
        self._tell(partial(self._end, thread))

    def _next(self) -> list[Job[Any]]:
        """Wait for a job, and return it with those that wait behind it; none when there will be no more."""
        job = self._queue.get()
        jobs = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == self._together:
                return jobs
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs
        if jobs:
            self._queue.put(None)  # for the next look of this thread
        return jobs

    def _tell(self, callback: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            log.warning("transactions outlived their event loop")

    def _hand_over(self, jobs: Sequence[Job[Any]]) -> None:
        for job in jobs:
            self._jobs.discard(job)
            self._room.release()
            job.tell()
