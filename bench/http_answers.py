"""A program: an HTTP server that answers everything at once with the same bytes. It shows what the client can do."""

import asyncio
from typing import cast

import uvloop

from bench.answering import questions, say

_BODY = b'{"guarantee":"stored","event_id":"0192d3a0-5a7c-7c8e-9d0b-2f1e3c4d5a6b","subject":"events.bench.created"}'
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


class Connection(asyncio.Protocol):
    """Takes each piece that arrives for one request, which small requests without pipelining are."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not registered as such

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    say(port=server.sockets[0].getsockname()[1])
    async for _ in questions():
        say()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
