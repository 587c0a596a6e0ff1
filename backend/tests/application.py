"""The application as a process of its own: Uvicorn on a free port of the loopback, its data in a folder of the test."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

BACKEND = Path(__file__).resolve().parents[1]
START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 30.0
REQUEST_LIMIT_SECONDS = 30.0


class Application:
    """One running application; an asynchronous context manager.

    Args:
        folder: its data, and its log.
        nats_url: the server to use; None lets it start the embedded one.
        environment: further variables.
        arguments: further arguments for Uvicorn.
    """

    def __init__(
        self,
        folder: Path,
        *,
        nats_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.AsyncClient(base_url=self.url, timeout=REQUEST_LIMIT_SECONDS)
        self._arguments = ["main:app", *arguments]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "TEST_NATS_"))}
        self._environment = {**kept, "ENVIRONMENT": "test", "DATA_DIR": str(folder / "data"), **(environment or {})}
        self._environment.pop("DATABASE_URL", None)
        if nats_url is not None:
            self._environment["NATS_URL"] = nats_url
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "application.log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    async def launch(self) -> None:
        """Start the process, without waiting until it serves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "application.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
                *self._arguments,
                cwd=BACKEND,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def ended(self) -> int:
        """Wait until the process has ended, and return its status."""
        assert self._process is not None
        async with asyncio.timeout(START_LIMIT_SECONDS):
            return await self._process.wait()

    async def serving(self) -> None:
        """Wait until it serves, whether or not it has a NATS server."""
        await self._until("/health/ready", lambda answer: True)

    async def connected(self) -> None:
        """Wait until it is connected to NATS and knows whether there is JetStream."""
        await self._until(
            "/nats/health", lambda answer: answer["connected"] and answer["jetstream"]["state"] != "unknown"
        )

    async def stop(self) -> None:
        """Ask it to stop, and insist when it does not."""
        await self.http.aclose()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_LIMIT_SECONDS):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise AssertionError(f"it does not stop; its log:\n{self.log[-4000:]}") from None

    async def __aenter__(self) -> Self:
        await self.launch()
        try:
            await self.serving()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _until(self, path: str, satisfied: Any) -> None:
        try:
            async with asyncio.timeout(START_LIMIT_SECONDS):
                while not await self._answers(path, satisfied):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{path} is not as it should be; the log:\n{self.log[-4000:]}") from None

    async def _answers(self, path: str, satisfied: Any) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, f"the application has ended; its log:\n{self.log[-4000:]}"
        try:
            answer = await self.http.get(path)
        except httpx.TransportError:
            return False
        return answer.is_success and bool(satisfied(answer.json()))


def free_port() -> int:
    """Return a port of the loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
