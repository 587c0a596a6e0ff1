"""The program in which documents are read: it loads the libraries once and forks a limited child for each file.

Started by `reading.py` as a process of its own (never imported by the application), with one socket as its
standard input and the seconds a child may take as its argument. A request is one byte that names the reader, with
two descriptors: the file, and a socket for the answer. The child answers with one line of JSON; after its end this
process adds a second line that says how it ended, and closes the socket. So the caller always hears, also of a child
that died.

Why not `multiprocessing`: its fork server imports the caller's main module into every child, and cannot be used from
a daemonic process. Why no orphans: this process ends when its standard input does, that is when its owner is gone,
kill -9 included; before that it kills its children.
"""

import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass

from sourcing import readers
from sourcing.limits import CPU_SECONDS, CPU_SECONDS_PLAINLY, MEMORY_BYTES

ANSWER_SECONDS = 2.0
READER_NAMES = {b"p": "pdf", b"q": "pdf-plainly", b"d": "docx", b"j": "json"}


@dataclass
class Child:
    """A child that reads one file, the socket of its caller, and when it is to be killed."""

    pid: int
    answer: socket.socket
    deadline: float
    overdue: bool = False


def serve(requests: socket.socket, wall_seconds: float) -> None:
    """Answer requests until the owner is gone; then kill what is left."""
    children: list[Child] = []
    wake = _wake_on_child_end()
    try:
        while True:
            ready, _, _ = select.select([requests.fileno(), wake], [], [], _seconds_to_wait(children))
            if wake in ready:
                os.read(wake, 4096)
            children = [child for child in children if not _ended(child)]
            if requests.fileno() in ready and not _take(requests, wake, children, wall_seconds):
                return
    finally:
        for child in children:
            os.kill(child.pid, signal.SIGKILL)


def _wake_on_child_end() -> int:
    """A descriptor that becomes readable when a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def _seconds_to_wait(children: list[Child]) -> float | None:
    deadlines = [child.deadline for child in children if not child.overdue]
    return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None


def _take(requests: socket.socket, wake: int, children: list[Child], wall_seconds: float) -> bool:
    """Begin one request; False when the owner is gone."""
    name, descriptors, _, _ = socket.recv_fds(requests, 1, 2)
    if not name:
        return False
    file, answer = descriptors[0], socket.socket(fileno=descriptors[1])
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        os.close(wake)
        requests.close()
        for other in children:
            other.answer.close()
        _read_and_exit(READER_NAMES[name], file, answer, wall_seconds)
    os.close(file)
    children.append(Child(pid, answer, time.monotonic() + wall_seconds))
    return True


def _ended(child: Child) -> bool:
    """Whether the child is gone; kills it when its time is over, and tells its caller how it ended."""
    pid, status = os.waitpid(child.pid, os.WNOHANG)
    if pid == 0:
        if not child.overdue and time.monotonic() >= child.deadline:
            child.overdue = True
            os.kill(child.pid, signal.SIGKILL)
        return False
    code = os.waitstatus_to_exitcode(status)
    child.answer.settimeout(ANSWER_SECONDS)
    with child.answer, contextlib.suppress(OSError):  # when the caller has stopped waiting, nobody is left to tell
        child.answer.sendall(json.dumps({"exit": code, "overdue": child.overdue}).encode() + b"\n")
    return True


def _read_and_exit(name: str, file: int, answer: socket.socket, wall_seconds: float) -> None:
    """In the child: read within the limits, answer, and leave without running anything of the parent's."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(0, 2)
    status = 1
    try:
        limit_this_process(CPU_SECONDS_PLAINLY if name == "pdf-plainly" else CPU_SECONDS, wall_seconds)
        with os.fdopen(file, "rb") as stream:
            content = stream.read()
        answer.sendall(_answer(name, content) + b"\n")
        status = 0
    finally:
        os._exit(status)


def limit_this_process(cpu_seconds: int, wall_seconds: float) -> None:
    """Memory, processor time, files and life of this process; the alarm holds should the parent die first."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, wall_seconds + 1)


def _answer(name: str, content: bytes) -> bytes:
    try:
        text, pages = readers.READERS[name](content)
    except readers.Refused as refused:
        return json.dumps({"refused": refused.code}).encode()
    except MemoryError:
        return json.dumps({"refused": "too_large"}).encode()
    except Exception as error:  # noqa: BLE001 - a library may raise anything over a hostile file; it is handed on
        return json.dumps({"refused": "broken", "error": type(error).__name__}).encode()
    return json.dumps({"text": text, "pages": pages}).encode()


if __name__ == "__main__":
    with socket.socket(fileno=os.dup(0)) as owner:
        serve(owner, float(sys.argv[1]))
    sys.exit(0)
