"""Bodies and answers of the NATS routes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from schemas.nats_schemas import AgentTaskCompletedEvent, ChatMessageCreatedEvent, CVUploadedEvent, Id
from trunkline import Guarantee, Receipt
from trunkline.events import new_id

HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
HeaderValue = Annotated[str, StringConstraints(max_length=4096)]


class PublishBody(BaseModel):
    """An event to publish."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "subject": "events.custom.user_action",
                    "data": {"user_id": "user_123", "action": "profile_updated"},
                    "persistent": True,
                }
            ]
        },
    )

    subject: str = Field(description="Where it goes: tokens separated by dots, no wildcards.")
    data: dict[str, Any] = Field(description="The event's own fields. A declared subject's schema is applied.")
    persistent: StrictBool = Field(default=False, description="Stored, or kept for later, before the answer comes.")
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict, max_length=32)
    event_id: str | None = Field(default=None, description="The same id is stored once. Default: a new one.")


class CVUploadedBody(CVUploadedEvent):
    """A trial CV upload; fields beyond these travel along."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"cv_id": 123, "filename": "resume.pdf"}]})

    cv_id: Id = Field(default_factory=lambda: f"test-{new_id()}")
    filename: str = Field(default="test_resume.pdf", max_length=1024)


class ChatMessageBody(ChatMessageCreatedEvent):
    """A trial chat message; fields beyond these travel along."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"message_id": 789, "role": "user", "content": "Hello!"}]},
    )

    message_id: Id = Field(default_factory=lambda: f"test-{new_id()}")
    role: str = Field(default="user", max_length=64)
    content: str = "This is a test message."


class AgentTaskBody(AgentTaskCompletedEvent):
    """A trial task of an agent; fields beyond these travel along."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {},
                {"agent_id": "cv_analyzer_1", "task_id": "task_123", "result": {"extracted_skills": ["Python"]}},
            ]
        },
    )

    agent_id: Id = "test_agent"
    task_id: Id = Field(default_factory=lambda: f"test-{new_id()}")
    result: dict[str, Any] = Field(default_factory=lambda: {"extracted_skills": ["Python", "FastAPI"]})


class ReceiptView(BaseModel):
    """What a publish reached."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "guarantee": "stored",
                    "event_id": "0192d3a0-5a7c-7c8e-9d0b-2f1e3c4d5a6b",
                    "subject": "cv.123.uploaded",
                    "stream": "CV",
                    "sequence": 1,
                    "duplicate": False,
                }
            ]
        }
    )

    guarantee: Guarantee = Field(
        description="`stored`: a stream has it. `queued`: the outbox has it. `sent`: handed once to whoever listens."
    )
    event_id: str
    subject: str
    stream: str | None = None
    sequence: int | None = None
    duplicate: bool = Field(default=False, description="The stream had this event id already.")

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """Show a receipt."""
        return cls(
            guarantee=receipt.guarantee,
            event_id=receipt.event_id,
            subject=receipt.subject,
            stream=receipt.stream,
            sequence=receipt.sequence,
            duplicate=receipt.duplicate,
        )


class JetStreamView(BaseModel):
    """Whether the server keeps events."""

    available: bool
    state: Literal["yes", "no", "unknown"]
    reason: str | None = Field(default=None, description="Why not, or why nobody knows.")


class HealthView(BaseModel):
    """The connection to NATS, as it is now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "healthy",
                    "connected": True,
                    "state": "connected",
                    "server": "127.0.0.1:4222",
                    "server_name": "nats-1",
                    "server_version": "2.15.1",
                    "since": "2026-01-31T09:00:00Z",
                    "jetstream": {"available": True, "state": "yes", "reason": None},
                    "rtt_ms": 0.4,
                    "error": None,
                    "outbox_waiting": 0,
                    "duplicates": 0,
                    "repeated": 0,
                    "purged": 0,
                }
            ]
        }
    )

    status: Literal["healthy", "degraded"]
    connected: bool
    state: str = Field(description="`connecting`, `connected`, `reconnecting`, `draining` or `closed`.")
    server: str | None = Field(default=None, description="host:port; without a connection, those that are tried.")
    server_name: str | None = None
    server_version: str | None = None
    since: datetime | None = Field(default=None, description="Since when it is connected, or reconnecting.")
    jetstream: JetStreamView
    rtt_ms: float | None = Field(default=None, description="Round trip to the server, milliseconds.")
    error: str | None = Field(default=None, description="The last error of the connection.")
    outbox_waiting: int | None = Field(default=None, description="Events that wait for their stream.")
    duplicates: int = Field(default=0, description="Second copies of events that a stream refused, in this process.")
    repeated: int = Field(default=0, description="Events that came again when they were done, and did not act again.")
    purged: int = Field(default=0, description="Messages that this process removed from streams that filled up.")


class StreamView(BaseModel):
    """A declared stream and what the server says of it."""

    name: str
    subjects: list[str]
    status: Literal["available", "missing", "error"]
    messages: int | None = None
    bytes: int | None = None
    max_bytes: int | None = Field(default=None, description="When it holds as much, new events wait in the outbox.")
    max_age_seconds: float | None = Field(default=None, description="How long an event is kept.")
    error: str | None = Field(default=None, description="What is wrong with it, or how it differs from the declared.")


class StreamsView(BaseModel):
    """JetStream, and the declared streams."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "jetstream": {"available": True, "state": "yes", "reason": None},
                    "streams": [
                        {
                            "name": "CV",
                            "subjects": ["cv.>"],
                            "status": "available",
                            "messages": 12,
                            "bytes": 4210,
                            "max_bytes": 1073741824,
                            "max_age_seconds": 2592000.0,
                            "error": None,
                        }
                    ],
                }
            ]
        }
    )

    jetstream: JetStreamView
    streams: list[StreamView]


class RequestResponseView(BaseModel):
    """A question, its answer, and how long that took."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "subject": "rpc.test.echo",
                    "request": {"id": "0192d3a0", "message": "ping"},
                    "response": {"id": "0192d3a0", "message": "ping", "answered_at": "2026-01-31T09:00:00Z"},
                    "duration_ms": 0.6,
                }
            ]
        }
    )

    subject: str
    request: dict[str, Any]
    response: dict[str, Any]
    duration_ms: float
