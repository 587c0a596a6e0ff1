"""One inbox for everything that is answered: acknowledgements of streams, and the echo that shows a server alive.

Each expected reply has a counter as its token and a future that waits for it. One subscription serves them all; nothing
is created on the server for a single publish. The futures are dropped by whoever expected them (a ``with`` block), and
all of them fail at once when the connection is lost, since their replies went with it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from nats.aio.msg import Msg


class ConnectionLost(Exception):
    """The connection went away before the reply came; it will not come."""


class ReplyInbox:
    """Futures by reply subject. `subject` is the wildcard to subscribe to, `receive` the subscription's callback."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}."
        self._count = 0
        self._waiting: dict[str, asyncio.Future[Msg]] = {}
        self.subject = f"{prefix}.*"

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def expect(self, *, joined: asyncio.Future[Msg] | None = None) -> Iterator[tuple[str, asyncio.Future[Msg]]]:
        """Give a reply subject and the future of its reply, until the block is left.

        Args:
            joined: a future that another reply may resolve just as well (a second attempt at the same thing).
        """
        future = joined if joined is not None else asyncio.get_running_loop().create_future()
        self._count += 1
        reply = f"{self._prefix}{self._count}"
        self._waiting[reply] = future
        try:
            yield reply, future
        finally:
            self._waiting.pop(reply, None)
            if joined is None:
                future.cancel()

    async def receive(self, message: Msg) -> None:
        """Resolve the future that waits for `message`; one that nobody waits for any more is late, and dropped."""
        future = self._waiting.get(message.subject)
        if future is not None and not future.done():
            future.set_result(message)

    def lose(self) -> None:
        """Fail every reply that is still expected."""
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionLost())
                future.exception()  # seen: a future whose owner has just given up must not complain when collected
