"""The application: what starts, in which order, and what it answers.

    uv run uvicorn main:app --reload
    uv run trunkline worker main:service --agents cv_analyzer,profile_builder --processes 2

Settings are checked first, then the database is brought up to date and opened; then come the modules that take events,
and only then the connection to NATS and the relay of what waits in the outbox: a server without JetStream hands an
event to whoever listens at that moment. The connection begins in the background, so that the application serves with no
server at all. At the end nothing new is taken, what runs is finished and acknowledged, the connection drains, the
database closes.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import health
from api.body_limit import BodyLimit
from api.problems import add_problems
from api.v1 import (
    agents,
    analytics,
    auth,
    chat,
    clarifications,
    communication,
    cvs,
    deadletters,
    freelancers,
    nats,
    opportunities,
    projects,
    realtime,
    requirements,
    tasks,
    workflows,
)
from api.v1.uploads import FORM_BYTES
from core import database, logging
from core import nats as core_nats
from core.collecting import collecting_seldom
from core.config import check_settings, settings
from modules import runtime
from modules.offering_again import OfferingAgain
from services.reasoning import reasoning
from trunkline import registered

TAGS = [
    {"name": "NATS", "description": "The connection, trials of it, and events by hand."},
    {"name": "Health", "description": "For whoever starts and stops processes."},
]

service = core_nats.nats_service


@asynccontextmanager
async def foundations() -> AsyncIterator[None]:
    """Have what API and workers alike stand on: logging, and a database that is open and has this code's tables."""
    logging.configure_logging(settings)
    async with AsyncExitStack() as running:
        running.enter_context(collecting_seldom())
        running.push_async_callback(database.shutdown)
        await database.startup()
        running.push_async_callback(reasoning.close)
        yield


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start everything, in order; stop what was started, in the reverse order."""
    check_settings()
    async with foundations(), AsyncExitStack() as running:
        running.push_async_callback(core_nats.shutdown)
        modules = await runtime.start_modules(service, database.database, settings.modules)
        running.push_async_callback(runtime.stop_searching, modules)
        await nats.start_echo(service)
        await core_nats.startup()
        await running.enter_async_context(registered(service, modules))
        offering = OfferingAgain(service, database.database, after=settings.offer_again_seconds)
        running.push_async_callback(offering.stop)
        await offering.start()
        yield


service.agents = runtime.made_on(service, database.database)
service.lifespan = foundations

app = FastAPI(
    title="Expert sourcing",
    version="0.1.0",
    description="CVs, projects, matching and live events on NATS.",
    openapi_tags=TAGS,
    lifespan=lifespan,
)
add_problems(app)
app.add_middleware(BodyLimit, limit=settings.cv_max_bytes + FORM_BYTES)
if settings.cors_origins:
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_credentials=True,
        allow_methods=["*"],
        allow_headers=["*"],
    )

app.include_router(health.router)
app.include_router(nats.router)
app.include_router(nats.trials)
for aggregate in (
    agents,
    analytics,
    auth,
    chat,
    clarifications,
    communication,
    cvs,
    deadletters,
    freelancers,
    opportunities,
    projects,
    realtime,
    requirements,
    tasks,
    workflows,
):
    app.include_router(aggregate.router, prefix="/api/v1")
