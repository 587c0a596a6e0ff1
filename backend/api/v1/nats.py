"""The NATS section: what the connection is like, and trials of it.

What is published under /nats/test is marked as a trial, which the platform's own handlers leave alone. In production
the routes that publish are the operator's: an event on the platform's subjects is an act, and anybody could forge it.
"""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import to_json

from api.problems import problem_responses
from core.config import settings
from core.nats import get_nats_service
from core.security import require_role
from models import Role
from schemas.nats_api import (
    AgentTaskBody,
    ChatMessageBody,
    CVUploadedBody,
    HealthView,
    JetStreamView,
    PublishBody,
    ReceiptView,
    RequestResponseView,
    StreamsView,
    StreamView,
)
from schemas.nats_schemas import (
    AgentTaskCompletedEvent,
    ChatMessageCreatedEvent,
    CVUploadedEvent,
    EventSchema,
    schema_of,
)
from schemas.subjects import AGENT_TASK_COMPLETED, CHAT_MESSAGE_CREATED, CV_UPLOADED, contradictions
from services.nats_service import NATSService
from trunkline import ConnectionHealth, JetStreamState, Message, PayloadTooLarge, StreamStatus
from trunkline.events import new_id
from trunkline.subjects import check_subject

ECHO = "rpc.test.echo"
PUBLISH_PROBLEMS = problem_responses(413, 422, 503)

_restricted = settings.environment == "production"
_operators: Any = [Depends(require_role(Role.OPERATOR))] if _restricted else []
_operator_problems = problem_responses(401, 403) if _restricted else {}

router = APIRouter(prefix="/nats", tags=["NATS"])
trials = APIRouter(prefix="/nats", tags=["NATS"], dependencies=_operators, responses=_operator_problems)

Service = Annotated[NATSService, Depends(get_nats_service)]


async def start_echo(service: NATSService) -> None:
    """Answer what `GET /nats/test/request-response` asks."""
    await service.respond(ECHO, _echo)


async def _echo(subject: str, data: dict[str, Any], msg: Message) -> dict[str, Any]:
    return {**data, "answered_at": datetime.now(UTC)}


@router.get("/health", summary="How the connection is")
async def health(service: Service) -> HealthView:
    """Say what is so now; 200 also without a server, which `connected` tells."""
    found = await service.health()
    connection = found.connection
    return HealthView(
        status="healthy" if connection.connected else "degraded",
        connected=connection.connected,
        state=connection.state,
        server=connection.server,
        server_name=connection.server_name,
        server_version=connection.server_version,
        since=connection.since,
        jetstream=_jetstream(connection),
        rtt_ms=connection.rtt_ms,
        error=connection.error,
        outbox_waiting=found.outbox_waiting,
        duplicates=found.duplicates,
        repeated=sum(subscription.repeated for subscription in found.subscriptions),
        purged=found.purged,
    )


@router.get("/streams", summary="JetStream and the declared streams")
async def streams(service: Service) -> StreamsView:
    """Say whether the server keeps events and, if not, why; and what each declared stream holds."""
    found = await service.health()
    return StreamsView(
        jetstream=_jetstream(found.connection),
        streams=[_stream(status) for status in await service.connection.stream_status()],
    )


@trials.post("/publish", summary="Publish an event", responses=PUBLISH_PROBLEMS)
async def publish(body: PublishBody, service: Service) -> ReceiptView:
    """Publish an event of any subject, and answer with its receipt.

    A subject that the platform declares takes what its schema takes, and no id other than its own; further fields
    travel along. With `persistent: true` the subject must be one that a stream keeps.
    """
    receipt = await service.publish_event(
        body.subject,
        _validated(body.subject, body.data),
        body.persistent,
        event_id=body.event_id,
        headers=body.headers,
    )
    return ReceiptView.of(receipt)


@trials.post("/test/cv-uploaded", summary="Publish a trial CV upload", responses=PUBLISH_PROBLEMS)
async def cv_uploaded(service: Service, body: Annotated[CVUploadedBody | None, Body()] = None) -> ReceiptView:
    """Publish `cv.{cv_id}.uploaded`; each call is a new event."""
    event = CVUploadedEvent(**dict(body or CVUploadedBody()))
    return await _publish_trial(service, CV_UPLOADED.build(cv_id=event.cv_id), event)


@trials.post("/test/chat-message", summary="Publish a trial chat message", responses=PUBLISH_PROBLEMS)
async def chat_message(service: Service, body: Annotated[ChatMessageBody | None, Body()] = None) -> ReceiptView:
    """Publish `chat.message.{message_id}.created`; each call is a new event."""
    event = ChatMessageCreatedEvent(**dict(body or ChatMessageBody()))
    return await _publish_trial(service, CHAT_MESSAGE_CREATED.build(message_id=event.message_id), event)


@trials.post("/test/agent-task", summary="Publish a trial agent task", responses=PUBLISH_PROBLEMS)
async def agent_task(service: Service, body: Annotated[AgentTaskBody | None, Body()] = None) -> ReceiptView:
    """Publish `agent.task.completed.{agent_id}`; each call is a new event."""
    event = AgentTaskCompletedEvent(**dict(body or AgentTaskBody()))
    return await _publish_trial(service, AGENT_TASK_COMPLETED.build(agent_id=event.agent_id), event)


@trials.get(
    "/test/request-response", summary="Ask over NATS, and be answered", responses=problem_responses(502, 503, 504)
)
async def request_response(service: Service) -> RequestResponseView:
    """Send a request on `rpc.test.echo`, which the platform answers, and say how long the answer took."""
    question = {"id": new_id(), "message": "ping"}
    begun = time.perf_counter()
    answer = await service.request(ECHO, question)
    took = (time.perf_counter() - begun) * 1000
    return RequestResponseView(subject=ECHO, request=question, response=answer, duration_ms=round(took, 3))


async def _publish_trial(service: NATSService, subject: str, event: EventSchema) -> ReceiptView:
    try:
        return ReceiptView.of(await service.publish_event(subject, event, persistent=True, test=True))
    except PayloadTooLarge as error:
        error.field = _largest_field(event)  # a trial's body has no `data` to name
        raise


def _largest_field(event: EventSchema) -> str:
    sizes = {name: len(to_json(value)) for name, value in event.model_dump(mode="json").items()}
    return max(sizes, key=lambda name: sizes[name])


def _validated(subject: str, data: dict[str, Any]) -> EventSchema | dict[str, Any]:
    """Return the data as the subject's schema has it, or as it is where none is declared."""
    check_subject(subject)  # a mistake in it is told before one in what it seems to ask for
    schema = schema_of(subject)
    if schema is None:
        return data
    try:
        event = schema.model_validate(data)
    except ValidationError as error:
        raise RequestValidationError(
            [{**found, "loc": ("body", "data", *found["loc"])} for found in error.errors(include_input=False)]
        ) from error
    if wrong := contradictions(subject, data):
        raise RequestValidationError(
            [
                {"loc": ("body", "data", name), "type": "contradiction", "msg": f"the subject says {value!r}"}
                for name, value in wrong.items()
            ]
        )
    return event


def _jetstream(connection: ConnectionHealth) -> JetStreamView:
    return JetStreamView(
        available=connection.jetstream is JetStreamState.YES,
        state=connection.jetstream.value,
        reason=connection.jetstream_reason,
    )


def _stream(status: StreamStatus) -> StreamView:
    return StreamView(
        name=status.name,
        subjects=list(status.subjects),
        status="error" if status.error else "available" if status.exists else "missing",
        messages=status.messages if status.exists else None,
        bytes=status.bytes if status.exists else None,
        max_bytes=status.max_bytes,
        max_age_seconds=status.max_age,
        error=status.error or status.difference,
    )
