"""The platform's NATS service, and the publisher of its first events.

`NATSService` is Trunkline's with this platform's subjects and streams; it takes our own connection, or a plain nats-py
client that somebody else has connected, and then needs nothing else.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from nats.aio.client import Client

import trunkline
from schemas.nats_schemas import (
    AgentTaskCompletedEvent,
    ChatMessageCreatedEvent,
    CVProcessingCompletedEvent,
    CVProcessingFailedEvent,
    CVProcessingStartedEvent,
    CVUploadedEvent,
    EventSchema,
    Id,
)
from schemas.subjects import (
    AGENT_TASK_COMPLETED,
    CHAT_MESSAGE_CREATED,
    CV_PROCESSING_COMPLETED,
    CV_PROCESSING_FAILED,
    CV_PROCESSING_STARTED,
    CV_UPLOADED,
    STREAMS,
    SUBJECTS,
)
from services.outgoing import SOURCE
from trunkline import Connection, Receipt
from trunkline.sql import Database


class NATSService(trunkline.NATSService):
    """Publish, subscribe and request on the platform's subjects.

    Args:
        nats_client: Trunkline's connection, or a connected nats-py client.
        database: where events wait while the stream cannot take them; without one, `publish_event` raises instead.
        inbox_age: how long it is known which events were done.
        history_age: how long tasks and workflows are kept that have ended.
    """

    def __init__(
        self,
        nats_client: Connection | Client,
        *,
        database: Database | None = None,
        inbox_age: timedelta = timedelta(days=30),
        history_age: timedelta = timedelta(days=90),
    ) -> None:
        super().__init__(
            nats_client,
            database=database,
            subjects=SUBJECTS,
            streams=STREAMS,
            source=SOURCE,
            inbox_age=inbox_age,
            history_age=history_age,
        )


class EventPublisher:
    """The platform's events by name. Each is persistent; the receipt says how far it came.

    Every method raises `InvalidToken` when an id cannot be one token of a subject, pydantic's `ValidationError` when a
    field is not what its schema wants, and `PublishError` when the event could be neither stored nor kept.
    """

    def __init__(self, nats_service: trunkline.NATSService) -> None:
        self.nats_service = nats_service

    async def cv_uploaded(self, cv_id: Id, filename: str) -> Receipt:
        """A CV has been stored."""
        event = CVUploadedEvent(cv_id=cv_id, filename=filename)
        return await self._publish(CV_UPLOADED.build(cv_id=cv_id), event)

    async def cv_processing_started(self, cv_id: Id, session_id: Id) -> Receipt:
        """An analyser has begun with a CV."""
        event = CVProcessingStartedEvent(cv_id=cv_id, session_id=session_id)
        return await self._publish(CV_PROCESSING_STARTED.build(cv_id=cv_id), event)

    async def cv_processing_completed(self, cv_id: Id, session_id: Id) -> Receipt:
        """A CV has been read."""
        event = CVProcessingCompletedEvent(cv_id=cv_id, session_id=session_id)
        return await self._publish(CV_PROCESSING_COMPLETED.build(cv_id=cv_id), event)

    async def cv_processing_failed(self, cv_id: Id, session_id: Id, error: str | None = None) -> Receipt:
        """A CV could not be read; `error` says why."""
        event = CVProcessingFailedEvent(cv_id=cv_id, session_id=session_id, error=error)
        return await self._publish(CV_PROCESSING_FAILED.build(cv_id=cv_id), event)

    async def chat_message_created(self, message_id: Id, role: str, content: str) -> Receipt:
        """A chat message has been written."""
        event = ChatMessageCreatedEvent(message_id=message_id, role=role, content=content)
        return await self._publish(CHAT_MESSAGE_CREATED.build(message_id=message_id), event)

    async def agent_task_completed(self, agent_id: Id, task_id: Id, result: Mapping[str, Any]) -> Receipt:
        """An agent has finished a task. The fields of `result` also stand beside it in the event."""
        event = AgentTaskCompletedEvent(agent_id=agent_id, task_id=task_id, result=dict(result))
        return await self._publish(AGENT_TASK_COMPLETED.build(agent_id=agent_id), event)

    async def _publish(self, subject: str, event: EventSchema) -> Receipt:
        return await self.nats_service.publish_event(subject, event, persistent=True)
