"""The program that runs the embedded server for as long as anybody uses it.

``python -P -m trunkline.server.supervisor STORE --lock FD [--port N] --idle SECONDS``, started by `EmbeddedServer`.

The process that is started forks; the child is the supervisor, the parent waits until the server answers (or cannot),
prints that as a line of JSON and ends. So nobody is the supervisor's parent, and no user has to wait for its end.

Who uses the server is said by locks alone. Each user process holds a shared lock on ``users.lock``, which the kernel
gives back when the process ends, kill -9 included. The supervisor tries for the exclusive lock, again and again,
without waiting in it: while it can be had, there are no users. After some seconds without users (an application that
reloads leaves gaps) it takes the lock once more and keeps it: from then on no user can come in, and it stops the server
and ends. A user that is kept out waits until it is gone, and starts the next one.

``supervisor.lock`` makes it the only one: the starting user locks it and hands the locked descriptor down.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import structlog

from trunkline.errors import PortTaken, ServerError, StoreTaken
from trunkline.server.locks import open_lock, try_lock, unlock
from trunkline.server.probe import server_name
from trunkline.server.process import NatsServer
from trunkline.server.store import USER, Identity, Store

# Acknowledged means on the disk, as with the SQLite database beside it (synchronous=FULL); nats-server's own default
# is to sync every two minutes. The storage limit is lifted since a stream's byte limit is subtracted from it when the
# stream is made: on a small disk the last streams could not be made, though all are empty.
JETSTREAM_CONFIG = "sync_interval: always\nmax_file_store: 1TB"

_POLL_SECONDS = 0.25
_ORPHAN_LIMIT_SECONDS = 5.0
_MAX_DEATHS = 5
_DEATHS_WITHIN_SECONDS = 60.0
_LOG_BYTES = 256 << 10

log = structlog.get_logger(__name__)


def main() -> None:
    """Fork, report and supervise, as the module says."""
    arguments = _arguments()
    store = Store(arguments.store)
    _close_all_but(arguments.lock)
    read_end, write_end = os.pipe()
    if os.fork():
        os.close(write_end)
        with os.fdopen(read_end, "rb") as report, suppress(BrokenPipeError):  # who asked may be gone by now
            os.write(sys.stdout.fileno(), report.read())
        return
    os.close(read_end)
    os.set_inheritable(arguments.lock, False)
    _detach(store)
    with os.fdopen(write_end, "w") as report:
        asyncio.run(_Supervisor(store, arguments.port, arguments.idle, report).run())


def _close_all_but(descriptor: int) -> None:
    """Close what a user's process has let through besides the lock.

    uvloop passes every inheritable descriptor on: its own end of our answer's pipe, which the user would wait for to
    be closed, and a web server's listening socket, which would keep its port taken after its end.
    """
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


class _Supervisor:
    def __init__(self, store: Store, port: int | None, idle_seconds: float, report: TextIO) -> None:
        self._store = store
        self._port = port
        self._idle_seconds = idle_seconds
        self._report = report
        self._deaths: deque[float] = deque(maxlen=_MAX_DEATHS)
        self._told_to_stop = asyncio.Event()

    async def run(self) -> None:
        """Run the server until it is not used any more, cannot be kept alive, or SIGTERM comes."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._told_to_stop.set)
        try:
            server = await self._start()
            self._answer(ready=True)
            try:
                await self._keep(server)
            finally:
                await server.stop()
        except ServerError as error:
            log.critical("server.failed", error=str(error))
            self._answer(error=type(error).__name__, message=str(error))
        log.info("supervisor.ended")

    def _answer(self, **report: object) -> None:
        if self._report.closed:
            return
        with suppress(BrokenPipeError):  # who asked is gone; whoever comes next finds the server by its folder
            json.dump(report, self._report)
            self._report.close()

    async def _start(self) -> NatsServer:
        identity = self._store.identity() or Identity.new()
        await self._end_orphan(identity)
        self._store.remember(identity)
        try:
            server = await self._start_on(self._port or identity.port, identity)
        except PortTaken:
            if self._port is not None:
                raise
            log.warning("server.port_taken", port=identity.port)
            server = await self._start_on(None, identity)
        self._store.remember(identity.at(server.port))
        log.info("server.started", port=server.port, pid=server.pid)
        return server

    async def _start_on(self, port: int | None, identity: Identity) -> NatsServer:
        server = NatsServer(
            store=self._store.folder,
            port=port,
            name=identity.name,
            user=USER,
            password=identity.password,
            jetstream_config=JETSTREAM_CONFIG,
        )
        await server.start()
        return server

    async def _end_orphan(self, identity: Identity) -> None:
        """End the server of a supervisor that was killed, where the system has not done it.

        It is known by its name, which no other server has; while this supervisor holds its lock, no other can own it.
        """
        if identity.port is None:
            return
        deadline = time.monotonic() + _ORPHAN_LIMIT_SECONDS
        while time.monotonic() < deadline and await server_name(identity.port) == identity.name:
            try:
                os.kill(int(self._store.pid_file.read_text()), signal.SIGTERM)
            except (OSError, ValueError):
                raise StoreTaken(f"another nats-server uses the store {self._store.folder}") from None
            await asyncio.sleep(_POLL_SECONDS)

    async def _keep(self, server: NatsServer) -> None:
        users = open_lock(self._store.users_lock)
        last_used = time.monotonic()
        while not self._told_to_stop.is_set():
            if await self._ended(server):
                self._count_death()
                _bound_log(self._store)
                await server.start()
                log.warning("server.started_again", port=server.port, pid=server.pid)
            now = time.monotonic()
            if not try_lock(users):
                last_used = now
                continue
            if now - last_used >= self._idle_seconds:
                log.info("server.unused", seconds=self._idle_seconds)
                return  # with the lock, which ends with this process
            unlock(users)

    async def _ended(self, server: NatsServer) -> bool:
        """Wait for the next look, or less when the server ends."""
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                status = await server.wait()
        except TimeoutError:
            return False
        log.warning("server.ended", status=status)
        return True

    def _count_death(self) -> None:
        now = time.monotonic()
        self._deaths.append(now)
        if len(self._deaths) == _MAX_DEATHS and now - self._deaths[0] < _DEATHS_WITHIN_SECONDS:
            raise ServerError(f"nats-server ended {_MAX_DEATHS} times in {_DEATHS_WITHIN_SECONDS:g} s; not again")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="trunkline.server.supervisor")
    parser.add_argument("store", type=Path)
    parser.add_argument("--lock", type=int, required=True)
    parser.add_argument("--port", type=int)
    parser.add_argument("--idle", type=float, required=True)
    return parser.parse_args()


def _bound_log(store: Store) -> None:
    """Begin the supervisor's log anew when it has grown too long."""
    if store.supervisor_log.stat().st_size > _LOG_BYTES:
        os.truncate(store.supervisor_log, 0)


def _detach(store: Store) -> None:
    """Leave the starting process's streams and folder."""
    output = os.open(store.supervisor_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    _bound_log(store)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    os.close(output)
    os.close(nothing)
    os.chdir("/")
    os.umask(0o077)


if __name__ == "__main__":
    main()
