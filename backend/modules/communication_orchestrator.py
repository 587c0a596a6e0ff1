"""Communication orchestration: for each message between people, says of what kind it is and whom it is to reach.

The event on ``communication.{message_type}.route`` names ids only; the words stay with the message. Who is concerned,
the database says, not the event.
"""

from functools import partial

import structlog
from sqlalchemy.orm import Session

from models import ChatMessage, Clarification, Project
from schemas.nats_schemas import (
    ChatMessageCreatedEvent,
    ClarificationRequestEvent,
    ClarificationResponseEvent,
    CommunicationRouteEvent,
)
from schemas.subjects import CHAT_MESSAGE_CREATED, CLARIFICATION_REQUEST, CLARIFICATION_RESPONSE, COMMUNICATION_ROUTE
from services.nats_service import NATSService
from services.outgoing import emit
from trunkline import Message, NATSAwareAgent
from trunkline.sql import Database

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
                route_clarification, clarification_id=str(data.clarification_id), message_type="clarification_request"
            )
        )

    async def handle_response(self, subject: str, data: ClarificationResponseEvent, msg: Message) -> None:
        """Route an answer back to who asked."""
        await msg.commit(
            partial(
                route_clarification, clarification_id=str(data.clarification_id), message_type="clarification_response"
            )
        )


def route_chat_message(session: Session, message_id: str) -> None:
    """Say whom a chat message is to reach."""
    message = session.get(ChatMessage, message_id)
    if message is None:
        log.info("message_unknown", message_type="chat", message_id=message_id)
        return
    route(session, "chat", message.id, message.sender_id, message.recipient_id)


def route_clarification(session: Session, clarification_id: str, message_type: str) -> None:
    """Say whom a question or its answer is to reach."""
    clarification = session.get(Clarification, clarification_id)
    project = session.get(Project, clarification.project_id) if clarification else None
    if clarification is None or project is None:
        log.info("message_unknown", message_type=message_type, message_id=clarification_id)
        return
    asker, answerer = project.owner_id, clarification.freelancer_id
    if clarification.asked_by == "freelancer":
        asker, answerer = answerer, asker
    if message_type == "clarification_request":
        route(session, message_type, clarification.id, asker, answerer)
    else:
        route(session, message_type, clarification.id, answerer, asker)


def route(session: Session, message_type: str, message_id: str, sender_id: str, recipient_id: str) -> None:
    """Write the routing event."""
    event = CommunicationRouteEvent(
        message_type=message_type, message_id=message_id, sender_id=sender_id, recipient_id=recipient_id
    )
    emit(session, COMMUNICATION_ROUTE.build(message_type=message_type), event)
