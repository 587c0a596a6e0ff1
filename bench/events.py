"""The event that everybody publishes and consumes: typed, some 256 bytes of JSON, with an id of its own."""

from collections.abc import Iterator
from itertools import count

from pydantic import BaseModel

from trunkline import Event

STREAM = "BENCH"
PATTERN = "bench.>"
SUBJECT = "bench.project.created"
BODY_BYTES = 256

_ids = count(1)


class ProjectCreated(BaseModel):
    """A small event of a usual shape."""

    project_id: int
    title: str
    required_skills: list[str]
    remote: bool
    max_rate: float
    description: str


def typed_event(number: int) -> ProjectCreated:
    """An event whose JSON is `BODY_BYTES` long."""
    event = ProjectCreated(
        project_id=number,
        title="Event platform for a hospital group",
        required_skills=["Python", "NATS", "PostgreSQL"],
        remote=True,
        max_rate=95.5,
        description="",
    )
    missing = BODY_BYTES - len(event.model_dump_json())
    return event.model_copy(update={"description": "x" * missing})


def typed_events(number: int) -> list[ProjectCreated]:
    """So many of them."""
    return [typed_event(each) for each in range(number)]


def ids() -> Iterator[str]:
    """Event ids that no other round has used: a stream would drop them as duplicates."""
    return (f"bench-{each}" for each in _ids)


def headers(event_id: str) -> dict[str, str]:
    """The headers that all of them send, ours included: what Trunkline puts on an event with this id."""
    return {**_MODEL.wire_headers(), "Nats-Msg-Id": event_id, "ce-id": event_id}


_MODEL = Event.create(SUBJECT, typed_event(0), source="bench")
