"""The event that everybody publishes and consumes: typed, some 256 bytes of JSON, with an id of its own."""

from collections.abc import Iterator
from itertools import count

from pydantic import BaseModel

from trunkline import Event

STREAM = "BENCH"
PATTERN = "bench.>"
SUBJECT = "bench.project.created"
SOURCE = "bench"
BODY_BYTES = 256
LARGE_BODY_BYTES = 10 * 1024

_ids = count(1)


class ProjectCreated(BaseModel):
    """A small event of a usual shape."""

    project_id: int
    title: str
    required_skills: list[str]
    remote: bool
    max_rate: float
    description: str


def typed_event(number: int, size: int = BODY_BYTES) -> ProjectCreated:
    """An event whose JSON is `size` bytes long."""
    event = ProjectCreated(
        project_id=number,
        title="Event platform for a hospital group",
        required_skills=["Python", "NATS", "PostgreSQL"],
        remote=True,
        max_rate=95.5,
        description="",
    )
    missing = size - len(event.model_dump_json())
    return event.model_copy(update={"description": "x" * missing})


def typed_events(number: int, size: int = BODY_BYTES) -> list[ProjectCreated]:
    """So many of them."""
    return [typed_event(each, size) for each in range(number)]


def ids() -> Iterator[str]:
    """Event ids that no other round has used: a stream would drop them as duplicates."""
    return (f"bench-{each}" for each in _ids)


def headers(event_id: str) -> dict[str, str]:
    """The headers that all of them send, ours included: what Trunkline puts on an event with this id."""
    return {**_HEADERS, "Nats-Msg-Id": event_id, "ce-id": event_id}


_HEADERS = Event.create(SUBJECT, typed_event(0), source=SOURCE).wire_headers()
