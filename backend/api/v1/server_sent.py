"""Live events as server-sent events: frames as lines, in a stream that gives up who does not read."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from fastapi.responses import StreamingResponse
from starlette.types import Message as AsgiMessage
from starlette.types import Send

from api.v1.frames import SEND_SECONDS, SIGNED_OUT, Frame, ending_of, frames
from trunkline import ClientCutOff, Follower


class LimitedStream(StreamingResponse):
    """A stream that gives up a client who does not read."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        """Send the parts, each within a limit."""

        async def limited(message: AsgiMessage) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        try:
            await super().stream_response(limited)
        except TimeoutError as error:
            raise OSError("the client does not read") from error


async def server_sent(follower: Follower[Frame], last_id: str | None, expires_at: datetime) -> AsyncGenerator[str]:
    """Give all that a client is told, and at the end why it ends."""
    reason = SIGNED_OUT
    try:
        async with aclosing(frames(follower, last_id, expires_at)) as told:
            async for frame in told:
                yield _line(frame)
    except ClientCutOff as error:
        reason = ending_of(error).reason
    yield _line(Frame(None, json.dumps({"type": "end", "reason": reason})))


def _line(frame: Frame) -> str:
    return (f"id: {frame.id}\n" if frame.id else "") + f"data: {frame.text}\n\n"
