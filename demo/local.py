"""The platform as a process of the demo's own, on its embedded defaults."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from demo.client import DemoError

BACKEND = Path(__file__).resolve().parent.parent / "backend"
sys.path.append(str(BACKEND))

from core.settings import without_settings  # noqa: E402 - found by the line above

START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 20.0
USUAL_PORT = 8000


@asynccontextmanager
async def local_platform() -> AsyncIterator[str]:
    """Start the platform, give its address, stop it at the end.

    Its data lies in a fresh folder, and a developer's `.env` and environment do not reach it: a demo never mixes with
    anybody's data nor publishes to anybody's server.
    """
    with tempfile.TemporaryDirectory(prefix="expert-sourcing-demo-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        log = Path(folder) / "platform.log"
        process = await start(port, Path(folder), log)
        try:
            await wait_until_ready(process, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        except DemoError as error:
            raise DemoError(f"{error}\nthe platform's log ends with:\n{tail(log)}") from error
        finally:
            await stop(process)


async def start(port: int, folder: Path, log: Path) -> asyncio.subprocess.Process:
    """Start Uvicorn in a session of its own, so that a Ctrl-C reaches the demo first."""
    env = without_settings(os.environ) | {"ENVIRONMENT": "test", "DATA_DIR": str(folder)}
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "main:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
    ]
    with log.open("wb") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=BACKEND,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


async def wait_until_ready(process: asyncio.subprocess.Process, url: str) -> None:
    """Wait until the platform is ready and has its NATS server."""
    try:
        async with asyncio.timeout(START_LIMIT_SECONDS), httpx.AsyncClient(base_url=url, timeout=5.0) as http:
            while not (await answers(http, "/health/ready") and await is_connected(http)):
                if process.returncode is not None:
                    raise DemoError(f"the platform ended with status {process.returncode}")
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise DemoError(f"the platform is not ready after {START_LIMIT_SECONDS:g} s") from None


async def answers(http: httpx.AsyncClient, path: str) -> bool:
    """Whether the address gives a good answer now."""
    try:
        return (await http.get(path)).is_success
    except httpx.HTTPError:
        return False


async def is_connected(http: httpx.AsyncClient) -> bool:
    """Whether the platform has reached NATS."""
    return bool((await http.get("/nats/health")).json()["connected"])


async def stop(process: asyncio.subprocess.Process) -> None:
    """Ask the platform to stop, then insist."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_LIMIT_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def free_port() -> int:
    """The usual port, or another when it is taken."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError("no port is free on 127.0.0.1")


def tail(log: Path) -> str:
    """The last lines of the log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])
