"""The process's connection to NATS, and the service on it.

Made here, from the settings, at import; nothing is started or opened until `startup`. The first connect happens in the
background: the application starts and serves with no server at all.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from nats.aio.client import Client

from core.config import nats_settings, settings
from core.database import database
from schemas.subjects import STREAMS
from services.nats_service import EventPublisher, NATSService
from trunkline import Connection, Registry
from trunkline.server import EmbeddedServer
from trunkline.tasks import Tasks


def _connection() -> Connection:
    """Make the connection: to NATS_URL where it is set, else to the embedded server that our processes share."""
    chosen = nats_settings()
    embedded = None if chosen.servers else EmbeddedServer(settings.data_dir / "nats", port=chosen.embedded_port)
    return Connection(chosen, embedded=embedded, streams=STREAMS)


connection = _connection()
nats_service = NATSService(
    connection,
    database=database,
    inbox_age=timedelta(days=settings.inbox_days),
    history_age=timedelta(days=settings.history_days),
)
tasks = Tasks(nats_service)

registry = Registry(nats_service)


async def startup() -> None:
    """Begin to connect, and to deliver what waits in the outbox; returns at once."""
    await nats_service.start()


async def shutdown() -> None:
    """Stop taking events, finish what runs, drain, close."""
    await nats_service.stop()


@asynccontextmanager
async def lifespan_nats() -> AsyncIterator[NATSService]:
    """Run the service as long as the block lasts."""
    await startup()
    try:
        yield nats_service
    finally:
        await shutdown()


async def get_nats_client() -> Client:
    """Return the nats-py client of the moment; a dependency. Another one may take its place after an outage."""
    return nats_service.nc


async def get_nats_service() -> NATSService:
    """Return the service; a dependency."""
    return nats_service


async def get_registry() -> Registry:
    """Return the registry of agents; a dependency."""
    return registry


async def get_event_publisher() -> EventPublisher:
    """Return a publisher of the platform's events; a dependency."""
    return EventPublisher(nats_service)


async def get_tasks() -> Tasks:
    """Return the platform's tasks; a dependency."""
    return tasks
