"""The application without its modules, for a NATS server that is not ours.

The modules' durable handlers would share their names, and so the events, with those of whoever uses that server.
"""

from main import app
from modules import runtime
from services.nats_service import NATSService
from trunkline import NATSAwareAgent
from trunkline.sql import Database

__all__ = ["app"]


async def _no_modules(nats_service: NATSService, database: Database) -> list[NATSAwareAgent]:
    return []


runtime.start_modules = _no_modules
