"""The first message of a WebSocket, which says who its client is with, and where it was."""

from dataclasses import dataclass

import pydantic_core
from fastapi import WebSocket, WebSocketDisconnect

from core.security import NotSignedIn

MAX_FIRST_MESSAGE = 8 << 10


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """What a client says who it is with, and where it was."""

    token: str
    last_id: str | None


async def first_message(websocket: WebSocket) -> FirstMessage:
    """Receive it.

    Raises:
        NotSignedIn: it is none.
        WebSocketDisconnect: the client has gone.
    """
    received = await websocket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1006))
    message = read(received.get("text") or "")
    if message is None:
        raise NotSignedIn('the first message is to be {"token": "..."}')
    return message


def read(text: str) -> FirstMessage | None:
    """Read a first message, whatever a stranger sends."""
    try:
        message = pydantic_core.from_json(text) if len(text) <= MAX_FIRST_MESSAGE else None
        if not isinstance(message, dict) or not isinstance(message.get("token"), str):
            return None
        last_id = message.get("last_id")
        return FirstMessage(message["token"], last_id if last_id is None else str(last_id))
    except ValueError:  # no JSON, or a number of more digits than Python writes
        return None
