"""Answers to whoever starts and stops workers: as much of HTTP as a probe speaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus

_REQUEST_SECONDS = 5.0
_REQUEST_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what is said with it."""

    status: int
    content: Mapping[str, object]


@asynccontextmanager
async def answering(host: str, port: int, answer: Callable[[str], Answer | None]) -> AsyncIterator[None]:
    """Answer GET requests as long as the block lasts; None is a 404.

    Raises:
        OSError: nobody can listen there.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                _, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
                writer.write(_written(answer(target.partition("?")[0])))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, host, port, limit=_REQUEST_BYTES)
    try:
        yield
    finally:
        server.close()


def _written(answer: Answer | None) -> bytes:
    answer = answer or Answer(404, {"status": "there is nothing here"})
    body = json.dumps(answer.content).encode()
    head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
