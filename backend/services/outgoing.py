"""The one way in which the application writes events: into the outbox, in the transaction of what they tell of."""

from sqlalchemy.orm import Session

from schemas.nats_schemas import EventSchema
from schemas.subjects import SUBJECTS
from trunkline import Event
from trunkline.sql import outbox

SOURCE = "expert-sourcing"

IN_ORDER = {"key_share": True}
"""How the row behind an event's key is locked (`with_for_update`) before the event is written, so that transactions
side by side commit its events in the order of their numbers. Rows that refer to it may still be added meanwhile."""

REFERRED_TO = {"read": True, "key_share": True}
"""How a row is locked that a new row will refer to, where another is locked before that: the database would do so, but
after the other, and so wait for who locks them in the order of all (projects, then freelancers)."""


def emit(
    session: Session, subject: str, data: EventSchema, *, key: str | None = None, event_id: str | None = None
) -> Event:
    """Add an event to the outbox of `session`; it exists exactly if the transaction commits.

    Order is kept within `key`; without one, within what the subject's template names. `event_id` is for what can happen
    only once: told again under the same id, nobody acts on it twice.

    Raises:
        InvalidSubject: `subject` is malformed.
        OutboxFull: too many events wait; nothing is written.
    """
    event = Event.create(subject, data, subjects=SUBJECTS, source=SOURCE, key=key, id=event_id)
    outbox.add(session, event)
    return event
