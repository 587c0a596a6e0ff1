"""Dead letters as operators see and mend them."""

from datetime import datetime
from typing import Annotated, Any, Self

import pydantic_core
from pydantic import BaseModel, Field, model_validator

from schemas.pages import PageQuery
from schemas.strict import Body, View
from trunkline.sql.deadletters import DeadLetter

MAX_SECONDS = 30.0

Name = Annotated[str, Field(max_length=255)]


class Kind(BaseModel, extra="forbid"):
    """A kind of failure; what is left out may be anything."""

    handler: Name | None = Field(default=None, description="The durable handler; `trunkline.outbox`: never sent.")
    error_class: Name | None = None
    type: Name | None = Field(default=None, description="The event's type, as `project.created`.")


class DeadLetterQuery(PageQuery, Kind):
    """Which dead letters are wanted, oldest first."""

    replayed: bool = Field(default=False, description="Those that were replayed, in place of those that wait.")


class DeadLetterSummary(View):
    """A dead letter in a list."""

    id: str
    handler: str
    event_id: str
    type: str
    subject: str
    attempts: int
    rounds: int = Field(description="How often its event was replayed before.")
    error_class: str
    error_message: str
    created_at: datetime
    edited_at: datetime | None
    replayed_at: datetime | None


class DeadLetterView(DeadLetterSummary):
    """Everything that is kept of an event that was given up."""

    message_id: str
    key: str | None
    original_subject: str | None
    payload: Any = Field(description="What a replay sends; text where it is no JSON.")
    original_payload: Any = Field(description="What it was before it was edited; null where it was not.")
    headers: dict[str, str]
    stream: str | None
    sequence: int | None
    traceback: str

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """Return the view of a letter."""
        fields = {name: getattr(letter, name) for name in cls.model_fields}
        fields["payload"] = _readable(letter.payload)
        fields["original_payload"] = _readable(letter.original_payload) if letter.original_payload is not None else None
        fields["headers"] = dict(letter.headers)
        return cls(**fields)


class GroupView(View):
    """How many letters there are of one kind; `example` is the newest one's message."""

    handler: str
    error_class: str
    type: str
    letters: int
    first_at: datetime
    last_at: datetime
    example: str


class DeadLetterEdit(Body):
    """What a replay is to send instead. The subject can be changed of an event that could not be sent."""

    payload: dict[str, Any] | None = None
    subject: Annotated[str, Field(max_length=1024)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.payload is None and self.subject is None:
            raise ValueError("give payload or subject")
        return self


class ReplayBody(Kind):
    """Which letters are replayed, at most so many, at most so many a second; within half a minute."""

    rate: float = Field(default=10.0, ge=0.1, le=1000, description="Letters a second.")
    limit: int = Field(default=100, ge=1, le=10_000)

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.limit / self.rate > MAX_SECONDS:
            raise ValueError(f"limit / rate must be at most {MAX_SECONDS:g} seconds; ask again for the rest")
        return self


class Replayed(BaseModel):
    """An event that is on its way to its handler again."""

    event_id: str
    subject: str
    round: int


class ReplayedKind(BaseModel):
    """How many letters of the kind were replayed, and how many wait still."""

    replayed: int
    waiting: int


def _readable(payload: bytes) -> Any:
    try:
        return pydantic_core.from_json(payload)
    except ValueError:
        return payload.decode(errors="backslashreplace")
