"""What the unit tests share: a migrated SQLite database for each test, a folder for files, the REST routes."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import add_problems
from api.v1 import (
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
    requirements,
    tasks,
    workflows,
)
from core.database import get_database, migrate
from core.nats import get_tasks
from core.storage import Storage, get_storage
from models import Account, Opportunity, OpportunityState, Role
from services import accounts
from services.nats_service import NATSService
from tests.unit.people import Matched, Person, Waiting
from trunkline import Connection, NatsSettings
from trunkline.sql import Database
from trunkline.sql.tables import outbox
from trunkline.tasks import Tasks


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "app.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest_asyncio.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database, started."""
    shutil.copy(migrated, tmp_path / "app.db")
    opened = Database(f"sqlite:///{tmp_path / 'app.db'}")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An empty folder for files."""
    return Storage((tmp_path / "files").as_uri())


@pytest.fixture
def tasks_of_the_test(database: Database) -> Tasks:
    """Tasks in the database; nobody does them."""
    return Tasks(NATSService(Connection(NatsSettings(url=SecretStr("nats://127.0.0.1:1"))), database=database))


@pytest_asyncio.fixture
async def http(database: Database, storage: Storage, tasks_of_the_test: Tasks) -> AsyncIterator[httpx.AsyncClient]:
    """The REST routes, called in process; nobody reads the events."""
    app = FastAPI()
    add_problems(app)
    parts = (
        auth,
        cvs,
        freelancers,
        projects,
        opportunities,
        clarifications,
        communication,
        chat,
        analytics,
        deadletters,
        requirements,
        tasks,
        workflows,
    )
    for part in parts:
        app.include_router(part.router, prefix="/api/v1")
    app.dependency_overrides[get_database] = lambda: database
    app.dependency_overrides[get_storage] = lambda: storage
    app.dependency_overrides[get_tasks] = lambda: tasks_of_the_test
    app.dependency_overrides[tasks.open_streams] = tasks.OpenStreams
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as client:
        yield client


@pytest.fixture
def person(database: Database) -> Callable[..., Awaitable[Person]]:
    """Make an account, without the cost of a password."""

    async def make(role: Role, name: str = "Ada Example") -> Person:
        def write(session: Session) -> Person:
            email = f"{role}.{session.query(Account).count()}@example.org"
            made = accounts.register(session, email=email, password_hash="", name=name, role=role)
            return Person(made.id, made.name, made.email, made.role)

        return await database.write(write)

    return make


@pytest_asyncio.fixture
async def owner(person: Callable[..., Awaitable[Person]]) -> Person:
    """A project owner."""
    return await person(Role.OWNER, "Olga Owner")


@pytest_asyncio.fixture
async def freelancer(person: Callable[..., Awaitable[Person]]) -> Person:
    """A freelancer."""
    return await person(Role.FREELANCER, "Fred Freelancer")


@pytest_asyncio.fixture
async def operator(person: Callable[..., Awaitable[Person]]) -> Person:
    """An operator."""
    return await person(Role.OPERATOR, "Opal Operator")


@pytest.fixture
def match(http: httpx.AsyncClient, database: Database) -> Callable[..., Awaitable[Matched]]:
    """Post a project, and score a freelancer for it as the matching does."""

    async def make(
        owner: Person,
        freelancer: Person,
        state: OpportunityState = OpportunityState.AVAILABLE,
        confidence: float = 0.7,
        project_id: str | None = None,
    ) -> Matched:
        if project_id is None:
            posted = await http.post("/projects", json={"title": "A backend"}, headers=owner.signed_in)
            project_id = posted.json()["id"]

        def write(session: Session) -> str:
            made = Opportunity(
                project_id=project_id,
                freelancer_id=freelancer.id,
                state=state,
                match_confidence=confidence,
                missing_skills=["NATS"],
                reasons=["Knows Python."],
            )
            session.add(made)
            session.flush()
            return made.id

        assert project_id is not None
        return Matched(project_id, await database.write(write), owner, freelancer)

    return make


@pytest.fixture
def events(database: Database) -> Callable[[str], Awaitable[list[Waiting]]]:
    """The events of the outbox whose subject begins as given, in order."""

    async def read(beginning: str) -> list[Waiting]:
        rows = select(outbox).where(outbox.c.subject.startswith(beginning)).order_by(outbox.c.seq)
        found = await database.read(lambda session: session.execute(rows).all())
        return [Waiting(row.subject, row.key, json.loads(row.payload)) for row in found]

    return read
