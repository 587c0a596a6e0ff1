"""The platform's live events, over the WebSocket, as they happen."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from demo.client import Account, DemoError

OPEN_LIMIT_SECONDS = 15.0
REMEMBERED_EVENTS = 10_000


class LiveEvents:
    """Prints each event once, though it may concern several of the people who listen."""

    def __init__(self, console: Console, people: Iterable[Account]) -> None:
        self.count = 0
        self._console = console
        self._names = {person.id: person.name for person in people}
        self._seen: set[str] = set()

    def show(self, event: dict[str, Any]) -> None:
        """Print the event, unless it has been."""
        if event.get("type") != "event" or event["event_id"] in self._seen or len(self._seen) >= REMEMBERED_EVENTS:
            return
        self._seen.add(event["event_id"])
        self.count += 1
        self._learn(event["subject"], event.get("data") or {})
        self._console.print(self._line(event), soft_wrap=False, overflow="ellipsis", no_wrap=True)

    def _learn(self, subject: str, data: dict[str, Any]) -> None:
        """Remember what an id stands for, where its first event says so."""
        match subject.split("."):
            case ["cv", cv_id, "uploaded"]:
                self._names[cv_id] = Path(data["filename"]).stem
            case ["project", project_id, "created"]:
                self._names[project_id] = data["title"]

    def _line(self, event: dict[str, Any]) -> Text:
        subject = ".".join(self._names.get(token, shortened(token)) for token in event["subject"].split("."))
        line = Text("  live  ", style="dim")
        line.append(subject, style="cyan")
        line.append("  " + notable(event.get("data") or {}), style="dim")
        return line


def shortened(token: str) -> str:
    """An id's last characters; other tokens as they are."""
    return f"~{token[-6:]}" if len(token) == 36 else token


def notable(data: dict[str, Any]) -> str:
    """What a reader wants to know of an event, on a line."""
    wanted = ("filename", "title", "match_confidence", "updated_score", "missing_skills", "state", "answer", "content")
    shown = {name: data[name] for name in wanted if data.get(name) not in (None, [], "")}
    return ", ".join(f"{name}: {worded(value)}" for name, value in shown.items())


def worded(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return " / ".join(map(str, value))
    return str(value)


@asynccontextmanager
async def followed(url: str, people: list[Account], console: Console) -> AsyncIterator[LiveEvents]:
    """Listen as each of these people while the block runs."""
    events = LiveEvents(console, people)
    sockets = [await signed_in(url, person) for person in people]
    listeners = [asyncio.create_task(listen(socket, events)) for socket in sockets]
    try:
        yield events
    finally:
        for listener in listeners:
            listener.cancel()
        ends = await asyncio.gather(*listeners, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in sockets))
    broken = [end for end in ends if not isinstance(end, asyncio.CancelledError)]
    if broken:
        raise DemoError(
            f"{len(broken)} of {len(ends)} live connections broke off: {broken[0] or 'closed by the platform'}"
        )


async def signed_in(url: str, person: Account) -> ClientConnection:
    """Open the WebSocket and say who is listening: the token goes into the first message, never into the address."""
    address = url.replace("http", "ws", 1) + "/api/v1/realtime"
    try:
        async with asyncio.timeout(OPEN_LIMIT_SECONDS):
            socket = await connect(address)
            await socket.send(json.dumps({"token": person.token}))
            first = json.loads(await socket.recv())
    except (OSError, TimeoutError, WebSocketException) as error:
        raise DemoError(f"the live events at {address} cannot be followed: {error or type(error).__name__}") from error
    if first.get("type") != "ready":
        raise DemoError(f"the live events at {address} answered {first} to the token")
    return socket


async def listen(socket: ClientConnection, events: LiveEvents) -> None:
    """Show what comes until the connection ends."""
    async for text in socket:
        events.show(json.loads(text))
