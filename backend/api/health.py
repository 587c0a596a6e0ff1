"""Liveness and readiness, for whoever starts and stops processes.

Alive: the process answers. Ready: the database answers and the outbox has room; NATS away is no reason to send requests
elsewhere, since events wait in the outbox: it shows as `degraded`. So does a handler that gets nothing, or not all, by
its name; the log says why.
"""

from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel, Field

from core.config import settings
from core.database import get_database
from core.nats import get_nats_service
from services.nats_service import NATSService
from trunkline import DatabaseError
from trunkline.sql import Database, outbox

logger = structlog.get_logger(__name__)

router = APIRouter(prefix="/health", tags=["Health"])


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether the process should be sent requests."""

    status: Literal["ready", "degraded", "unready"] = Field(
        description="`degraded`: ready, but NATS is away, or a handler gets nothing."
    )
    database: bool
    nats: bool
    outbox_waiting: int | None = Field(description="Events that wait for their stream.")
    outbox_limit: int
    failing: list[str] = Field(description="Handlers that get nothing, or not all, though NATS is there.")


@router.get("/live", summary="The process answers")
async def live() -> Liveness:
    """Say so."""
    return Liveness()


@router.get("/ready", summary="The process can serve", responses={503: {"model": Readiness}})
async def ready(
    response: Response,
    database: Annotated[Database, Depends(get_database)],
    service: Annotated[NATSService, Depends(get_nats_service)],
) -> Readiness:
    """Ask the database how many events wait; 503 when it does not answer, or when no more may wait."""
    waiting = await _waiting(database)
    found = Readiness(
        status="ready",
        database=waiting is not None,
        nats=service.connection.is_connected,
        outbox_waiting=waiting,
        outbox_limit=settings.outbox_limit,
        failing=_failing(service),
    )
    if waiting is None or waiting >= settings.outbox_limit:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return found.model_copy(update={"status": "unready"})
    return found if found.nats and not found.failing else found.model_copy(update={"status": "degraded"})


async def _waiting(database: Database) -> int | None:
    try:
        return await database.read(outbox.waiting)
    except DatabaseError as error:
        logger.warning("not ready: the database does not answer", error=str(error))
        return None


def _failing(service: NATSService) -> list[str]:
    """Name the handlers that fail by themselves; without a connection all of them do, and are not the trouble."""
    if not service.connection.is_connected:
        return []
    return [each.durable or each.pattern for each in service.subscription_health() if each.error is not None]
