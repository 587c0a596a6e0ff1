"""Communication orchestration: for each message between people, says of what kind it is and whom it is to reach.

The event on ``communication.{message_type}.route`` names ids only; the words stay with the message. Who is concerned,
the database says, not the event.
"""

from functools import partial

import structlog
from sqlalchemy.orm import Session

from models import ChatMessage, Clarification
from schemas.nats_schemas import (
    ChatMessageCreatedEvent,
    ClarificationRequestEvent,
    ClarificationResponseEvent,
)
from schemas.subjects import CHAT_MESSAGE_CREATED, CLARIFICATION_REQUEST, CLARIFICATION_RESPONSE
from services.nats_service import NATSService
from services.routing import route, sides
from trunkline import Event, Message, NATSAwareAgent
from trunkline.sql import Database, outbox
from workflows import clarification

log = structlog.get_logger(__name__)


class CommunicationOrchestrator(NATSAwareAgent):
    """Listens for chat messages, clarification requests and their answers."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__("communication_orchestrator", nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take every message of every kind."""
        await self.subscribe(CHAT_MESSAGE_CREATED, self.handle_chat_message, durable="communication-chat")
        await self.subscribe(CLARIFICATION_REQUEST, self.handle_request, durable="communication-request")
        await self.subscribe(CLARIFICATION_RESPONSE, self.handle_response, durable="communication-response")

    async def handle_chat_message(self, subject: str, data: ChatMessageCreatedEvent, msg: Message) -> None:
        """Route a chat message to whom it was written."""
        await msg.commit(partial(route_chat_message, message_id=str(data.message_id)))

    async def handle_request(self, subject: str, data: ClarificationRequestEvent, msg: Message) -> None:
        """Route a question to the other side."""
        await msg.commit(
            partial(
                route_clarification,
                clarification_id=str(data.clarification_id),
                message_type="clarification_request",
                cause=msg.event,
            )
        )

    async def handle_response(self, subject: str, data: ClarificationResponseEvent, msg: Message) -> None:
        """Route an answer back to who asked."""
        await msg.commit(
            partial(
                route_clarification,
                clarification_id=str(data.clarification_id),
                message_type="clarification_response",
                cause=msg.event,
            )
        )


def route_chat_message(session: Session, message_id: str) -> None:
    """Say whom a chat message is to reach."""
    message = session.get(ChatMessage, message_id)
    if message is None:
        log.info("message_unknown", message_type="chat", message_id=message_id)
        return
    route(session, "chat", message.id, message.sender_id, message.recipient_id)


def route_clarification(session: Session, clarification_id: str, message_type: str, cause: Event | None = None) -> None:
    """Say whom a question or its answer is to reach."""
    found = session.get(Clarification, clarification_id)
    people = sides(session, found) if found is not None else None
    if found is None or people is None:
        log.info("message_unknown", message_type=message_type, message_id=clarification_id)
        return
    clarification.begin(session, found)
    with outbox.noted(session) as events:
        if message_type == "clarification_request":
            route(session, message_type, found.id, people.asker, people.answerer)
        else:
            route(session, message_type, found.id, people.answerer, people.asker)
    on = "deliver" if message_type == "clarification_request" else "return"
    clarification.move(session, found, on, cause, events)
