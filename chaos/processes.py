"""Processes of the program under test, started again whenever they end, as a platform would."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import trunkline.server
from chaos.program import START_FAILED

ROOT = Path(__file__).resolve().parent.parent
END_LIMIT_SECONDS = 30.0
"""SIGTERM's: handlers, relay and drain have ten seconds each."""

_TETHER = Path(trunkline.server.__file__).with_name("tether.py")
_PAUSE_SECONDS = 0.2


class Process:
    """``python -m chaos.program`` with `arguments`, kept running until `stop`."""

    def __init__(self, name: str, arguments: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = [sys.executable, "-m", "chaos.program", *arguments]
        if sys.platform == "linux":
            self._command = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *self._command]
        self._environment = {**os.environ, **environment}
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._terminating = False
        self.starts = 0
        self.unexpected: list[int] = []
        """Exit statuses of processes that ended by themselves, other than for want of a database at their start."""

    @property
    def pid(self) -> int | None:
        """The running process's id, or None."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def start(self) -> None:
        """Begin to keep it running."""
        self._keeping = asyncio.create_task(self._keep(), name=f"keeping {self.name}")

    def kill(self) -> bool:
        """Kill it (SIGKILL); False when it was not running."""
        return self._send(signal.SIGKILL)

    async def terminate(self) -> float | None:
        """End it in order (SIGTERM) and return how long that took; None when it was not running.

        Raises:
            TimeoutError: it took longer than its limits allow.
        """
        process = self._process
        began = time.monotonic()
        self._terminating = True
        if process is None or not self._send(signal.SIGTERM):
            return None
        async with asyncio.timeout(END_LIMIT_SECONDS):
            await process.wait()
        return time.monotonic() - began

    async def stop(self) -> None:
        """Keep it running no more, and end it in order; raises as `terminate`."""
        if self._keeping is None:
            return
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        self._keeping = None
        try:
            await self.terminate()
        finally:
            self.kill()

    async def _keep(self) -> None:
        with self.log.open("ab") as log:
            while True:
                self._terminating = False
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
                )
                self.starts += 1
                status = await self._process.wait()
                if status not in {-signal.SIGKILL, START_FAILED} and not self._terminating:
                    self.unexpected.append(status)
                await asyncio.sleep(_PAUSE_SECONDS)

    def _send(self, number: signal.Signals) -> bool:
        if self.pid is None or self._process is None:
            return False
        try:
            os.kill(self._process.pid, number)  # `send_signal` would look first, and take the status from asyncio
        except ProcessLookupError:
            return False
        return True
