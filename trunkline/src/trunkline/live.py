"""Live subscriptions: every process sees every event that is published while it listens.

Events of one key (or, without one, of one subject) are handled in order, different ones side by side. NATS cannot be
asked to wait for a slow listener, so what arrives is held up to a limit; beyond it events are lost to this listener,
which is counted, logged and shown by the service's health, never silent. A dead letter that is replayed for a durable
handler is not for those who listen: they saw the event when it was new.
"""

import asyncio

import structlog

from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.errors import InvalidPayload
from trunkline.events import Event
from trunkline.handlers import Handler, decoder, name_of
from trunkline.lanes import Lanes
from trunkline.message import Message
from trunkline.tally import Tally
from trunkline.wire import Received

log = structlog.get_logger(__name__)


class LiveSubscription:
    """A handler of what is published from now on. `dropped` and `failed` count events; `durable` is None."""

    def __init__(
        self, connection: Connection, pattern: str, handler: Handler, *, concurrency: int, time_limit: float
    ) -> None:
        self.pattern = pattern
        self.durable: str | None = None
        self.error: str | None = None
        self.active = True
        self.dropped = 0
        self.concurrency = concurrency
        self.tally = Tally()
        self._connection = connection
        self._handler = handler
        self._decode = decoder(handler)
        self._time_limit = time_limit
        self._lanes = Lanes[Message](self._handle, concurrency=concurrency, limit=connection.settings.waiting_messages)
        self._bytes = 0
        self._subscription: ConnectionSubscription | None = None

    @property
    def failed(self) -> int:
        """Events whose handling failed."""
        return self.tally.failed

    async def start(self) -> None:
        """Begin to listen."""
        self._subscription = await self._connection.listen(self.pattern, self._receive)

    async def unsubscribe(self) -> None:
        """Stop listening, and finish what has arrived within the drain limit."""
        await self.stop(self._connection.settings.drain_timeout)

    async def stop(self, limit: float) -> None:
        """Stop listening, and finish what has arrived within `limit` seconds."""
        self.active = False
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None
        given_up = await self._lanes.finish(limit)
        if given_up:
            log.warning("live events given up at the end", pattern=self.pattern, events=given_up)

    def _receive(self, received: Received) -> None:
        message = Message(received)
        event = message.event
        if not event.is_for(None):
            return
        room = self._bytes + len(event.payload) <= self._connection.settings.waiting_bytes
        if not room or not self._lanes.put(event.key or event.subject, message):
            self.dropped += 1
            if self.dropped % 1000 == 1:
                log.error("events dropped: a live handler is too slow", pattern=self.pattern, dropped=self.dropped)
            return
        self._bytes += len(event.payload)

    async def _handle(self, message: Message) -> None:
        event = message.event
        self._bytes -= len(event.payload)
        began = self.tally.begin()
        try:
            data = self._decode(event.payload)
            async with asyncio.timeout(self._time_limit):
                await self._handler(event.subject, data, message)
        except InvalidPayload as error:
            self._count(event, f"invalid payload: {error}")
        except Exception as error:
            self._count(event, type(error).__name__)
            log.exception("live handler failed", handler=name_of(self._handler), subject=event.subject)
        finally:
            self.tally.end(began)

    def _count(self, event: Event, reason: str) -> None:
        self.tally.failed += 1
        log.warning("live event not handled", pattern=self.pattern, subject=event.subject, id=event.id, reason=reason)
