"""Live events over a WebSocket: sending frames, noticing that the client goes or does not read, and closing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import WebSocket, WebSocketDisconnect

from api.v1.frames import NOT_SIGNED_IN, SEND_SECONDS, SIGNED_OUT, SLOW, Ending, Frame, ending_of
from trunkline import ClientCutOff


async def until_either_ends(websocket: WebSocket, told: AsyncGenerator[Frame]) -> Ending | None:
    """Send, and notice when the client goes; None when it has gone."""
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(_send(websocket, told))
        listening = tasks.create_task(_until_disconnected(websocket))
        await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if not sending.done():
            sending.cancel()
            return None
    return sending.result()


async def _send(websocket: WebSocket, told: AsyncGenerator[Frame]) -> Ending | None:
    try:
        async with aclosing(told):
            async for frame in told:
                await _send_text(websocket, frame.text)
    except WebSocketDisconnect:
        return None
    except ClientCutOff as error:
        return ending_of(error)
    except TimeoutError:
        return Ending(SLOW, "too slow: the events were not taken in time")
    return Ending(NOT_SIGNED_IN, SIGNED_OUT)


async def _send_text(websocket: WebSocket, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await websocket.send_text(text)


async def _until_disconnected(websocket: WebSocket) -> None:
    """Take what the client says, and leave it be."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def close(websocket: WebSocket, ending: Ending) -> None:
    """Close the connection, and say why."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.close(ending.code, ending.reason)
    except (WebSocketDisconnect, TimeoutError, RuntimeError):
        return  # it has gone before it could be told
