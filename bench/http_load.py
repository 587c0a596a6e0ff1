"""A program: so many keep-alive connections that post the same body as often as they are told.

It writes requests made beforehand and reads no more of an answer than its status and length, so that it is not what is
measured.
"""

import asyncio
import time
from typing import cast

import uvloop

from bench.answering import Line, questions, say

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_GOOD = b"HTTP/1.1 200 "


class Load:
    """What is left to do, and how it went."""

    def __init__(self, request: bytes, times: int) -> None:
        self.request = request
        self.bad: list[str] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsent = times
        self._unanswered = times

    def take(self) -> bool:
        """Whether there is another request to send."""
        self._unsent -= 1
        return self._unsent >= 0

    def answered(self, head: bytes) -> None:
        """One has been answered."""
        if not head.startswith(_GOOD):
            self.bad.append(head.decode(errors="replace"))
        self._unanswered -= 1
        if not self._unanswered and not self.done.done():
            self.done.set_result(None)

    def failed(self, reason: str) -> None:
        """A connection was lost."""
        if not self.done.done():
            self.done.set_exception(ConnectionError(reason))


class Connection(asyncio.Protocol):
    """Sends a request as soon as the one before is answered."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not registered as such

    def send(self) -> None:
        """Send a request, if there is another one."""
        if self._load.take():
            self._transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(_HEAD_END)
        if head_end < 0:
            return
        head = self._received[:head_end]
        end = head_end + len(_HEAD_END) + _body_length(head)
        if len(self._received) < end:
            return
        self._received = self._received[end:]
        self._load.answered(head)
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        self._load.failed(f"the server closed a connection: {error}")

    def close(self) -> None:
        """Close it."""
        self._transport.abort()


def _body_length(head: bytes) -> int:
    begin = head.lower().index(_LENGTH) + len(_LENGTH)
    return int(head[begin:].split(b"\r\n", 1)[0])


async def run(port: int, path: str, body: str, connections: int, times: int) -> Line:
    """Do it, and say how long it took."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    load = Load(f"{head}\r\n\r\n{body}".encode(), times)
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(load), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    started = time.perf_counter()
    for connection in opened:
        connection.send()
    await load.done
    took = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return {"seconds": took, "bad": load.bad[:3]}


async def main() -> None:
    say(ready=True)
    async for question in questions():
        say(**await run(**question))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
