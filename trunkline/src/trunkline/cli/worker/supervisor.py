"""Processes that are kept running, and ended together."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from trunkline.backoff import Backoff
from trunkline.cli.worker.health import Answer, answering
from trunkline.cli.worker.report import REFUSED, Report
from trunkline.waiting import within

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SILENCE_SECONDS = 10.0
"""A process that has said nothing for so long is not ready, whatever it said before."""

_KILL_SECONDS = 10.0
_ENDED_IN_ORDER = {0, -signal.SIGTERM, -signal.SIGINT}  # by the signals: before it had begun to listen for them


class Place:
    """A place for one process; whoever dies there is followed by another, after a pause that grows."""

    def __init__(self, number: int, command: list[str], stopping: asyncio.Event, stop_seconds: float) -> None:
        self.number = number
        self.pid: int | None = None
        self.been_ready = False
        self.failed_to_stop = False
        self._command = command
        self._stopping = stopping
        self._stop_seconds = stop_seconds
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._report: Report | None = None
        self._reported_at = 0.0

    @property
    def report(self) -> Report | None:
        """What the process said of itself lately."""
        return self._report if time.monotonic() - self._reported_at < SILENCE_SECONDS else None

    async def keep(self) -> int:
        """Keep a process running until it is time to stop, or until it refuses before it was ever ready.

        Returns:
            The last process's exit status.
        """
        while True:
            status = await self._live()
            if self._stopping.is_set():
                self.failed_to_stop |= status not in _ENDED_IN_ORDER
                return status
            if status == REFUSED and not self.been_ready:
                return status
            pause = self._backoff.next()
            log.error("worker_process_died", process=self.number, status=status, again_in_seconds=round(pause, 1))
            if await within(pause, self._stopping):
                return 0

    async def _live(self) -> int:
        """Run one process to its end, which comes soon after `stopping`; its exit status."""
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(*self._command, str(writing), pass_fds=(writing,))
        finally:
            os.close(writing)
        self.pid = process.pid
        log.info("worker_process_started", process=self.number, pid=process.pid)
        following = asyncio.create_task(self._follow(reading), name="following a worker process")
        try:
            return await self._wait(process)
        finally:
            self.pid = None
            await following  # the pipe ends with the process

    async def _wait(self, process: asyncio.subprocess.Process) -> int:
        ending = asyncio.create_task(process.wait(), name="end of a worker process")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop of a worker")
        try:
            await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                process.terminate()
                await asyncio.wait({ending}, timeout=self._stop_seconds)
            if not ending.done():
                log.error("worker_process_killed", process=self.number, after_seconds=self._stop_seconds)
                process.kill()
                await asyncio.wait({ending}, timeout=_KILL_SECONDS)
            return ending.result()
        finally:
            stopping.cancel()

    async def _follow(self, reading: int) -> None:
        async with _lines(reading) as lines:
            async for line in lines:
                self._report, self._reported_at = Report.model_validate_json(line), time.monotonic()
                if self._report.ready and not self.been_ready:
                    log.info("worker_process_ready", process=self.number, agents=self._report.agents)
                if self._report.ready:
                    self.been_ready = True
                    self._backoff.reset()
        self._report = None


class Supervisor:
    """Runs a service's agents in `processes` processes, until SIGTERM or SIGINT."""

    def __init__(self, service: str, agents: str, *, processes: int, stop_seconds: float) -> None:
        command = [sys.executable, "-m", "trunkline.cli.worker.process", service, agents]
        self._stopping = asyncio.Event()
        numbers = range(1, processes + 1)
        self._places = [Place(number, command, self._stopping, stop_seconds) for number in numbers]

    async def run(self, health: tuple[str, int] | None = None) -> int:
        """Run, and answer for its health at an address if there is one; the exit status.

        Raises:
            OSError: nobody can listen at the address.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        async with AsyncExitStack() as stack:
            if health is not None:
                await stack.enter_async_context(answering(*health, self._answer))
            statuses = await asyncio.gather(*(self._keep(place) for place in self._places))
        if REFUSED in statuses:
            return REFUSED
        return int(any(place.failed_to_stop for place in self._places))

    async def _keep(self, place: Place) -> int:
        status = await place.keep()
        self._stopping.set()  # where one has refused, the others end too
        return status

    def _answer(self, path: str) -> Answer | None:
        if path == "/health/live":
            return Answer(200, {"status": "alive"})
        if path != "/health/ready":
            return None
        reports = [(place.pid, place.report) for place in self._places]
        ready = all(report is not None and report.ready for _, report in reports) and not self._stopping.is_set()
        processes = [{"pid": pid, **(report.model_dump() if report else {"ready": False})} for pid, report in reports]
        return Answer(200 if ready else 503, {"status": "ready" if ready else "unready", "processes": processes})


@asynccontextmanager
async def _lines(descriptor: int) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        yield reader
    finally:
        transport.close()
