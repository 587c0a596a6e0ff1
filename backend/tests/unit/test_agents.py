"""Agents: an operator sees which there are, what they can do and whether they are alive."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from fastapi import FastAPI

from api.problems import add_problems
from api.v1 import agents
from core.database import get_database
from core.nats import get_registry
from schemas.subjects import STREAMS
from tests.unit.people import Person
from trunkline import AgentCard, Connection, NATSService, NatsSettings, Registry, Skill
from trunkline.server import NatsServer
from trunkline.sql import Database

LIMIT = 30.0
SKILL = Skill(id="read", description="Reads.", subject="cv.*.uploaded", queue="reader", input_schema={"type": "object"})


@pytest_asyncio.fixture
async def registry(nats_server: NatsServer, database: Database) -> AsyncIterator[Registry]:
    """The registry of a platform with two agents, of which one has ended."""
    connection = Connection(NatsSettings.model_validate({"url": nats_server.url}))
    service = NATSService(connection, database=database, streams=STREAMS)
    await service.start()
    await connection.wait_connected(LIMIT)
    registry = Registry(service)
    async with registry.entered(AgentCard("writer")):
        pass
    async with registry.entered(AgentCard("reader", "1.2.0", "A reader.", [SKILL], load=lambda: 0.5)):
        yield registry
    await service.stop()


@pytest_asyncio.fixture
async def http(registry: Registry, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The route, called in process."""
    app = FastAPI()
    add_problems(app)
    app.include_router(agents.router, prefix="/api/v1")
    app.dependency_overrides[get_database] = lambda: database
    app.dependency_overrides[get_registry] = lambda: registry
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client:
        yield client


async def test_they_are_listed_with_liveness_skills_and_instances(http: httpx.AsyncClient, operator: Person) -> None:
    reader, writer = (await http.get("/agents", headers=operator.signed_in)).json()
    assert (reader["name"], reader["liveness"], reader["version"]) == ("reader", "alive", "1.2.0")
    assert (reader["description"], reader["load"], reader["skills"]) == ("A reader.", 0.5, [SKILL.model_dump()])
    assert (writer["name"], writer["liveness"], writer["load"]) == ("writer", "gone", None)
    assert writer["instances"][0]["stopped"]
    assert writer["last_seen"] == writer["instances"][0]["last_seen"]


async def test_they_are_found_by_skill_and_by_liveness(http: httpx.AsyncClient, operator: Person) -> None:
    for asked, names in (
        ({"skill": "read"}, ["reader"]),
        ({"liveness": "gone"}, ["writer"]),
        ({"skill": "read", "liveness": "gone"}, []),
    ):
        answer = await http.get("/agents", params=asked, headers=operator.signed_in)
        assert [agent["name"] for agent in answer.json()] == names
    refused = await http.get("/agents", params={"liveness": "tired"}, headers=operator.signed_in)
    assert refused.status_code == 422


async def test_only_operators_see_them(http: httpx.AsyncClient, owner: Person) -> None:
    assert (await http.get("/agents", headers=owner.signed_in)).status_code == 403
    assert (await http.get("/agents")).status_code == 401
