"""Asking on ``$SRV`` who is there: everybody answers who can, and nobody says how many that will be."""

import asyncio
from collections.abc import Set

import structlog

from trunkline.connection import Connection
from trunkline.registry.card import Presence
from trunkline.registry.protocol import presence_in
from trunkline.waiting import within
from trunkline.wire import Received, message_frame

log = structlog.get_logger(__name__)

LIMIT = 1.0
"""Seconds in which answers are waited for."""
MOST = 10_000
"""Answers that are taken."""


async def ask(connection: Connection, expected: Set[str] | None) -> list[Presence]:
    """Ask all agents what they say of themselves, for a second at most.

    Args:
        connection: over which to ask.
        expected: ids of instances; when all of them have answered, no more is waited for. None: nobody knows.

    Raises:
        NotConnected: there is no connection.
        TimeoutError: the server takes nothing.
    """
    answers = _Answers(expected)
    reply = connection.replies.wait(answers)
    try:
        await connection.ready_to_write(LIMIT)
        connection.write_now(message_frame("$SRV.INFO", reply, b"", b""))
        await within(LIMIT, answers.complete)
    finally:
        connection.replies.forget(reply)
    return answers.presences


class _Answers:
    def __init__(self, expected: Set[str] | None) -> None:
        self.presences: list[Presence] = []
        self._missing = set(expected) if expected is not None else None
        self._taken = 0
        self.complete = asyncio.Event()

    def answer(self, received: Received) -> None:
        self._taken += 1
        if received.is_no_responders or self._taken >= MOST:
            self.complete.set()
            return
        try:
            presence = presence_in(received.data)
        except ValueError as error:
            log.debug("an answer on $SRV cannot be read", reason=str(error))
            return
        if presence is None:
            return
        self.presences.append(presence)
        if self._missing is not None:
            self._missing.discard(presence.instance)
            if not self._missing:
                self.complete.set()

    def lost(self) -> None:
        self.complete.set()
