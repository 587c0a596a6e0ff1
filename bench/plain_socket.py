"""The limit of publishing: a plain socket that writes frames made beforehand and counts every acknowledgement.

It makes no event, writes no JSON and matches no answer to its event. Nothing that does can be faster.
"""

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

from bench.events import BODY_BYTES, SUBJECT, headers, ids, typed_events
from bench.place import Place
from bench.streams import WAIT_LIMIT_SECONDS
from bench.work import BenchError

WINDOW = 4096
"""Events that may wait for their acknowledgement, as in the others."""
TOGETHER = 256
"""Frames in one write."""

_INBOX = b"_INBOX.bench"
_STORED = b'"seq":'
_REFUSED = b'"error":'
_READ_BYTES = 1 << 18


async def with_plain_socket(place: Place, times: int, size: int = BODY_BYTES) -> float:
    """Publish over a blocking socket, in a thread."""
    return await asyncio.to_thread(_publish, place.url, frames(times, size))


def frames(times: int, size: int) -> list[bytes]:
    """The same events as everybody's, as they travel."""
    return [_frame(event.model_dump_json().encode(), next(ids())) for event in typed_events(times, size)]


def _frame(body: bytes, event_id: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers(event_id).items())
    head = f"NATS/1.0\r\n{lines}\r\n".encode()
    first = b"HPUB %s %s %d %d\r\n" % (SUBJECT.encode(), _INBOX, len(head), len(head) + len(body))
    return first + head + body + b"\r\n"


def _publish(url: str, all_frames: list[bytes]) -> float:
    blocks = [
        (b"".join(all_frames[start : start + TOGETHER]), len(all_frames[start : start + TOGETHER]))
        for start in range(0, len(all_frames), TOGETHER)
    ]
    with _connected(url) as connection:
        answers = _Answers(connection)
        started = time.perf_counter()
        sent = 0
        for block, number in blocks:
            answers.read_until(sent + number - WINDOW)
            connection.sendall(block)
            sent += number
        answers.read_until(sent)
        return time.perf_counter() - started


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    connection = socket.create_connection((address.hostname, address.port), WAIT_LIMIT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    options = json.dumps({"verbose": False, "pedantic": False, "headers": True, "lang": "bench", "version": "1"})
    connection.sendall(f"CONNECT {options}\r\nSUB {_INBOX.decode()} 1\r\nPING\r\n".encode())
    greeting = b""
    while b"PONG\r\n" not in greeting:
        greeting += _received(connection)
    return connection


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(_READ_BYTES)
    if not data:
        raise BenchError("the server closed the plain socket's connection")
    return data


class _Answers:
    """Counts acknowledgements."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._count = 0
        self._rest = b""

    def read_until(self, number: int) -> None:
        """Read until so many have come."""
        while self._count < number:
            data = self._rest + _received(self._connection)
            if _REFUSED in data:
                raise BenchError(f"the stream refused an event of the plain socket: {data[-200:]!r}")
            if data.endswith(b"PING\r\n"):
                self._connection.sendall(b"PONG\r\n")
            self._count += data.count(_STORED)
            self._rest = data[-len(_STORED) + 1 :]  # shorter than what is counted: nothing is counted twice
