"""On a server that keeps nothing, what waited is sent when those who are to have it listen.

Without JetStream an event reaches whoever listens at that moment, and the outbox then lets it go. After a start, and
after a first connection to such a server, the durable handlers of this process take a moment to subscribe; at the end
of the process they listen no more while the relay still runs. So the relay publishes through this: it waits, within a
limit, until all handlers listen on the current connection, and sends nothing to such a server once the end has begun.

An ordered handler that another process owns never listens here. That the owner lives is not known: a dead one's lease
runs out, and this process takes over. So the limit is longer than that takes, and is waited for once a connection.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from trunkline.connection import Connection
from trunkline.consumer import DurableSubscription
from trunkline.errors import StreamUnavailable, TrunklineError
from trunkline.events import Sendable
from trunkline.jetstream import JetStreamState
from trunkline.ordered import LEASE_TERM, STAND_BY_SECONDS
from trunkline.publisher import Publisher
from trunkline.receipts import Receipt
from trunkline.subscription import Subscription
from trunkline.surroundings import Generation

log = structlog.get_logger(__name__)

LIMIT_SECONDS = LEASE_TERM + STAND_BY_SECONDS + 4.0
_GLANCE = 0.05


class ListenersFirst:
    """Publishes as `publisher` does, when the durable ones among `subscriptions` listen."""

    def __init__(
        self, publisher: Publisher, connection: Connection, subscriptions: Callable[[], Sequence[Subscription]]
    ) -> None:
        self._publisher = publisher
        self._connection = connection
        self._subscriptions = subscriptions
        self._waited_in: Generation | None = None
        self._ended = False

    def end(self) -> None:
        """Send no more to a server that keeps nothing: the handlers are about to stop."""
        self._ended = True

    async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]:
        """As `Publisher.publish_many`.

        Raises:
            StreamUnavailable: the end has begun, and the server keeps nothing.
        """
        if events and await self._connection.jetstream() is JetStreamState.NO:
            while not self._ended and self._waited_in != self._connection.generation:
                await self._wait()
            if self._ended:
                reason = "the server keeps nothing, and the handlers of this process have stopped"
                raise StreamUnavailable(events[0].subject, reason, stored_unknown=False)
        return await self._publisher.publish_many(events)

    async def _wait(self) -> None:
        generation = self._connection.generation
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                while self._deaf() and not self._ended:  # noqa: ASYNC110 - several parties, none of which tells
                    await asyncio.sleep(_GLANCE)
        except TimeoutError:
            log.info("events are sent though not all handlers listen in this process", handlers=self._deaf())
        self._waited_in = generation

    def _deaf(self) -> list[str | None]:
        """The durable handlers that would miss an event now."""
        return [
            each.durable
            for each in self._subscriptions()
            if isinstance(each, DurableSubscription) and each.active and not each.paused and not each.is_unkept
        ]
