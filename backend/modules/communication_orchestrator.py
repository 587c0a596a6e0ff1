"""Communication orchestration: for each message between people, says of what kind it is, whom it is to reach, and how.

The event on ``communication.{message_type}.route`` names ids only; the words stay with the message. Who is concerned,
and by which way they want to hear of it, the database says, not the event. What offers and decisions tell by events of
their own is routed for those only who want it by mail. Digests are sent here (`services.digests`).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

from core.config import settings
from core.mail import MailRefused, MailServer, MailUnavailable
from models import ChatMessage, Clarification, MessageType, Project
from schemas.nats_schemas import (
    ChatMessageCreatedEvent,
    ClarificationRequestEvent,
    ClarificationResponseEvent,
    CommunicationRouteEvent,
)
from schemas.subjects import (
    CHAT_MESSAGE_CREATED,
    CLARIFICATION_REQUEST,
    CLARIFICATION_RESPONSE,
    COMMUNICATION_ROUTE,
    OPPORTUNITY_AVAILABLE,
    OPPORTUNITY_CHANGED,
    OPPORTUNITY_RESPONSE,
    PROJECT_DECISION,
    SUBJECTS,
)
from services import digests
from services.digest_mail import mail_of
from services.nats_service import NATSService
from services.routing import route, route_mail, sides
from trunkline import ConfigurationError, Event, Message, NATSAwareAgent, Subject
from trunkline.sql import Database, outbox
from workflows import clarification

OFFERS: Mapping[Subject, MessageType] = {
    OPPORTUNITY_AVAILABLE: MessageType.OPPORTUNITY,
    OPPORTUNITY_CHANGED: MessageType.OPPORTUNITY_CHANGED,
    OPPORTUNITY_RESPONSE: MessageType.ANSWER,
    PROJECT_DECISION: MessageType.DECISION,
}
MAILS_AT_ONCE = 2

log = structlog.get_logger(__name__)


class CommunicationOrchestrator(NATSAwareAgent):
    """Listens for chat messages, clarifications, offers and decisions, and sends digests."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__("communication_orchestrator", nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take every message of every kind."""
        await self.subscribe(CHAT_MESSAGE_CREATED, self.handle_chat_message, durable="communication-chat")
        await self.subscribe(CLARIFICATION_REQUEST, self.handle_request, durable="communication-request")
        await self.subscribe(CLARIFICATION_RESPONSE, self.handle_response, durable="communication-response")
        await self.subscribe("freelancer.*.opportunity.>", self.handle_offer, durable="communication-offers")
        await self.subscribe(PROJECT_DECISION, self.handle_offer, durable="communication-decisions")
        if settings.smtp_url is None:
            return
        digest = COMMUNICATION_ROUTE.build(message_type=digests.DIGEST)
        await self.subscribe(digest, self.handle_digest, durable="communication-digest", concurrency=MAILS_AT_ONCE)
        if (clock := self.nats_service.clock) is not None:
            clock.on(digests.COLLECTED, digests.make)
            clock.on(digests.AGAIN, digests.tell_again)

    async def handle_chat_message(self, subject: str, data: ChatMessageCreatedEvent, msg: Message) -> None:
        """Route a chat message to whom it was written."""
        await msg.commit(partial(route_chat_message, message_id=str(data.message_id)))

    async def handle_request(self, subject: str, data: ClarificationRequestEvent, msg: Message) -> None:
        """Route a question to the other side."""
        await msg.commit(
            partial(
                route_clarification,
                clarification_id=str(data.clarification_id),
                message_type=MessageType.CLARIFICATION_REQUEST,
                cause=msg.event,
            )
        )

    async def handle_response(self, subject: str, data: ClarificationResponseEvent, msg: Message) -> None:
        """Route an answer back to who asked."""
        await msg.commit(
            partial(
                route_clarification,
                clarification_id=str(data.clarification_id),
                message_type=MessageType.CLARIFICATION_RESPONSE,
                cause=msg.event,
            )
        )

    async def handle_offer(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        """Route what becomes of an offer to whom it is told."""
        found = SUBJECTS.find(subject)
        if found is not None and found[0] in OFFERS:
            await msg.commit(partial(route_offer, message_type=OFFERS[found[0]], ids=found[1], cause=msg.event))

    async def handle_digest(self, subject: str, data: CommunicationRouteEvent, msg: Message) -> None:
        """Send a digest; it is claimed before, and marked after.

        Raises:
            ConfigurationError: no mail server is set.
        """
        if settings.smtp_url is None:
            raise ConfigurationError("digests need SMTP_URL")
        digest_id = str(data.message_id)
        claimed = await self.database.write(partial(digests.claim, digest_id=digest_id))
        if claimed is None:
            return
        try:
            await MailServer.of(settings.smtp_url.get_secret_value()).send(mail_of(claimed))
        except MailRefused as error:
            log.warning("digest_refused", digest_id=digest_id, reason=str(error))
            await msg.commit(partial(digests.refused, digest_id=digest_id, reason=str(error)))
        except MailUnavailable as error:
            log.warning("digest_postponed", digest_id=digest_id, reason=str(error))
            await msg.commit(partial(digests.postpone, digest_id=digest_id))
        else:
            await msg.commit(partial(digests.sent, digest_id=digest_id))


def route_offer(session: Session, message_type: MessageType, ids: Mapping[str, str], cause: Event) -> None:
    """Say whom an offer's change is to reach: an answer the owner, everything else the freelancer."""
    project = session.get(Project, ids["project_id"])
    if project is None:
        log.info("message_unknown", message_type=message_type, message_id=cause.id)
        return
    recipient = project.owner_id if message_type is MessageType.ANSWER else ids["freelancer_id"]
    route_mail(session, message_type, project.id, recipient, cause)


def route_chat_message(session: Session, message_id: str) -> None:
    """Say whom a chat message is to reach."""
    message = session.get(ChatMessage, message_id)
    if message is None:
        log.info("message_unknown", message_type="chat", message_id=message_id)
        return
    route(
        session,
        MessageType.CHAT,
        message.id,
        message.sender_id,
        message.recipient_id,
        project_id=message.project_id,
    )


def route_clarification(
    session: Session, clarification_id: str, message_type: MessageType, cause: Event | None = None
) -> None:
    """Say whom a question or its answer is to reach."""
    found = session.get(Clarification, clarification_id)
    people = sides(session, found) if found is not None else None
    if found is None or people is None:
        log.info("message_unknown", message_type=message_type, message_id=clarification_id)
        return
    clarification.begin(session, found)
    with outbox.noted(session) as events:
        is_request = message_type == MessageType.CLARIFICATION_REQUEST
        sender, recipient = (people.asker, people.answerer) if is_request else (people.answerer, people.asker)
        route(session, message_type, found.id, sender, recipient, project_id=found.project_id)
    on = "deliver" if is_request else "return"
    clarification.move(session, found, on, cause, events)
