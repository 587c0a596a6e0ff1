"""The platform as a process: one Uvicorn worker, a fresh data folder, the benchmark's nats-server."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.processes import ROOT, ended
from bench.work import BenchError

START_LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.1
TAIL_BYTES = 4000


@dataclass(frozen=True)
class Application:
    """A running application."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def application(app: str, nats_url: str) -> AsyncIterator[Application]:
    """Serve `app` while the block runs."""
    with TemporaryDirectory(prefix="trunkline-bench-", ignore_cleanup_errors=True) as folder:
        port, log = _free_port(), Path(folder) / "log"
        process = await _start(app, port, _environment(nats_url, Path(folder)), log)
        running = Application(port, process.pid)
        try:
            await _wait_until_connected(running, process, log)
            yield running
        finally:
            if process.returncode is None:
                process.terminate()
            await ended(process)


def _environment(nats_url: str, folder: Path) -> dict[str, str]:
    """A developer's `.env` and environment do not reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NATS_")}
    ours = {"ENVIRONMENT": "test", "DATA_DIR": str(folder / "data"), "DATABASE_URL": "", "FILES_URL": ""}
    return {**kept, **ours, "NATS_URL": nats_url, "PYTHONPATH": str(ROOT)}


async def _start(app: str, port: int, environment: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    with log.open("wb") as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port), "--no-access-log"),
            cwd=ROOT / "backend",
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


async def _wait_until_connected(running: Application, process: asyncio.subprocess.Process, log: Path) -> None:
    try:
        async with asyncio.timeout(START_LIMIT_SECONDS), httpx.AsyncClient(base_url=running.url) as http:
            while not await _keeps_events(http):
                if process.returncode is not None:
                    raise TimeoutError
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise BenchError(f"the application does not serve:\n{_end_of(log)}") from None


async def _keeps_events(http: httpx.AsyncClient) -> bool:
    """Whether it serves, is connected, and has its streams."""
    try:
        answer: dict[str, Any] = (await http.get("/nats/streams")).json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(answer["jetstream"]["available"]) and all(s["status"] == "available" for s in answer["streams"])


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-TAIL_BYTES:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
