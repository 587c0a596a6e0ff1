"""A durable handler on a server without JetStream: a queue subscription of the same name.

One of the processes that share the name gets each event, if one is listening; nothing keeps it otherwise. What can be
kept of a durable handler's promises is kept in this process: bounded concurrency, retries after growing pauses, dead
letters, an orderly end.
"""

from dataclasses import dataclass

import structlog

from trunkline.attempts import Attempts
from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.events import Event
from trunkline.jetstream import JetStreamState
from trunkline.lanes import Lanes
from trunkline.message import Message
from trunkline.wire import Received

log = structlog.get_logger(__name__)


class Memory:
    """What became of a message that only this process has: `again` is the pause that was asked for."""

    def __init__(self) -> None:
        self.again: float | None = None

    def ack(self, message: Message) -> None:
        """Nothing is left to do."""

    def nak(self, message: Message, delay: float) -> None:
        """Remember it."""
        self.again = delay

    def term(self, message: Message) -> None:
        """Forget that it was asked for again."""
        self.again = None

    def in_progress(self, message: Message) -> None:
        """Nobody waits."""


@dataclass(slots=True)
class _Waiting:
    """An event to be handled, and which delivery the next one is."""

    received: Received
    event: Event
    deliveries: int = 1


class Queued:
    """Feeds what is published on `pattern` to `attempts`, shared by the processes that use the same name."""

    def __init__(self, connection: Connection, pattern: str, attempts: Attempts, *, concurrency: int) -> None:
        self.pattern = pattern
        self.dropped = 0
        self._connection = connection
        self._attempts = attempts
        self._lanes = Lanes[_Waiting](self._run, concurrency=concurrency, limit=connection.settings.waiting_messages)
        self._subscription: ConnectionSubscription | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._subscription = await self._connection.listen(self.pattern, self._receive, queue=self._attempts.name)

    async def stop(self, limit: float) -> None:
        """Listen no more, and finish what has arrived within `limit` seconds; what waits for a retry is given up."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None
        given_up = await self._lanes.finish(limit)
        if given_up:
            log.error("unkept events given up at the end", handler=self._attempts.name, events=given_up)

    def _receive(self, received: Received) -> None:
        if received.reply and self._connection.known_jetstream() is not JetStreamState.NO:
            return  # JetStream has appeared: a stream was asked to keep this, and gives it to a pull
        event = Event.received(received.subject, received.data, received.headers)
        key = event.key if self._attempts.ordered else None
        if not self._lanes.put(key, _Waiting(received, event)):
            self.dropped += 1
            if self.dropped % 1000 == 1:
                log.error("events dropped: a handler is too slow", handler=self._attempts.name, dropped=self.dropped)

    async def _run(self, waiting: _Waiting) -> float | None:
        memory = Memory()
        message = Message(
            waiting.received,
            event=waiting.event,
            deliveries=waiting.deliveries,
            handler=self._attempts.name,
            acknowledging=memory,
            committing=self._attempts.keeping,
        )
        await self._attempts.run(message)
        waiting.deliveries += 1
        return memory.again
