"""One nats-server process that we own: what tests, benchmarks and the embedded server's supervisor start.

Three things keep such processes in order:

- The store is locked by a descriptor that the server inherits and that nobody else keeps, so the lock lives exactly as
  long as the server process does. nats-server itself lets two servers write to one store; one that somebody started by
  hand has no such lock, and is looked for (`occupants`).
- On Linux the server dies with the process that started it, kill -9 included (`tether`). Elsewhere it outlives a killed
  parent; the embedded server's next supervisor then ends it.
- Ready means that it answered with INFO under its own name, so another program on the port is never taken for it.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import weakref
from pathlib import Path
from urllib.parse import quote

from uuid_utils import uuid4

from trunkline.errors import PortTaken, ServerError, StoreTaken
from trunkline.server.configuration import Configuration
from trunkline.server.locks import open_lock, unwritable, wait_for_lock
from trunkline.server.occupants import occupant
from trunkline.server.probe import server_name
from trunkline.server.program import find_program

_START_LIMIT_SECONDS = 10.0
_STOP_LIMIT_SECONDS = 10.0
_STORE_LIMIT_SECONDS = 2.0  # a server that was killed a moment ago may still have it
_POLL_SECONDS = 0.005
_FREEZE_LIMIT_SECONDS = 1.0
_TAIL_BYTES = 4096
_TETHER = Path(__file__).with_name("tether.py")


class NatsServer:
    """A nats-server on loopback. It belongs to the event loop that started it and does not outlive the process.

    Args:
        store: its folder, for configuration, log and JetStream's files; made when missing. Default: a temporary one.
        port: default a free one, kept over restarts.
        jetstream: whether it has JetStream.
        user, password, token: what a client must show; default nothing.
        jetstream_config: lines for the ``jetstream`` block of its configuration.
        extra_config: lines added to its configuration.
        log: its log file; default ``server.log`` in the store.
        name: its server name; default a random one.
    """

    def __init__(
        self,
        *,
        store: Path | None = None,
        port: int | None = None,
        jetstream: bool = True,
        user: str | None = None,
        password: str | None = None,
        token: str | None = None,
        jetstream_config: str = "",
        extra_config: str = "",
        log: Path | None = None,
        name: str | None = None,
    ) -> None:
        self.port = port
        self.jetstream = jetstream
        self.name = name or f"trunkline-{uuid4()}"
        self.store = store.resolve() if store is not None else self._temporary_store()
        self.log = log or self.store / "server.log"
        self._user = user
        self._password = password
        self._token = token
        self._jetstream_config = jetstream_config
        self._extra_config = extra_config
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens, with what a client must show.

        Raises:
            ServerError: it has not been started, so it has no port yet.
        """
        if self.port is None:
            raise ServerError("the server has no port before its first start")
        return f"nats://{self._userinfo()}127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The running process's id, or None."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it answers; does nothing when it runs.

        Raises:
            ServerProgramMissing: nats-server is not installed.
            PortTaken: another program has the port.
            StoreTaken: another server has the store, or it cannot be written.
            ServerError: it ended at once, or does not answer; holds the end of its log.
        """
        if self.pid is not None:
            return
        program = find_program()
        lock = await self._take_store()
        try:
            log_begin = self._prepare()
            self._process = await self._spawn(program, lock)
        finally:
            os.close(lock)
        try:
            async with asyncio.timeout(_START_LIMIT_SECONDS):
                await self._ready(log_begin)
        except TimeoutError as error:
            await self._end()
            raise ServerError(f"nats-server does not answer:\n{self._log_since(log_begin)}") from error
        except BaseException:
            await self._end()
            raise

    async def stop(self) -> None:
        """Stop it in good order, or by force when it takes longer than ten seconds; its store is kept for `start`."""
        process = self._process
        if process is None:
            return
        self._send(signal.SIGTERM)
        self._send(signal.SIGCONT)
        try:
            async with asyncio.timeout(_STOP_LIMIT_SECONDS):
                await process.wait()
        except TimeoutError:
            await self._end()
        self._process = None

    async def restart(self, *, jetstream: bool | None = None) -> None:
        """Stop it (when it still runs) and start it on the same port and store; may switch JetStream on or off."""
        await self.stop()
        if jetstream is not None:
            self.jetstream = jetstream
        await self.start()

    async def wait(self) -> int:
        """Wait until the process has ended, and return its status; 0 when it is not running."""
        return await self._process.wait() if self._process is not None else 0

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._send(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open, nothing answers. Returns when its last thread has stopped."""
        self._send(signal.SIGSTOP)
        deadline = time.monotonic() + _FREEZE_LIMIT_SECONDS
        while self.pid is not None and not _all_threads_stopped(self.pid) and time.monotonic() < deadline:
            time.sleep(0.001)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._send(signal.SIGCONT)

    def _temporary_store(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="trunkline-nats-")).resolve()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _userinfo(self) -> str:
        if self._user is not None:
            return f"{quote(self._user, safe='')}:{quote(self._password or '', safe='')}@"
        return f"{quote(self._token, safe='')}@" if self._token is not None else ""

    async def _take_store(self) -> int:
        try:
            self.store.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.store, error) from error
        lock = open_lock(self.store / "server.lock")
        try:
            async with asyncio.timeout(_STORE_LIMIT_SECONDS):
                await wait_for_lock(lock)
            await self._check_unoccupied()
        except TimeoutError:
            os.close(lock)
            raise StoreTaken(f"another nats-server uses the store {self.store}{self._holder()}") from None
        except BaseException:
            os.close(lock)
            raise
        return lock

    async def _check_unoccupied(self) -> None:
        """Refuse a store that a server without our lock uses; one that is dying loses the lock before its files."""
        until = time.monotonic() + _STORE_LIMIT_SECONDS
        while (pid := await asyncio.to_thread(occupant, self.store)) is not None:
            if time.monotonic() > until:
                raise StoreTaken(f"another nats-server uses the store {self.store} (process {pid})")
            await asyncio.sleep(_POLL_SECONDS)

    def _holder(self) -> str:
        try:
            return f" (process {int((self.store / 'server.pid').read_text())})"
        except (OSError, ValueError):
            return ""

    def _prepare(self) -> int:
        """Write the configuration; return where this start's part of the log begins."""
        configuration = Configuration(
            name=self.name,
            folder=self.store,
            log=self.log,
            port=self.port,
            jetstream=self.jetstream,
            user=self._user,
            password=self._password,
            token=self._token,
            jetstream_options=self._jetstream_config,
            extra=self._extra_config,
        )
        try:
            for stale in self.store.glob("*.ports"):
                stale.unlink()
            (self.store / "nats.conf").touch(mode=0o600)
            (self.store / "nats.conf").write_text(configuration.text(), encoding="utf-8")
            self.log.touch(mode=0o600)
            return self.log.stat().st_size
        except OSError as error:
            raise unwritable(self.store, error) from error

    async def _spawn(self, program: Path, lock: int) -> asyncio.subprocess.Process:
        command = [str(program), "-c", str(self.store / "nats.conf")]
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *command]
        with self.log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                start_new_session=True,
            )

    async def _ready(self, log_begin: int) -> None:
        while True:
            if self.pid is None:
                raise self._failure(self._log_since(log_begin))
            port = self.port or self._announced_port()
            if port is not None and await server_name(port) == self.name:
                self.port = port
                return
            await asyncio.sleep(_POLL_SECONDS)

    def _announced_port(self) -> int | None:
        for file in self.store.glob("*.ports"):
            try:
                urls = json.loads(file.read_text())["nats"]
                return int(urls[0].rpartition(":")[2])
            except (OSError, ValueError, LookupError):
                return None  # it is being written
        return None

    def _failure(self, log: str) -> ServerError:
        if "address already in use" in log:
            return PortTaken(f"another program listens on port {self.port} of 127.0.0.1")
        if "permission denied" in log or "storage directory" in log:
            return StoreTaken(f"the store {self.store} cannot be written:\n{log}")
        return ServerError(f"nats-server ended at its start:\n{log}")

    def _log_since(self, begin: int) -> str:
        try:
            with self.log.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(begin if begin <= size else 0, size - _TAIL_BYTES))
                return log.read().decode(errors="replace").strip()
        except OSError as error:
            return f"({self.log} cannot be read: {error.strerror})"

    def _send(self, number: signal.Signals) -> None:
        if self.pid is not None and self._process is not None:
            try:
                os.kill(self._process.pid, number)  # `send_signal` would look first, and take the status from asyncio
            except ProcessLookupError:
                return  # it ended in this moment

    async def _end(self) -> None:
        self.kill()
        if self._process is not None:
            await self._process.wait()
        self._process = None


def _all_threads_stopped(pid: int) -> bool:
    """Say whether SIGSTOP has reached every thread of `pid`: they stop one by one, and may answer meanwhile.

    Where there is no ``/proc`` (macOS) this cannot be seen, and the signal is taken to have done its work.
    """
    try:
        states = [task.read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:  # the process, or one of its threads, has ended
        return False
    return all(state in "Tt" for state in states)
