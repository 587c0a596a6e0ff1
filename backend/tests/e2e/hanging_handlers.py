"""The application with more durable handlers, all of which hang as soon as they get an event."""

import asyncio
from typing import Any
from uuid import uuid4

from core.config import settings
from main import app
from modules import runtime
from services.nats_service import NATSService
from trunkline import Message, NATSAwareAgent
from trunkline.sql import Database

__all__ = ["app"]

HANGING = 16
_start_modules = runtime.start_modules


async def _hang(subject: str, data: dict[str, Any], msg: Message) -> None:
    (settings.data_dir / f"hanging-{uuid4()}").touch()
    await asyncio.Event().wait()


async def _with_hanging(nats_service: NATSService, database: Database, names: str = "all") -> dict[str, NATSAwareAgent]:
    for number in range(HANGING):
        await nats_service.subscribe_to_events("events.hang", _hang, durable=f"hanging-{number}")
    return await _start_modules(nats_service, database, names)


runtime.start_modules = _with_hanging
