"""Durable subscriptions: every stored event of a pattern is handled, by one of those who share the name, until done."""

import asyncio
import re

from trunkline.attempts import Attempts, Keeping, Letter
from trunkline.connection import Connection
from trunkline.errors import ConfigurationError
from trunkline.handlers import Handler
from trunkline.listening import Listening
from trunkline.message import Message
from trunkline.ordered import Owned, Tenancy, Tenure
from trunkline.pull import ACK_WAIT
from trunkline.retry import Retry
from trunkline.subjects import check_pattern
from trunkline.tally import Tally

__all__ = ["DurableSubscription", "Handler", "Keeping", "Letter", "Message", "Retry"]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


class DurableSubscription:
    """The durable handler `durable` of `pattern`.

    Args:
        connection: where from.
        pattern: what it listens to.
        handler: ``async def handler(subject, data, msg)``.
        durable: the name that its processes share.
        concurrency: events, or keys of an ordered handler, that are worked on at once.
        retry: what happens after a failure.
        time_limit: seconds for one event.
        include_tests: take trials too.
        keeping: the database.
        ordered: one process at a time, the events of a key one after another.
        ack_wait: seconds after which the server gives an event of a silent process to another.

    Raises:
        InvalidSubject: the pattern is malformed.
        HandlerError: the handler cannot be run as it is.
        ConfigurationError: the name cannot be a consumer's, concurrency or time limit are not positive, or there is no
            database for an ordered handler.
    """

    def __init__(
        self,
        connection: Connection,
        pattern: str,
        handler: Handler,
        *,
        durable: str,
        concurrency: int = 8,
        retry: Retry | None = None,
        time_limit: float = 300,
        include_tests: bool = False,
        keeping: Tenancy | None = None,
        ordered: bool = False,
        ack_wait: float = ACK_WAIT,
    ) -> None:
        check_pattern(pattern)
        if not _NAME.fullmatch(durable):
            raise ConfigurationError(f"durable name {durable[:80]!a} must be 1 to 128 letters, digits, '-' or '_'")
        if concurrency < 1 or time_limit <= 0:
            raise ConfigurationError(f"durable handler {durable}: concurrency and time_limit must be positive")
        if ordered and keeping is None:
            raise ConfigurationError(f"durable handler {durable}: ordered=True needs a database, which keeps the order")
        self.pattern = pattern
        self.durable: str | None = durable
        self.active = True
        self.paused = False
        self._connection = connection
        self.concurrency = concurrency
        self._ack_wait = ack_wait
        self._attempts = Attempts(
            durable,
            handler,
            retry=retry or Retry(),
            time_limit=time_limit,
            include_tests=include_tests,
            keeping=keeping,
        )
        self._changing = asyncio.Lock()
        self._source: Listening | Owned
        if ordered and keeping is not None:
            self._source = Owned(durable, keeping, self._owned)
        else:
            self._source = self._listening(self._attempts)

    @property
    def tally(self) -> Tally:
        """What it has done so far, and does now."""
        return self._attempts.tally

    @property
    def failed(self) -> int:
        """Attempts that failed."""
        return self.tally.failed

    @property
    def dropped(self) -> int:
        """Events that found no room, on a server that keeps none."""
        return self._source.dropped

    @property
    def buried(self) -> int:
        """Events that were given up."""
        return self.tally.buried

    @property
    def error(self) -> str | None:
        """Why the handler gets nothing, or not all, now; None when it listens, or stands by for its owner."""
        return "paused" if self.paused else self._source.error

    @property
    def is_unkept(self) -> bool:
        """Whether the server has no JetStream, and what comes now may come only once."""
        return self._source.is_unkept

    async def start(self) -> None:
        """Begin to take events, now or as soon as there is a connection."""
        await self._source.start()

    async def pause(self) -> None:
        """Take no more in this process until `resume`; what is running is finished within the drain limit.

        What was fetched and has not begun is given back, and other processes of the name go on; of an ordered handler
        one of them takes over. A server without JetStream keeps nothing meanwhile. A pause ends with the process.
        """
        async with self._changing:
            if self.active and not self.paused:
                self.paused = True
                await self._source.stop(self._connection.settings.drain_timeout)

    async def resume(self) -> None:
        """End a pause."""
        async with self._changing:
            if self.active and self.paused:
                await self._source.start()
                self.paused = False

    async def unsubscribe(self) -> None:
        """Take no more, and finish what is running within the drain limit; the durable stays on the server."""
        await self.stop(self._connection.settings.drain_timeout)

    async def stop(self, limit: float) -> None:
        """Take no more, and finish what is running within `limit` seconds."""
        self.active = False
        async with self._changing:
            await self._source.stop(limit)

    def _owned(self, tenure: Tenure) -> Listening:
        return self._listening(self._attempts.owned(tenure))

    def _listening(self, attempts: Attempts) -> Listening:
        return Listening(
            self._connection, self.pattern, attempts, concurrency=self.concurrency, ack_wait=self._ack_wait
        )
