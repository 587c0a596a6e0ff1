"""A subscription that outlives the client it was made with."""

from collections.abc import Awaitable, Callable

import structlog
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription

from trunkline.cancellation import uneaten

log = structlog.get_logger(__name__)

Received = Callable[[Msg], Awaitable[None]]


class ConnectionSubscription:
    """A subscription that outlives the client it was made with; `forget` has it made on no further one."""

    def __init__(
        self, pattern: str, callback: Received, queue: str, forget: Callable[["ConnectionSubscription"], None]
    ) -> None:
        self.pattern = pattern
        self.queue = queue
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

        async def received(message: Msg) -> None:
            await self._callback(message)

        try:
            self._made = await uneaten(client.subscribe(self.pattern, queue=self.queue, cb=received))
        except errors.Error:
            if self._client is client:
                self._client = None
            raise

    async def unsubscribe(self) -> None:
        """Receive no more; what has arrived and was not begun is dropped."""
        self._forget(self)
        made, client, self._made = self._made, self._client, None
        if made is None or client is None or client.is_closed or client.is_draining:
            return
        try:
            await uneaten(made.unsubscribe())
        except errors.Error as error:
            log.debug("unsubscribed from a connection that is gone", pattern=self.pattern, error=str(error))
