"""Live updates: decides whom an event concerns, and writes it to ``realtime.{user_id}`` for each of them.

Whom an event concerns, the database says; the table `AUDIENCES` is the whole rule. Operators are nobody's audience:
what passes here is personal. Nothing is listened to that this module writes.

The handlers are ordered: nobody is told that a CV was read before being told that its reading began, nor of an older
score after a newer one, also when the first of the two had to be tried again. Each update is committed before that of
the next event of its key begins, and so has the lower number in the outbox. Between events of different keys there is
no order to keep.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from models import CV, Channel, ChatMessage, MessageType, Project
from schemas.realtime import RealtimeEvent
from schemas.subjects import (
    CHAT_MESSAGE_CREATED,
    CLARIFICATION_REQUEST,
    CLARIFICATION_RESPONSE,
    COMMUNICATION_ROUTE,
    CV_PROCESSING_COMPLETED,
    CV_PROCESSING_FAILED,
    CV_PROCESSING_STARTED,
    CV_UPLOADED,
    FREELANCER_IDENTIFIED,
    OPPORTUNITY_AVAILABLE,
    OPPORTUNITY_CHANGED,
    OPPORTUNITY_RESPONSE,
    PROJECT_CREATED,
    PROJECT_DECISION,
    PROJECT_UPDATED,
    REALTIME,
    SCORES_UPDATED,
    SUBJECTS,
)
from services import preferences
from services.nats_service import NATSService
from services.outgoing import emit
from trunkline import Event, Message, NATSAwareAgent, Subject
from trunkline.sql import Database

Ids = Mapping[str, str]
Data = Mapping[str, Any]
Audience = Callable[[Session, Ids, Data], list[str | None]]

SOURCES = ("cv", "project", "matching", "freelancer", "chat", "communication")


def freelancer_of_cv(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """Whoever uploaded the CV."""
    cv = session.get(CV, ids["cv_id"])
    return [cv.freelancer_id] if cv else []


def owner(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """The project's owner."""
    project = session.get(Project, ids["project_id"])
    return [project.owner_id] if project else []


def freelancer(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """The freelancer whom the subject names."""
    return [ids["freelancer_id"]]


def both_sides(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """The freelancer and the project's owner."""
    return freelancer(session, ids, data) + owner(session, ids, data)


def both_of_chat(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """Who wrote the message, and to whom."""
    message = session.get(ChatMessage, ids["message_id"])
    return [message.sender_id, message.recipient_id] if message else []


def both_of_route(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """Sender and recipient, as the orchestrator found them; the recipient only where the way is this one."""
    is_live = data.get("channel", Channel.LIVE) == Channel.LIVE
    return [data.get("sender_id"), data.get("recipient_id") if is_live else None]


def recipient_of_chat(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """To whom the message was written."""
    message = session.get(ChatMessage, ids["message_id"])
    return [message.recipient_id] if message else []


def whom_asked(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """The side that is asked."""
    return freelancer(session, ids, data) if data.get("asked_by") == "owner" else owner(session, ids, data)


def who_asked(session: Session, ids: Ids, data: Data) -> list[str | None]:
    """The side that has asked, and is answered."""
    return freelancer(session, ids, data) if data.get("answered_by") == "owner" else owner(session, ids, data)


AUDIENCES: Mapping[Subject, Audience] = {
    CV_UPLOADED: freelancer_of_cv,
    CV_PROCESSING_STARTED: freelancer_of_cv,
    CV_PROCESSING_COMPLETED: freelancer_of_cv,
    CV_PROCESSING_FAILED: freelancer_of_cv,
    PROJECT_CREATED: owner,
    PROJECT_UPDATED: owner,
    FREELANCER_IDENTIFIED: owner,
    SCORES_UPDATED: owner,
    OPPORTUNITY_AVAILABLE: freelancer,
    OPPORTUNITY_RESPONSE: both_sides,
    OPPORTUNITY_CHANGED: both_sides,
    PROJECT_DECISION: both_sides,
    CLARIFICATION_REQUEST: both_sides,
    CLARIFICATION_RESPONSE: both_sides,
    CHAT_MESSAGE_CREATED: both_of_chat,
    COMMUNICATION_ROUTE: both_of_route,
}


MESSAGES: Mapping[Subject, tuple[MessageType, Audience]] = {
    CHAT_MESSAGE_CREATED: (MessageType.CHAT, recipient_of_chat),
    CLARIFICATION_REQUEST: (MessageType.CLARIFICATION_REQUEST, whom_asked),
    CLARIFICATION_RESPONSE: (MessageType.CLARIFICATION_RESPONSE, who_asked),
    OPPORTUNITY_AVAILABLE: (MessageType.OPPORTUNITY, freelancer),
    OPPORTUNITY_CHANGED: (MessageType.OPPORTUNITY_CHANGED, freelancer),
    OPPORTUNITY_RESPONSE: (MessageType.ANSWER, owner),
    PROJECT_DECISION: (MessageType.DECISION, freelancer),
}
"""What is a message to somebody, who may not want it this way."""


HIDDEN: Mapping[Subject, frozenset[str]] = {COMMUNICATION_ROUTE: frozenset({"channel"})}
"""Fields that are not shown: by which way the other side wants messages to come, if at all, is theirs alone to know."""


class LiveUpdates(NATSAwareAgent):
    """Listens to everything that may concern somebody."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__("live_updates", nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take the events of each source; those of a CV, a project, a freelancer in their order."""
        for source in SOURCES:
            await self.subscribe(f"{source}.>", self.handle_event, durable=f"live-updates-{source}", ordered=True)

    async def handle_event(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        """Pass the event on to the people whom it concerns."""
        found = SUBJECTS.find(subject)
        if found is not None and found[0] in AUDIENCES:
            await msg.commit(partial(tell, event=msg.event, data=data, kind=found[0], ids=found[1]))


def tell(session: Session, event: Event, data: dict[str, Any], kind: Subject, ids: Ids) -> None:
    """Write the event to each person whom it concerns, and who has not chosen another way for it."""
    shown = {name: value for name, value in data.items() if name not in HIDDEN.get(kind, ())}
    update = RealtimeEvent(event_id=event.id, subject=event.subject, time=event.time, data=shown)
    people = {str(person) for person in AUDIENCES[kind](session, ids, data) if person}
    for person in sorted(people - elsewhere(session, kind, ids, data)):
        emit(session, REALTIME.build(user_id=person), update)


def elsewhere(session: Session, kind: Subject, ids: Ids, data: Data) -> set[str]:
    """Whom the event is a message to that is to reach them by another way."""
    if kind not in MESSAGES:
        return set()
    message_type, recipients = MESSAGES[kind]
    people = {str(person) for person in recipients(session, ids, data) if person}
    return {each for each in people if preferences.channel_of(session, each, message_type) is not Channel.LIVE}
