"""A world of tasks: a database of each kind, a server with JetStream or without, agents that do as they are told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel, SecretStr

from trunkline import Connection, NATSService, NatsSettings, Retry, Stream
from trunkline.server import NatsServer
from trunkline.sql import Database, clock
from trunkline.tasks import Agent, Task, Tasks, TaskState, TaskView, running, timing
from trunkline.tasks.running import RunningAgent

LIMIT = 180.0
STREAMS = (Stream("AGENT", ("agent.>",)),)


class Count(BaseModel):
    """What the tasks of the tests are about."""

    to: int


class Counted(BaseModel):
    """Their result."""

    total: int


Work = Callable[[Task[Count]], Awaitable[Any]]


class World:
    """A service with its tasks, and agents that run on it."""

    def __init__(self, service: NATSService, database: Database) -> None:
        self.service = service
        self.database = database
        self.tasks = Tasks(service)
        self.agents: list[RunningAgent] = []

    async def run(self, work: Work, *, name: str = "counter", attempts: int = 3, **options: Any) -> RunningAgent:
        """Have tasks of type ``count`` done by `work`."""
        agent = Agent(name)
        retry = Retry(attempts=attempts, first_delay=0.05, max_delay=0.2)
        agent.task("count", input=Count, result=Counted, retry=retry, **options)(work)
        return await self.host(agent)

    async def host(self, agent: Agent) -> RunningAgent:
        """Run an agent until the end of the test."""
        running = agent.on(self.service)
        self.agents.append(running)
        await running.initialize()
        return running

    async def end_of(self, task_id: str) -> TaskView:
        """Return the task when it has ended."""
        async with asyncio.timeout(LIMIT):
            return await self.tasks.wait(task_id)

    async def until(self, task_id: str, state: TaskState) -> TaskView:
        """Return the task when it is in a state."""
        async with asyncio.timeout(LIMIT):
            while (task := await self.tasks.get(task_id)).state is not state:
                await asyncio.sleep(0.05)
        return task


def states(task: TaskView) -> Sequence[str]:
    """Return the states that a task went through."""
    return [event.data["state"] for event in task.transitions]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for what production waits long for."""
    monkeypatch.setattr(clock, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(running, "PULSE_SECONDS", 0.2)
    monkeypatch.setattr(timing, "OFFER_SECONDS", 0.5)


async def started(nats_url: str, database: Database) -> World:
    """Start a service."""
    connection = Connection(NatsSettings(url=SecretStr(nats_url), drain_timeout=10), streams=STREAMS)
    world = World(NATSService(connection, database=database), database)
    await world.service.start()
    await connection.wait_connected(30)
    return world


async def ended(world: World) -> None:
    """Stop it."""
    await world.service.stop()
    for agent in world.agents:
        await agent.close()


@pytest_asyncio.fixture
async def world(nats_server: NatsServer, database: Database) -> AsyncIterator[World]:
    """Give a world with JetStream, on each kind of database."""
    world = await started(nats_server.url, database)
    yield world
    await ended(world)


@pytest_asyncio.fixture
async def core_world(core_nats_server: NatsServer, one_database: Database) -> AsyncIterator[World]:
    """Give a world whose server keeps nothing."""
    world = await started(core_nats_server.url, one_database)
    yield world
    await ended(world)
