"""One inbox for everything that is answered: streams' acknowledgements, requests, the echo that shows a server alive.

Each expected reply has a counter as its token. One subscription serves them all; nothing is created on the server for a
single publish. Whoever waits for a reply is told of it, or that it will not come: when the connection is lost, all
replies that are still expected went with it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from trunkline.wire import Received


class ConnectionLost(Exception):
    """The connection went away before the reply came; it will not come."""


class Waiting(Protocol):
    """Who waits for replies."""

    def answer(self, received: Received) -> None:
        """Take a reply."""
        ...

    def lost(self) -> None:
        """None will come any more."""
        ...


class ReplyInbox:
    """Who waits, by token. `subject` is the wildcard to subscribe to, `receive` what takes the messages."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}."
        self._skip = len(self._prefix)
        self._count = 0
        self._waiting: dict[str, Waiting] = {}
        self.subject = f"{prefix}.>"

    def __len__(self) -> int:
        return len(self._waiting)

    def wait(self, waiting: Waiting, token: str | None = None) -> str:
        """Have `waiting` told of replies to the subject returned, and to all below it; `forget` ends that.

        `token` is the subject's last; one of its own is made by default.
        """
        if token is None:
            self._count += 1
            token = str(self._count)
        self._waiting[token] = waiting
        return self._prefix + token

    def forget(self, subject: str) -> None:
        """Wait no more for replies to this subject; what comes yet is late, and dropped."""
        self._waiting.pop(subject[self._skip :], None)

    @contextmanager
    def expect(self) -> Iterator[tuple[str, asyncio.Future[Received]]]:
        """Give a reply subject and the future of its reply, until the block is left."""
        expected = _Expected()
        reply = self.wait(expected)
        try:
            yield reply, expected.future
        finally:
            self.forget(reply)
            expected.future.cancel()

    def receive(self, received: Received) -> None:
        """Pass a reply on to whoever waits for it."""
        token = received.subject[self._skip :]
        waiting = self._waiting.get(token)
        if waiting is None and "." in token:
            waiting = self._waiting.get(token.partition(".")[0])
        if waiting is not None:
            waiting.answer(received)

    def lose(self) -> None:
        """Tell everybody that no reply will come any more."""
        for waiting in list(self._waiting.values()):
            waiting.lost()


class _Expected:
    """One reply, as a future."""

    def __init__(self) -> None:
        self.future: asyncio.Future[Received] = asyncio.get_running_loop().create_future()

    def answer(self, received: Received) -> None:
        if not self.future.done():
            self.future.set_result(received)

    def lost(self) -> None:
        if not self.future.done():
            self.future.set_exception(ConnectionLost())
            self.future.exception()  # seen: one whose owner has just given up must not complain when collected
