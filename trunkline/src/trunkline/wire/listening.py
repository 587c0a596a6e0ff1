"""Subscriptions whose messages go to a plain function, without a queue and a task in between."""

from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from trunkline.cancellation import uneaten
from trunkline.wire.client import WireClient
from trunkline.wire.received import Received

Receive = Callable[[Received], None]


async def listen(client: Client, pattern: str, queue: str, receive: Receive) -> Subscription:
    """Subscribe, and have `receive` called with each message; it must be quick, and what it raises is logged.

    On a client of ours it is called by the parser. On one that somebody else made the messages come through nats-py's
    queue for the subscription, which drops what is beyond its limits. Raises nats-py's errors.
    """

    async def queued(message: Msg) -> None:
        receive(Received.of(message))

    made = await uneaten(client.subscribe(pattern, queue=queue, cb=queued))
    if isinstance(client, WireClient):
        client.direct[b"%d" % made._id] = receive
    return made


async def unsubscribe(client: Client, made: Subscription) -> None:
    """End a subscription of either kind; raises nats-py's errors."""
    if isinstance(client, WireClient):
        client.direct.pop(b"%d" % made._id, None)
    if not client.is_closed and not client.is_draining:
        await uneaten(made.unsubscribe())
