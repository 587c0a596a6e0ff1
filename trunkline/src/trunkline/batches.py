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
_BLOCK_BYTES = 256 << 10  # that are written at once
_BEGIN, _ADD, _COMMIT = 0, 1, 2


class Batch:
    """One batch: `add` events, and `commit`; then `stored` says how many of them, from the first, the stream has.

    `ended` says that it takes no more, before the commit only because something went wrong. `cut_off` says that the
    connection was lost before the end, so that the stream may have more than `stored`.

    Args:
        connection: over which to send.
        limit: seconds within which the server must answer something.
        window: events that may await an answer.
    """

    def __init__(self, connection: Connection, *, limit: float, window: int) -> None:
        self._connection = connection
        self._limit = limit
        self._window = max(window, 2 * _FLOW)
        self._reply = connection.replies.wait(self, new_id())
        self._number = 0
        self._last: Sendable | None = None  # kept back, as the commit travels with an event
        self._answered = asyncio.Event()
        self.ended = False
        self.stored = 0
        self.cut_off = False

    async def add(self, events: Sequence[Sendable]) -> None:
        """Send `events`, which the batch's stream keeps, as the next ones; raises nothing but cancellation."""
        before, self._last = self._last, events[-1]
        await self._send([before, *events[:-1]] if before is not None else events[:-1], _ADD)

    async def commit(self) -> None:
        """Send what is left, and wait for the end; raises nothing but cancellation."""
        if self._last is not None:
            await self._send([self._last], _COMMIT)

    def close(self) -> None:
        """Wait for no answer any more."""
        self._connection.replies.forget(self._reply)

    def answer(self, received: Received) -> None:
        """Take what the server says."""
        self._answered.set()
        if received.is_no_responders:
            self.ended = True
            return
        fields = _read(received.data)
        if "count" in fields:
            self.stored = int(fields["count"])
            self.ended = True
        elif fields.get("type") == "ack":
            self.stored = max(self.stored, int(fields["seq"]))
        elif "type" not in fields:  # an error of the batch as a whole; of single messages the end is told besides
            self.ended = True

    def lost(self) -> None:
        """No answer will come: the connection is lost."""
        self.ended = self.cut_off = True
        self._answered.set()

    async def _send(self, events: Sequence[Sendable], operation: int) -> None:
        try:
            await self._write_all(events, operation)
            while operation == _COMMIT and not self.ended:
                await self._answer()
        except (NotConnected, TimeoutError):
            self.ended = True
            self.cut_off = not self._connection.is_connected

    async def _write_all(self, events: Sequence[Sendable], operation: int) -> None:
        frames: list[bytes] = []
        size = 0
        prefix = f"{self._reply}.{_FLOW}.fail."
        for event in events:
            if self.ended:
                return
            self._number += 1
            place = f"{prefix}{self._number}.{operation if self._number > 1 else _BEGIN}.$FI"
            frame = message_frame(event.subject, place, event.head(), event.payload)
            frames.append(frame)
            size += len(frame)
            if size > _BLOCK_BYTES:
                await self._write(b"".join(frames))
                frames.clear()
                size = 0
        if frames:
            await self._write(b"".join(frames))

    async def _write(self, frames: bytes) -> None:
        await self._connection.ready_to_write(self._limit)
        self._connection.write_now(frames)
        await asyncio.sleep(0)  # lets it go out, and answers come in
        while self._number - self.stored > self._window and not self.ended:
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
