"""Events of the CV and chat workflows, as single calls for services that already do the work.

    background_tasks.add_task(cv_events.on_cv_uploaded, cv_id, filename)

An upload through the API has put its event into the outbox within its own transaction; `on_cv_uploaded` then finds that
event's receipt and publishes nothing: one upload, one event, and no crash in between can lose it. For a CV that came
another way it publishes.
"""

from schemas.nats_schemas import Id
from schemas.subjects import CV_UPLOADED
from services.nats_service import EventPublisher, NATSService
from trunkline import Receipt
from trunkline.sql import outbox


class CVEvents:
    """What happens to CVs and chat messages, told by one call each; every call answers with the event's receipt.

    Args:
        nats_service: whom to publish with; default: the application's own, looked up when it is first needed.
    """

    def __init__(self, nats_service: NATSService | None = None) -> None:
        self._nats_service = nats_service

    async def on_cv_uploaded(self, cv_id: Id, filename: str) -> Receipt:
        """A CV has been stored; publishes only where the upload itself has not done so within the last day."""
        return await self._written(CV_UPLOADED.build(cv_id=cv_id)) or await self._publisher.cv_uploaded(cv_id, filename)

    async def on_cv_processing_started(self, cv_id: Id, session_id: Id) -> Receipt:
        """An analyser has begun to read a CV."""
        return await self._publisher.cv_processing_started(cv_id, session_id)

    async def on_cv_processing_completed(
        self, cv_id: Id, session_id: Id, success: bool = True, error: str | None = None
    ) -> Receipt:
        """A CV has been read, or, with ``success=False``, could not be; `error` says why."""
        if success:
            return await self._publisher.cv_processing_completed(cv_id, session_id)
        return await self._publisher.cv_processing_failed(cv_id, session_id, error)

    async def on_chat_message_created(self, message_id: Id, role: str, content: str) -> Receipt:
        """A chat message has been written."""
        return await self._publisher.chat_message_created(message_id, role, content)

    async def _written(self, subject: str) -> Receipt | None:
        database = self._service.database
        return await database.read(lambda session: outbox.receipt(session, subject=subject)) if database else None

    @property
    def _publisher(self) -> EventPublisher:
        return EventPublisher(self._service)

    @property
    def _service(self) -> NATSService:
        if self._nats_service is None:
            from core.nats import nats_service  # opens nothing, but core.nats itself is built on services

            self._nats_service = nats_service
        return self._nats_service


cv_events = CVEvents()
