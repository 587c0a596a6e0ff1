"""Many events to one stream as a fast-ingest batch (nats-server 2.14 and later, NATS ADR-50).

Each message's reply subject is ``<inbox>.<flow>.<gap>.<number>.<operation>.$FI``: it says which of the batch it is, and
whether it begins, goes on, or ends it. The server stores messages as they come, and answers once for many. So it costs
us a fraction of what an acknowledgement for each event does; in exchange nobody learns the sequence of a single event,
nor that a stream had it already.

The first message that is refused ends the batch: what stands before it is stored, what comes after it is not, so the
order of the events holds. The same goes for one that got lost on the way (``fail``).
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pydantic_core

from trunkline.connection import Connection
from trunkline.errors import NotConnected
from trunkline.events import Sendable, new_id
from trunkline.wire import Received, message_frame

LEAST = 32
"""Events for which a batch is worth its beginning and its end."""

_FLOW = 256  # events to an answer
_BLOCK = 256  # events that are written at once
_BLOCK_BYTES = 256 << 10
_BEGIN, _ADD, _COMMIT = 0, 1, 2


class Batch:
    """One batch: `send` it, and then `stored` says how many of its events, from the first, the stream has.

    `cut_off` says that the connection was lost before the end, so that it may have more.

    Args:
        connection: over which to send.
        events: at least two, all of subjects that one stream keeps.
        limit: seconds within which the server must answer something.
        window: events that may await an answer.
    """

    def __init__(self, connection: Connection, events: Sequence[Sendable], *, limit: float, window: int) -> None:
        self._connection = connection
        self._events = events
        self._limit = limit
        self._window = max(window, 2 * _FLOW)
        self._ended = False
        self._answered = asyncio.Event()
        self.stored = 0
        self.cut_off = False

    async def send(self) -> None:
        """Send all, and wait for the end; raises nothing but cancellation."""
        replies = self._connection.replies
        reply = replies.wait(self, new_id())
        try:
            await self._write_all(reply)
            while not self._ended:
                await self._answer()
        except (NotConnected, TimeoutError):
            self.cut_off = not self._connection.is_connected
        finally:
            replies.forget(reply)

    def answer(self, received: Received) -> None:
        """Take what the server says."""
        self._answered.set()
        if received.is_no_responders:
            self._ended = True
            return
        fields = _read(received.data)
        if "count" in fields:
            self.stored = int(fields["count"])
            self._ended = True
        elif fields.get("type") == "ack":
            self.stored = max(self.stored, int(fields["seq"]))
        elif "type" not in fields:  # an error of the batch as a whole; of single messages the end is told besides
            self._ended = True

    def lost(self) -> None:
        """No answer will come: the connection is lost."""
        self._ended = self.cut_off = True
        self._answered.set()

    async def _write_all(self, reply: str) -> None:
        prefix, last = f"{reply}.{_FLOW}.fail.", len(self._events)
        frames: list[bytes] = []
        size = 0
        for number, event in enumerate(self._events, 1):
            operation = _COMMIT if number == last else _ADD if number > 1 else _BEGIN
            frame = message_frame(event.subject, f"{prefix}{number}.{operation}.$FI", event.head(), event.payload)
            frames.append(frame)
            size += len(frame)
            if number % _BLOCK == 0 or size > _BLOCK_BYTES or number == last:
                await self._write(b"".join(frames), number)
                frames.clear()
                size = 0
                if self._ended:
                    return

    async def _write(self, frames: bytes, number: int) -> None:
        await self._connection.ready_to_write(self._limit)
        self._connection.write_now(frames)
        await asyncio.sleep(0)  # lets it go out, and answers come in
        while number - self.stored > self._window and not self._ended:
            await self._answer()

    async def _answer(self) -> None:
        """Wait for the next answer."""
        self._answered.clear()
        async with asyncio.timeout(self._limit):
            await self._answered.wait()


def _read(answer: bytes) -> dict[str, Any]:
    try:
        fields = pydantic_core.from_json(answer)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
