"""A subscription that outlives the client it was made with."""

from collections.abc import Awaitable, Callable

import structlog
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription

from trunkline.cancellation import uneaten
from trunkline.wire import Receive, listen, unsubscribe

log = structlog.get_logger(__name__)

Callback = Callable[[Msg], Awaitable[None]]


class ConnectionSubscription:
    """A subscription that outlives the client it was made with; `forget` has it made on no further one.

    Its messages go to `receive`, a plain function, or one after another to `callback`, which is awaited.
    """

    def __init__(
        self,
        pattern: str,
        *,
        forget: Callable[["ConnectionSubscription"], None],
        receive: Receive | None = None,
        callback: Callback | None = None,
        queue: str = "",
    ) -> None:
        self.pattern = pattern
        self.queue = queue
        self._receive = receive
        self._callback = callback
        self._forget = forget
        self._client: Client | None = None
        self._made: NatsSubscription | None = None

    def is_on(self, client: Client) -> bool:
        """Whether it has been made on `client`."""
        return self._client is client

    async def apply(self, client: Client) -> None:
        """Subscribe on `client`, unless that is done; raises nats-py's errors."""
        if self._client is client:
            return
        self._client = client
        try:
            self._made = await self._make(client)
        except errors.Error:
            if self._client is client:
                self._client = None
            raise

    async def unsubscribe(self) -> None:
        """Receive no more; what has arrived and was not begun is dropped."""
        self._forget(self)
        made, client, self._made = self._made, self._client, None
        if made is None or client is None:
            return
        try:
            await unsubscribe(client, made)
        except errors.Error as error:
            log.debug("unsubscribed from a connection that is gone", pattern=self.pattern, error=str(error))

    async def _make(self, client: Client) -> NatsSubscription:
        if self._receive is not None:
            return await listen(client, self.pattern, self.queue, self._receive)
        return await uneaten(client.subscribe(self.pattern, queue=self.queue, cb=self._called))

    async def _called(self, message: Msg) -> None:
        assert self._callback is not None
        await self._callback(message)
