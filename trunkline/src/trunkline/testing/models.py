"""A server on loopback that speaks OpenAI's chat completions, and answers as a test tells it to."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio

_REMEMBERED = 1000
_PIECE = 16
_LONGEST_BODY = 8 << 20


@dataclass(frozen=True, slots=True)
class Says:
    """The model answers with `text`; `tokens` are those of prompt and answer, None: the server does not say."""

    text: str
    tokens: tuple[int, int] | None = (100, 20)


@dataclass(frozen=True, slots=True)
class Refuses:
    """The server answers with a status of an error."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "no"


@dataclass(frozen=True, slots=True)
class Sends:
    """The server answers 200 with any bytes for a body."""

    body: bytes


@dataclass(frozen=True, slots=True)
class CallsTool:
    """The model asks for a tool to be called."""

    name: str


@dataclass(frozen=True, slots=True)
class BreaksOff:
    """The connection ends after `text` of a stream, or with no answer at all."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Silent:
    """The server takes the request, and never answers."""


Said = Says | Refuses | Sends | CallsTool | BreaksOff | Silent


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        """The system's message."""
        return "".join(each["content"] for each in self.body["messages"] if each["role"] == "system")

    @property
    def data(self) -> Any:
        """The JSON document of the message that holds the data."""
        text: str = next(each["content"] for each in self.body["messages"] if each["role"] == "user")
        return json.loads(text.removeprefix("<data>").removesuffix("</data>"))


class ModelServer:
    """Answers each request with the next of `script`, and then with what `always` makes of it."""

    def __init__(self, always: Callable[[Asked], Said] = lambda asked: Refuses(500)) -> None:
        self.always = always
        self.script: deque[Said] = deque()
        self.asked: deque[Asked] = deque(maxlen=_REMEMBERED)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL, for ``base_url`` and its like; the server has been started."""
        if self._server is None:
            raise RuntimeError("the model server does not run")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def start(self) -> None:
        """Listen on a free port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Listen no more, and end all connections."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for connection in tuple(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                asked = await _read(reader)
                self.asked.append(asked)
                said = self.script.popleft() if self.script else self.always(asked)
                await _answer(writer, asked, said)
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if length > _LONGEST_BODY:
        raise ConnectionError("the request is too long")
    body = await reader.readexactly(length)
    return Asked(first.split()[1], headers, json.loads(body or b"{}"))


async def _answer(writer: asyncio.StreamWriter, asked: Asked, said: Said) -> None:
    streamed = bool(asked.body.get("stream"))
    if isinstance(said, Silent):
        await asyncio.Event().wait()
    elif isinstance(said, Refuses):
        error = {"error": {"message": said.message, "type": "error"}}
        await _send(writer, json.dumps(error).encode(), status=said.status, headers=said.headers)
    elif isinstance(said, Sends):
        await _send(writer, said.body)
    elif streamed:
        await _stream(writer, asked, said)
    elif isinstance(said, Says):
        usage = _usage(said.tokens)
        await _send(writer, json.dumps(_completion(asked, {"content": said.text}) | usage).encode())
    elif isinstance(said, CallsTool):
        call = {"id": "call_1", "type": "function", "function": {"name": said.name, "arguments": "{}"}}
        await _send(writer, json.dumps(_completion(asked, {"content": None, "tool_calls": [call]})).encode())


async def _send(
    writer: asyncio.StreamWriter, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    fields = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**fields, **(headers or {})}.items())
    writer.write(f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body)
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, asked: Asked, said: Says | CallsTool | BreaksOff) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    )
    text = said.text if isinstance(said, Says | BreaksOff) else ""
    for start in range(0, len(text), _PIECE):
        await _event(writer, _chunk(asked, {"content": text[start : start + _PIECE]}, None))
    if isinstance(said, BreaksOff):
        return
    if isinstance(said, CallsTool):
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": said.name, "arguments": "{}"}}
        await _event(writer, _chunk(asked, {"tool_calls": [call]}, None))
    await _event(writer, _chunk(asked, {}, "stop"))
    if isinstance(said, Says):
        await _event(writer, {**_chunk(asked, {}, None), "choices": [], **_usage(said.tokens)})
    await _write_chunk(writer, b"data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _event(writer: asyncio.StreamWriter, data: dict[str, Any]) -> None:
    await _write_chunk(writer, b"data: " + json.dumps(data).encode() + b"\n\n")


async def _write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


def _completion(asked: Asked, message: dict[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    return {"id": "c", "object": "chat.completion", "created": 0, "model": asked.body["model"], "choices": [choice]}


def _chunk(asked: Asked, delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish, "delta": delta}
    kind = "chat.completion.chunk"
    return {"id": "c", "object": kind, "created": 0, "model": asked.body["model"], "choices": [choice]}


def _usage(tokens: tuple[int, int] | None) -> dict[str, Any]:
    if tokens is None:
        return {}
    asked, answered = tokens
    return {"usage": {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}}


@pytest_asyncio.fixture
async def model_server() -> AsyncIterator[ModelServer]:
    """Give a started model server, for this test alone."""
    server = ModelServer()
    await server.start()
    yield server
    await server.stop()
