"""Saying whom a message between people is to reach, and by which way: at once, with the next digest, or not at all.

A message is routed once: its event's id is made of what it is about, and so is the digest's entry, which the event's
transaction writes.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models import Channel, Clarification, MessageType, Project
from schemas.nats_schemas import CommunicationRouteEvent
from schemas.subjects import COMMUNICATION_ROUTE
from services import digests, preferences
from services.outgoing import emit
from trunkline import Event


@dataclass(frozen=True, slots=True)
class Sides:
    """Who asked a question, and who is to answer it."""

    asker: str
    answerer: str


def sides(session: Session, clarification: Clarification) -> Sides | None:
    """Return the two sides of a question; None when its project is gone."""
    project = session.get(Project, clarification.project_id)
    if project is None:
        return None
    if clarification.asked_by == "freelancer":
        return Sides(clarification.freelancer_id, project.owner_id)
    return Sides(project.owner_id, clarification.freelancer_id)


def route(
    session: Session,
    message_type: MessageType,
    message_id: str,
    sender_id: str | None,
    recipient_id: str,
    *,
    project_id: str | None = None,
    cause: Event | None = None,
) -> None:
    """Write the routing event, and the digest's entry where the recipient wants mail.

    `cause` is the event that tells of the message, where there can be several of one id.
    """
    channel = preferences.channel_of(session, recipient_id, message_type)
    event = CommunicationRouteEvent(
        message_type=message_type,
        message_id=message_id,
        sender_id=sender_id,
        recipient_id=recipient_id,
        channel=channel,
    )
    subject = COMMUNICATION_ROUTE.build(message_type=message_type)
    routed = emit(session, subject, event, event_id=f"{subject}.{cause.id if cause is not None else message_id}")
    if channel is Channel.EMAIL:
        digests.collect(session, routed.id, recipient_id, message_type, project_id)


def route_mail(session: Session, message_type: MessageType, project_id: str, recipient_id: str, cause: Event) -> None:
    """Route a message that is told live by an event of its own: only where its recipient wants mail.

    The event names no sender, who would be told of it, and so of what the recipient wants.
    """
    if preferences.channel_of(session, recipient_id, message_type) is Channel.EMAIL:
        route(session, message_type, project_id, None, recipient_id, project_id=project_id, cause=cause)
