"""The way of a question between owner and freelancer: delivered, answered, the answer returned.

Who does not answer is reminded; when the deadline after that passes too, whoever asked is told that there is no answer.
An answer that comes after all is taken, unless the question was withdrawn.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from core.config import settings
from models import Clarification, MessageType
from services.outgoing import SOURCE
from services.routing import Sides, route, sides
from trunkline import Event, workflows
from trunkline.tasks import QUESTION_TYPE, TaskState, recorded
from trunkline.workflows import LATE, Instance, State, Transition, Workflow

REMINDER = timedelta(hours=settings.clarification_reminder_hours)
DEADLINE = timedelta(hours=settings.clarification_deadline_hours)


def remind(session: Session, instance: Instance) -> None:
    """Remind whoever was asked."""
    people = _waiting_sides(session, instance)
    if people is not None:
        _route(session, MessageType.CLARIFICATION_REMINDER, instance, people.asker, people.answerer)


def tell_unanswered(session: Session, instance: Instance) -> None:
    """Tell whoever asked that nobody has answered."""
    people = _waiting_sides(session, instance)
    if people is not None:
        _route(session, MessageType.CLARIFICATION_UNANSWERED, instance, None, people.asker)


def _route(
    session: Session, message_type: MessageType, instance: Instance, sender_id: str | None, recipient_id: str
) -> None:
    data = instance.data
    route(session, message_type, data["clarification_id"], sender_id, recipient_id, project_id=data["project_id"])


def _waiting_sides(session: Session, instance: Instance) -> Sides | None:
    """Return the two sides of a question that still waits: None when it is gone, or was withdrawn."""
    clarification = session.get(Clarification, instance.data["clarification_id"])
    if clarification is None:
        return None
    task_id = recorded.find(session, QUESTION_TYPE, clarification.id)
    if task_id is not None and recorded.state(session, task_id) is TaskState.CANCELED:
        return None
    return sides(session, clarification)


CLARIFICATION = Workflow(
    "clarification",
    states=(
        State("asked", time_limit=REMINDER),
        State("delivered", time_limit=REMINDER),
        State("reminded", time_limit=DEADLINE),
        State("unanswered", end=True),
        State("answered", end=True),
        State("returned", end=True),
        State("withdrawn", end=True),
    ),
    transitions=(
        Transition("asked", "deliver", "delivered"),
        *(Transition(state, "answer", "answered") for state in ("delivered", "asked", "reminded", "unanswered")),
        *(Transition(state, LATE, "reminded", effect="remind") for state in ("asked", "delivered")),
        Transition("reminded", LATE, "unanswered", effect="tell_unanswered"),
        Transition("answered", "return", "returned"),
        *(Transition(state, "withdraw", "withdrawn") for state in ("asked", "delivered", "reminded", "unanswered")),
    ),
    version=2,
    functions={"remind": remind, "tell_unanswered": tell_unanswered},
    source=SOURCE,
)


def workflow_id(clarification_id: str) -> str:
    """Return the id of a question's workflow."""
    return f"clarification_{clarification_id}"


def begin(session: Session, clarification: Clarification, effects: Iterable[Event] = ()) -> None:
    """Begin the workflow of a question, or do nothing where it has begun."""
    workflows.begin(
        session,
        CLARIFICATION,
        workflow_id(clarification.id),
        key=clarification.project_id,
        data={
            "clarification_id": clarification.id,
            "project_id": clarification.project_id,
            "freelancer_id": clarification.freelancer_id,
            "asked_by": clarification.asked_by.value,
        },
        effects=effects,
        state="asked" if clarification.answer is None else "answered",
    )


def move(
    session: Session, clarification: Clarification, on: str, cause: Event | None = None, effects: Iterable[Event] = ()
) -> None:
    """Move the workflow of a question on."""
    workflows.move(session, CLARIFICATION, workflow_id(clarification.id), on, cause=cause, effects=effects)
