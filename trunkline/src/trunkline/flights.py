"""Events on their way to a stream: written, and not acknowledged yet.

One timer sees to all of them. An event whose acknowledgement is late is written again under its own id when half of its
time is over, and given up when all of it is; the timer looks eight times in that time, and not while nothing is on its
way. Events are looked at in the order in which they were written, and no further than the first that is not late.

When the timer itself is late, the event loop was held up: what has arrived meanwhile has not been read yet, and nothing
is given up before it has.
"""

import asyncio
from collections import deque
from functools import lru_cache
from time import monotonic

import pydantic_core

from trunkline.connection import Connection
from trunkline.errors import NotConnected, StreamUnavailable
from trunkline.events import Sendable
from trunkline.receipts import Guarantee, Receipt
from trunkline.wire import Received, message_frame

_LOOKS = 8
_BREATH = 0.05  # seconds, for reading what has arrived
_BEGINNING = b'{"stream":"'
_SEQUENCE = b'","seq":'
_STORED = Guarantee.STORED
_STREAMS = 256  # whose acknowledgements are known by their beginning


class Flight:
    """One event on its way; `landed` is its receipt, or an answer that is none."""

    __slots__ = ("again", "began", "connection", "event", "landed", "reply")

    def __init__(self, event: Sendable, connection: Connection, began: float) -> None:
        self.event = event
        self.connection = connection
        self.began = began
        self.landed: asyncio.Future[Receipt | Received] = asyncio.Future()
        self.reply = connection.replies.wait(self)
        self.again: str | None = None
        """Where the answer to its second writing comes."""

    def answer(self, received: Received) -> None:
        """Take what the stream says."""
        if not self.landed.done():
            receipt = receipt_of(self.event, received.data)
            self.landed.set_result(received if receipt is None else receipt)

    def lost(self) -> None:
        """No answer will come: the connection is lost."""
        self.fail("the connection was lost before the stream acknowledged")

    def fail(self, reason: str) -> None:
        """Give the event up; the stream may have it."""
        if not self.landed.done():
            self.landed.set_exception(StreamUnavailable(self.event.subject, reason, stored_unknown=True))
            self.landed.exception()  # seen: one whose owner has just given up must not complain when collected

    def write(self, reply: str) -> None:
        """Write the event, to be answered on `reply`; raises `NotConnected`."""
        event = self.event
        self.connection.write_now(message_frame(event.subject, reply, event.head(), event.payload))


class Flights:
    """All that is on its way over one connection: `most` events, each for `limit` seconds at most."""

    def __init__(self, connection: Connection, *, limit: float, most: int) -> None:
        self._connection = connection
        self._limit = limit
        self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()  # for room
        self._flights: dict[Flight, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    @property
    def is_full(self) -> bool:
        """Whether no event may begin now: others have to land first, or wait in front of it."""
        return len(self._flights) >= self._most or bool(self._waiting)

    async def room(self) -> None:
        """Wait, in turn, until an event may begin; it has to, in the same turn of the event loop."""
        if not self.is_full:
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._call_next()  # it was our turn, and we do not take it
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def begin(self, event: Sendable, began: float) -> Flight:
        """Write `event`. The flight must be ended.

        Raises:
            NotConnected: there is no connection; nothing was written.
            InvalidSubject, InvalidEvent: it cannot be written.
        """
        flight = Flight(event, self._connection, began)
        try:
            flight.write(flight.reply)
        except BaseException:
            self.end(flight)
            raise
        self._flights[flight] = None
        if self._timer is None:
            self._look_later()
        return flight

    def end(self, flight: Flight) -> None:
        """Wait for no answer any more."""
        self._flights.pop(flight, None)
        replies = self._connection.replies
        replies.forget(flight.reply)
        if flight.again is not None:
            replies.forget(flight.again)
        if not flight.landed.done():
            flight.landed.cancel()
        if self._waiting:
            self._call_next()

    def _call_next(self) -> None:
        while self._waiting and len(self._flights) < self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _look_later(self, pause: float | None = None) -> None:
        pause = self._limit / _LOOKS if pause is None else pause
        self._due = monotonic() + pause
        self._timer = asyncio.get_running_loop().call_later(pause, self._look)

    def _look(self) -> None:
        self._timer = None
        now = monotonic()
        if now - self._due > self._limit / _LOOKS:
            self._look_later(_BREATH)
            return
        for flight in list(self._flights):
            age = now - flight.began
            if age < self._limit / 2:
                break
            if age >= self._limit:
                self._connection.doubt()
                flight.fail(f"no acknowledgement within {self._limit:g} s")
            elif flight.again is None and not flight.landed.done():
                self._write_again(flight)
        if self._flights:
            self._look_later()

    def _write_again(self, flight: Flight) -> None:
        flight.again = self._connection.replies.wait(flight)
        try:
            flight.write(flight.again)
        except NotConnected as error:
            flight.fail(str(error))


def receipt_of(event: Sendable, answer: bytes) -> Receipt | None:
    """Return the receipt for a stream's plain acknowledgement, or None when the answer is something else.

    Nearly all answers are ``{"stream":"NAME","seq":NUMBER}``, which is taken without a parser.
    """
    beginning, _, end = answer.partition(_SEQUENCE)
    stream = _stream(beginning)
    if stream is not None and end[:-1].isdigit() and end.endswith(b"}"):
        return Receipt(_STORED, event.id, event.subject, stream, int(end[:-1]))
    try:
        fields = pydantic_core.from_json(answer)
        if "error" in fields:
            return None
        return Receipt(
            _STORED,
            event.id,
            event.subject,
            stream=fields["stream"],
            sequence=int(fields["seq"]),
            duplicate=bool(fields.get("duplicate")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=_STREAMS)
def _stream(beginning: bytes) -> str | None:
    """Return the stream that an acknowledgement which begins like this is from; None when it is not a plain one."""
    name = beginning[len(_BEGINNING) :]
    return name.decode() if beginning == _BEGINNING + name and name.isascii() and b'"' not in name else None
