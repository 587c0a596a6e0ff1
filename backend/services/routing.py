"""Saying whom a message between people is to reach."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models import Clarification, Project
from schemas.nats_schemas import CommunicationRouteEvent
from schemas.subjects import COMMUNICATION_ROUTE
from services.outgoing import emit


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


def route(session: Session, message_type: str, message_id: str, sender_id: str | None, recipient_id: str) -> None:
    """Write the routing event."""
    event = CommunicationRouteEvent(
        message_type=message_type, message_id=message_id, sender_id=sender_id, recipient_id=recipient_id
    )
    emit(session, COMMUNICATION_ROUTE.build(message_type=message_type), event)
