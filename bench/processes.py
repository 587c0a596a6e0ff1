"""Programs of the benchmark (see answering.py) as processes: started, asked, measured and ended."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from bench.answering import Line
from bench.work import BenchError

ROOT = Path(__file__).resolve().parent.parent
ANSWER_LIMIT_SECONDS = 180.0
STOP_LIMIT_SECONDS = 20.0
_LONGEST_LINE = 8 << 20


class Program:
    """A running program; made by `program`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.pid = process.pid
        self.greeting: Line = {}
        self._process = process

    async def ask(self, **question: object) -> Line:
        """Ask, and return the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        return await self.hear()

    async def hear(self) -> Line:
        """Return the next line."""
        assert self._process.stdout is not None
        async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise BenchError(f"{self.name} has ended; its message is above")
        answer: Line = json.loads(line)
        return answer

    async def stop(self) -> None:
        """End its input, and then itself when that is not enough."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await ended(self._process)


@asynccontextmanager
async def program(name: str, *arguments: str) -> AsyncIterator[Program]:
    """Run a program while the block runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bench.{name}", *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    running = Program(name, process)
    try:
        running.greeting = await running.hear()
        yield running
    finally:
        await running.stop()


async def ended(process: asyncio.subprocess.Process) -> None:
    """Wait until a process has ended, and insist when it takes too long."""
    try:
        async with asyncio.timeout(STOP_LIMIT_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def processor_seconds(*pids: int | None) -> float:
    """How long processes have been computing so far."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids if pid is not None)
