"""A program: many WebSocket clients of the platform, which note when each event reached them.

They speak WebSocket (RFC 6455) by hand, with compression as browsers ask for it (RFC 7692), so that two thousand of
them cost the machine little beside the server that is measured.
"""

import asyncio
import json
import os
import time
import zlib
from base64 import b64encode
from typing import cast

import uvloop

from bench.answering import allow_open_files, questions, say

CONNECTING_AT_ONCE = 50
READY_LIMIT_SECONDS = 120.0
ARRIVE_LIMIT_SECONDS = 60.0
SPARE_FILES = 64

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_FINAL, _COMPRESSED, _OPCODE = 0x80, 0x40, 0x0F
_TAIL = b"\x00\x00\xff\xff"  # what RFC 7692 leaves out of each message
_REQUEST = (
    "GET /api/v1/realtime HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
)


class Arrivals:
    """How long each event took to each client, in milliseconds, by the event's number."""

    def __init__(self, clients: int) -> None:
        self._clients = clients
        self._taken: dict[int, list[float]] = {}
        self._complete = asyncio.Event()

    def one(self, number: int, milliseconds: float) -> None:
        """An event has reached a client."""
        taken = self._taken.setdefault(number, [])
        taken.append(milliseconds)
        if len(taken) == self._clients:
            self._complete.set()

    async def of(self, number: int) -> list[float]:
        """Wait until an event has reached all."""
        async with asyncio.timeout(ARRIVE_LIMIT_SECONDS):
            while len(self._taken.get(number, ())) < self._clients:
                self._complete.clear()
                await self._complete.wait()
        return self._taken.pop(number)


class Client(asyncio.Protocol):
    """One client: it shakes hands, says who it is, and listens."""

    def __init__(self, port: int, token: str, arrivals: Arrivals) -> None:
        self._port = port
        self._token = token
        self._arrivals = arrivals
        self._received = b""
        self._open = False
        self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not registered as such
        key = b64encode(os.urandom(16)).decode()
        self._transport.write(_REQUEST.format(port=self._port, key=key).encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._received += data
        if not self._open and not self._shake_hands():
            return
        while (frame := self._next_frame()) is not None:
            self._take(*frame, now)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"the server closed a connection: {error}"))

    def _shake_hands(self) -> bool:
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self.ready.set_exception(ConnectionError(head.decode(errors="replace")))
            return False
        self._open, self._received = True, rest
        self._send(_TEXT, json.dumps({"token": self._token}).encode())
        return True

    def _next_frame(self) -> tuple[int, bytes] | None:
        """The first byte and the payload of the next frame; None while it has not wholly come."""
        received = self._received
        if len(received) < 2:
            return None
        length, begin = received[1], 2
        if length >= 126:
            begin = 4 if length == 126 else 10
            length = int.from_bytes(received[2:begin])
        if len(received) < begin + length:
            return None
        self._received = received[begin + length :]
        return received[0], received[begin : begin + length]

    def _take(self, first: int, payload: bytes, now: float) -> None:
        opcode = first & _OPCODE
        if opcode == _PING:
            self._send(_PONG, payload)
        if opcode != _TEXT:
            return
        assert first & _FINAL
        message = json.loads(self._inflating.decompress(payload + _TAIL) if first & _COMPRESSED else payload)
        if message["type"] == "ready":
            self.ready.set_result(None)
        if message["type"] == "event":
            self._arrivals.one(message["data"]["number"], (now - message["data"]["sent"]) * 1000)

    def _send(self, opcode: int, payload: bytes) -> None:
        """Send a frame; its mask is zero, which leaves the payload as it is."""
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
        self._transport.write(bytes([_FINAL | opcode]) + length + bytes(4) + payload)


async def connect(port: int, token: str, number: int) -> Arrivals:
    """Connect so many clients, some at a time, and wait until each is told that it is ready."""
    arrivals = Arrivals(number)
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one() -> None:
        async with turns:
            loop = asyncio.get_running_loop()
            _, client = await loop.create_connection(lambda: Client(port, token, arrivals), "127.0.0.1", port)
            await client.ready

    async with asyncio.timeout(READY_LIMIT_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(one())
    return arrivals


async def main() -> None:
    say(ready=True)
    arrivals: Arrivals | None = None
    async for question in questions():
        if "connect" in question:
            allow_open_files(question["connect"] + SPARE_FILES)
            arrivals = await connect(question["port"], question["token"], question["connect"])
            say(connected=question["connect"])
        elif arrivals is not None:
            say(milliseconds=await arrivals.of(question["number"]))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
