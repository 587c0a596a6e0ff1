"""The nats-server that processes on one machine share: the first one starts it, it ends after the last one.

A process that uses the server holds a shared lock in the store (`EmbeddedServer.url` takes it, `release` or the end of
the process gives it back). Then it tries to lock ``supervisor.lock``. When it can, there is no supervisor, so it starts
one and hands the lock down to it (`supervisor.py` tells the rest of the story); when it cannot, it waits for a server
that answers under the name which the store remembers. So of any number of processes that come at the same instant one
starts a server and the others find it, and no server is used that nobody would stop.

POSIX systems only; the store must lie on a file system with locks, which a local disk has.
"""

import asyncio
import json
import os
import sys
import weakref
from pathlib import Path

import structlog

from trunkline.errors import PortTaken, ServerError, ServerProgramMissing, StoreTaken
from trunkline.server.locks import open_lock, try_lock, unlock, wait_for_lock
from trunkline.server.probe import server_name
from trunkline.server.store import Identity, Store

IDLE_SECONDS = 10.0
"""How long the server goes on without users; an application that reloads leaves gaps."""

_LIMIT_SECONDS = 25.0
_POLL_SECONDS = 0.02
_TAIL_BYTES = 2048
_ERRORS: dict[str, type[ServerError]] = {
    kind.__name__: kind for kind in (ServerError, ServerProgramMissing, PortTaken, StoreTaken)
}

log = structlog.get_logger(__name__)


class EmbeddedServer:
    """This process's share in the server whose files lie in `store`.

    A child forked without exec has no share until it calls `url` itself.

    Args:
        store: the folder; made when missing, private to its user.
        port: the port of 127.0.0.1 to listen on; default a free one, remembered in the store. A server that runs
            already keeps its own.
    """

    def __init__(self, store: Path, *, port: int | None = None) -> None:
        self._store = Store(store.resolve())
        self._port = port
        self._share: int | None = None
        self._turn = asyncio.Lock()
        _instances.add(self)

    async def url(self) -> str:
        """Return where the server is, with user and password; joins it, and starts it (again) when there is none.

        Port, password and stored messages are those of the last time. Returns or raises within half a minute,
        nearly always within a second. From here until `release` or the end of the process the server stays up.

        Raises:
            ServerProgramMissing: nats-server is not installed.
            PortTaken: another program has the port that was asked for.
            StoreTaken: another server has the store, or it cannot be written.
            ServerError: the server cannot run, or does not answer in time.
        """
        async with self._turn:
            joined_before = self._share is not None
            try:
                async with asyncio.timeout(_LIMIT_SECONDS):
                    identity = await self._running_identity()
            except BaseException as error:
                if not joined_before:
                    self.release()
                if isinstance(error, TimeoutError):
                    raise self._silent() from error
                raise
            if self._port not in (None, identity.port) and not joined_before:
                log.warning("server.other_port", asked_for=self._port, port=identity.port)
            return identity.url

    def release(self) -> None:
        """Give up this process's share; the server stops some seconds after the last one is gone."""
        if self._share is not None:
            unlock(self._share)
            self._forget()

    async def _running_identity(self) -> Identity:
        await self._join()
        while True:
            if await self._start():
                continue
            identity = self._store.identity()
            if identity is not None and identity.port and await server_name(identity.port) == identity.name:
                return identity
            await asyncio.sleep(_POLL_SECONDS)

    async def _join(self) -> None:
        if self._share is not None:
            return
        self._store.create()
        self._share = open_lock(self._store.users_lock)
        await wait_for_lock(self._share, shared=True)  # a supervisor may be having a look, or be at its end

    async def _start(self) -> bool:
        """Start a supervisor and wait for its server; False when there is one, or somebody else is starting it."""
        lock = open_lock(self._store.supervisor_lock)
        try:
            if not try_lock(lock):
                return False
            process = await self._spawn(lock)
        finally:
            os.close(lock)
        report, _ = await process.communicate()
        self._check(report)
        return True

    async def _spawn(self, lock: int) -> asyncio.subprocess.Process:
        port = ("--port", str(self._port)) if self._port is not None else ()
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "trunkline.server.supervisor", str(self._store.folder)),
            *("--lock", str(lock), "--idle", str(IDLE_SECONDS), *port),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(lock,),
            start_new_session=True,
        )

    def _check(self, report: bytes) -> None:
        try:
            answer = json.loads(report)
        except ValueError:
            raise ServerError(f"the supervisor ended without an answer; its log ends:\n{self._tail()}") from None
        if "error" in answer:
            raise _ERRORS.get(answer["error"], ServerError)(answer["message"])

    def _silent(self) -> ServerError:
        return ServerError(
            f"the embedded server in {self._store.folder} does not answer; its supervisor's log ends:\n{self._tail()}"
        )

    def _tail(self) -> str:
        try:
            return self._store.supervisor_log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()
        except OSError as error:
            return f"(nothing: {error.strerror})"

    def _forget(self) -> None:
        """Close the descriptor without giving back a lock that a parent process still needs."""
        if self._share is not None:
            os.close(self._share)
            self._share = None
        self._turn = asyncio.Lock()


def _forget_in_forked_child() -> None:
    # A forked child has the parent's descriptors: kept open, they would keep the parent's locks after its death.
    for instance in list(_instances):
        instance._forget()


_instances: weakref.WeakSet[EmbeddedServer] = weakref.WeakSet()
os.register_at_fork(after_in_child=_forget_in_forked_child)
