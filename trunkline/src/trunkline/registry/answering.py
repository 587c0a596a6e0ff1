"""Answering on ``$SRV`` for the agents of this process.

nats-py's own ``micro`` makes its subscriptions on one client and for that client's life; ours are the connection's,
and are there again after every reconnection, with whatever client.
"""

from collections.abc import Callable, Sequence

import pydantic_core
import structlog

from trunkline.cancellation import all_of
from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.errors import InvalidSubject, NotConnected
from trunkline.registry.card import AgentCard, presence_of
from trunkline.registry.protocol import ANSWERS, Answer, subjects_of
from trunkline.wire import Received, message_frame

log = structlog.get_logger(__name__)


class Answering:
    """Answers for `cards`, from `start` to `stop`."""

    def __init__(self, connection: Connection, cards: Sequence[AgentCard], ttl: float) -> None:
        self._connection = connection
        self._cards = cards
        self._ttl = ttl
        self._subscriptions: list[ConnectionSubscription] = []

    async def start(self) -> None:
        """Begin to answer, now or as soon as there is a connection.

        Raises:
            NotConnected: the connection is closed.
        """
        listening = []
        for verb, answer in ANSWERS.items():
            listening.append(self._listen(f"$SRV.{verb}", answer, self._cards))
            listening += [self._listen(at, answer, [card]) for card in self._cards for at in subjects_of(verb, card)]
        self._subscriptions = await all_of(*listening)

    async def stop(self) -> None:
        """Answer no more."""
        subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            await subscription.unsubscribe()

    async def _listen(self, subject: str, answer: Answer, cards: Sequence[AgentCard]) -> ConnectionSubscription:
        return await self._connection.listen(subject, self._answering(answer, cards))

    def _answering(self, answer: Answer, cards: Sequence[AgentCard]) -> Callable[[Received], None]:
        def receive(received: Received) -> None:
            for card in cards:
                if received.reply:
                    self._reply(received, pydantic_core.to_json(answer(card, presence_of(card, self._ttl))))

        return receive

    def _reply(self, received: Received, payload: bytes) -> None:
        most = self._connection.max_payload
        if most is not None and len(payload) > most:
            log.warning("answer not sent: too large", subject=received.subject, bytes=len(payload), max_payload=most)
            return
        try:
            self._connection.write_now(message_frame(received.reply, "", b"", payload))
        except (NotConnected, InvalidSubject) as error:
            log.warning("answer not sent", subject=received.subject, reason=str(error))
