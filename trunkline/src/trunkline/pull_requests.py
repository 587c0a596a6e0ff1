"""The pull requests of one consumer that the server has not ended, and what each may still bring.

The server answers them in the order in which they came: with messages, and with a status for each that ends before it
has brought all it asked for. A status names its request by the reply subject; a message does not, and belongs to the
oldest.
"""

from collections import deque
from time import monotonic

import pydantic_core

from trunkline.connection import Connection
from trunkline.jetstream import NANOSECOND
from trunkline.wire import Received, message_frame

_SECONDS = 30.0
_HEARTBEAT = 5.0
_SILENCE = 2.5 * _HEARTBEAT
_HEARTBEAT_STATUS = "100"
_NO_RESPONDERS = "503"
_NORMAL_ENDS = {"408 Request Timeout", "409 Message Size Exceeds MaxBytes", "409 Batch Completed"}


class PullRequests:
    """Requests to the consumer `name` of `stream`, answered on the inbox that `begin` was given last."""

    def __init__(self, connection: Connection, stream: str, name: str) -> None:
        self._connection = connection
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"
        self._inbox = ""
        self._count = 0
        self._open: deque[list[int]] = deque()  # number, and messages that it may still bring
        self._heard = 0.0
        self.due = 0
        """Messages that may still come."""
        self.answered = False
        """Whether the server has answered any request since the beginning."""

    def begin(self, inbox: str) -> None:
        """Forget all requests; the next ones are answered on `inbox`."""
        self._inbox = inbox
        self._open.clear()
        self.due = 0
        self.answered = False

    @property
    def is_silent(self) -> bool:
        """Whether a request is open, and nothing was heard for so long that it must be lost."""
        return bool(self._open) and monotonic() - self._heard > _SILENCE

    @property
    def heard_ever(self) -> bool:
        """Whether anything was ever heard, or asked."""
        return self._heard > 0

    def ask(self, messages: int, most_bytes: int) -> None:
        """Ask for so many more messages, and no more bytes.

        Raises:
            NotConnected: there is no connection.
        """
        request = {
            "batch": messages,
            "max_bytes": most_bytes,
            "expires": int(_SECONDS * NANOSECOND),
            "idle_heartbeat": int(_HEARTBEAT * NANOSECOND),
        }
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        self._connection.write_now(message_frame(self._subject, reply, b"", pydantic_core.to_json(request)))
        if not self._open:
            self._heard = monotonic()
        self._open.append([self._count, messages])
        self.due += messages

    def message_came(self, now: float) -> None:
        """Take note of a message."""
        self._heard = now
        self.answered = True
        if not self._open:
            return
        self.due -= 1
        oldest = self._open[0]
        oldest[1] -= 1
        if oldest[1] == 0:
            self._open.popleft()

    def status_came(self, received: Received) -> str | None:
        """Take note of a status; return what is wrong with the consumer, if anything."""
        headers = received.headers
        status = f"{headers.get('Status', '')} {headers.get('Description', '')}".strip()
        self._heard = monotonic()
        number = received.subject.rpartition(".")[2]
        ended = next((each for each in self._open if str(each[0]) == number), None)
        if ended is None:
            return None  # of an earlier request, which was given up
        if status.startswith(_HEARTBEAT_STATUS):
            self.answered = True
            return None
        self._open.remove(ended)
        self.due -= ended[1]
        if status in _NORMAL_ENDS:
            return None
        return "the consumer is gone, or has no leader" if status.startswith(_NO_RESPONDERS) else status
