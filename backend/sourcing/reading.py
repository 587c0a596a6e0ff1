"""The owner's side of the process in which documents are read: one for each program, started at the first use.

Threads may ask at once; so many files are read at a time, the others wait for a place within a limit. A process that
is gone is started again. It ends with its owner (see `reading_process`).
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sourcing.limits import WALL_SECONDS

Reader = Literal["pdf", "pdf-plainly", "docx", "json"]
REQUESTS: dict[Reader, bytes] = {"pdf": b"p", "pdf-plainly": b"q", "docx": b"d", "json": b"j"}
AT_ONCE = max(2, os.cpu_count() or 2)
SECONDS_FOR_A_PLACE = 120.0
START_SECONDS = 30.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")


class ReadingUnavailable(Exception):
    """Documents cannot be read at the moment, whatever the document: worth another try later."""


@dataclass(frozen=True)
class Outcome:
    """What the child answered (`None`: it died without a word), and how it ended."""

    answer: dict[str, Any] | None
    exit: int
    overdue: bool


class ReadingProcess:
    """Owns the process. `close` ends it; a later `read` starts another."""

    def __init__(self, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall_seconds = wall_seconds
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    def read(self, reader: Reader, content: bytes) -> Outcome:
        """Have one file read in a child process; blocks until it is done or killed.

        Raises:
            ReadingUnavailable: no place became free, or the process could not be started or died.
        """
        if not self._places.acquire(timeout=SECONDS_FOR_A_PLACE):
            raise ReadingUnavailable(f"no document could be read within {SECONDS_FOR_A_PLACE:.0f} s: too many wait")
        try:
            outcome = self._read(reader, content) or self._read(reader, content)
        finally:
            self._places.release()
        if outcome is None:
            raise ReadingUnavailable("the reading process ended twice without an answer")
        return outcome

    @property
    def pid(self) -> int | None:
        """The process's id, while it runs."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the process and what it is reading."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """In a forked copy of the owner: the process is not ours."""
        if self._requests is not None:
            self._requests.close()
        self._process = self._requests = None
        self._lock = threading.Lock()  # another thread may have held it at the fork
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def _read(self, reader: Reader, content: bytes) -> Outcome | None:
        """One try; `None` when the process ended meanwhile."""
        ours, theirs = socket.socketpair()
        with ours, tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            file.seek(0)
            with theirs:
                self._send(REQUESTS[reader], [file.fileno(), theirs.fileno()])
            return _outcome(_lines(ours, time.monotonic() + START_SECONDS + self._wall_seconds))

    def _send(self, request: bytes, descriptors: list[int]) -> None:
        with self._lock:
            try:
                socket.send_fds(self._running(), [request], descriptors)
            except OSError:
                self._end()
                try:
                    socket.send_fds(self._running(), [request], descriptors)
                except OSError as error:
                    raise ReadingUnavailable(f"the reading process cannot be reached: {error}") from error

    def _running(self) -> socket.socket:
        if self._requests is not None and self._process is not None and self._process.poll() is None:
            return self._requests
        self._end()
        ours, theirs = socket.socketpair()
        ours.settimeout(START_SECONDS)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, by the interpreter that runs us
                [sys.executable, "-P", "-m", "sourcing.reading_process", str(self._wall_seconds)],
                stdin=theirs.fileno(),
                env=_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for its owner
            )
        self._requests = ours
        return ours

    def _end(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=5)
            self._process = None


def _environment() -> dict[str, str]:
    """No more of our environment than Python needs: it holds secrets, and the process reads strangers' files."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    ours = str(Path(__file__).resolve().parent.parent)
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, [ours, kept.get("PYTHONPATH")]))}


def _lines(answers: socket.socket, deadline: float) -> list[bytes]:
    """Everything until the process closes the socket; at most what a limited child can take and say."""
    received = bytearray()
    while len(received) <= MAX_ANSWER_BYTES:
        answers.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            block = answers.recv(65536)
        except TimeoutError as error:
            raise ReadingUnavailable("the reading process does not answer") from error
        if not block:
            break
        received += block
    return bytes(received).splitlines()


def _outcome(lines: list[bytes]) -> Outcome | None:
    """The child's line, if it came so far, and the process's own; `None` without the latter."""
    if not lines or not lines[-1].startswith(b'{"exit"'):
        return None
    end = json.loads(lines[-1])
    answer = json.loads(lines[0]) if len(lines) == 2 and end["exit"] == 0 else None
    return Outcome(answer, end["exit"], end["overdue"])


reading_process = ReadingProcess()
atexit.register(reading_process.close)
os.register_at_fork(after_in_child=reading_process.forget)
