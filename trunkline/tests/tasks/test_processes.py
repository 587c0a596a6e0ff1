"""Tasks across processes: a worker is killed, a task is canceled from elsewhere, everything stops for a while."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from trunkline.server import NatsServer
from trunkline.sql import Database
from trunkline.tasks import TaskState
from trunkline.testing import NatsServerFactory

from .conftest import LIMIT, Count, World, ended, started, states

EVERYWHERE = pytest.mark.parametrize(
    ("database_url", "server"),
    [
        pytest.param("sqlite", "jetstream", marks=pytest.mark.long),
        pytest.param("postgresql", "jetstream", marks=pytest.mark.long),
        ("sqlite", "core"),
    ],
    indirect=True,
)
"""Each kind of database and of server; both in every combination would show no more, and take long."""
PROGRAM = Path(__file__).with_name("programs") / "task_worker.py"


class Worker:
    """A process that does tasks."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, word: str) -> str:
        """Return its next line that begins with a word."""
        assert self.process.stdout is not None
        async with asyncio.timeout(LIMIT):
            while line := (await self.process.stdout.readline()).decode().strip():
                if line.startswith(word):
                    return line
        raise AssertionError(f"the worker ended without saying {word!r}")

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """End it."""
        os.kill(self.process.pid, number)
        async with asyncio.timeout(LIMIT):
            await self.process.wait()


Start = Callable[[str], Awaitable[Worker]]


async def effects(database: Database) -> list[tuple[str, str]]:
    rows = await database.read(lambda session: session.execute(text("SELECT task, what FROM effects")).all())
    return [(row.task, row.what) for row in rows]


@pytest_asyncio.fixture
async def server(request: pytest.FixtureRequest, nats_server_factory: NatsServerFactory) -> NatsServer:
    """A server with JetStream, unless the test says otherwise."""
    return await nats_server_factory(jetstream=getattr(request, "param", "jetstream") == "jetstream")


@pytest_asyncio.fixture
async def here(server: NatsServer, database: Database) -> AsyncIterator[World]:
    """This process, which does no tasks."""
    create = text("CREATE TABLE effects (process INTEGER, task TEXT, what TEXT)")
    await database.write(lambda session: session.execute(create) and None)
    world = await started(server.url, database)
    yield world
    await ended(world)


@pytest_asyncio.fixture
async def start(server: NatsServer, database_url: str, here: World) -> AsyncIterator[Start]:
    """Start a worker, in a mode."""
    workers: list[Worker] = []

    async def start(mode: str) -> Worker:
        arguments = [sys.executable, str(PROGRAM), database_url, server.url, mode]
        worker = Worker(await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE))
        workers.append(worker)
        await worker.says("started")
        return worker

    yield start
    for worker in workers:
        if worker.process.returncode is None:
            await worker.kill()


@EVERYWHERE
async def test_the_task_of_a_killed_worker_is_done_by_another_and_its_effect_happens_once(
    here: World, start: Start
) -> None:
    first = await start("hang")
    task_id = await here.tasks.submit("count", Count(to=7))
    assert await first.says("begun") == f"begun {task_id} 1"
    second = await start("work")
    await first.kill()
    assert await second.says("begun") == f"begun {task_id} 2"
    task = await here.end_of(task_id)
    assert (task.state, task.attempts) == ("completed", 2)
    kinds = [event.kind async for event in here.tasks.events(task_id)]
    assert kinds == ["state", "state", "attempt", "state"]
    assert await effects(here.database) == [(task_id, "7")]


@pytest.mark.long
async def test_many_tasks_act_once_each_whoever_is_killed_meanwhile(here: World, start: Start) -> None:
    workers = [await start("work") for _ in range(2)]
    ids = []
    for number in range(30):
        ids.append(await here.tasks.submit("count", Count(to=number)))
        if number == 10:
            await workers[0].kill()
        if number == 20:
            await start("work")
    for task_id in ids:
        assert (await here.end_of(task_id)).state is TaskState.COMPLETED
    assert sorted(await effects(here.database)) == sorted((id, str(number)) for number, id in enumerate(ids))


async def test_a_task_is_canceled_in_the_process_that_runs_it(here: World, start: Start) -> None:
    worker = await start("hang")
    task_id = await here.tasks.submit("count", Count(to=1))
    await worker.says("begun")
    await here.tasks.cancel(task_id)
    assert await worker.says("cancelled") == f"cancelled {task_id} True"
    assert states(await here.end_of(task_id)) == ["submitted", "working", "canceled"]


async def test_a_worker_that_is_told_to_end_hands_back_what_it_runs(here: World, start: Start) -> None:
    first = await start("hang")
    task_id = await here.tasks.submit("count", Count(to=1))
    await first.says("begun")
    await first.kill(signal.SIGTERM)
    assert states(await here.until(task_id, TaskState.SUBMITTED)) == ["submitted", "working", "submitted"]
    await start("work")
    assert (await here.end_of(task_id)).state is TaskState.COMPLETED


@EVERYWHERE
async def test_a_question_outlasts_every_process_and_its_task_is_resumed_once(here: World, start: Start) -> None:
    worker = await start("ask")
    task_id = await here.tasks.submit("count", Count(to=1))
    await here.until(task_id, TaskState.INPUT_REQUIRED)
    await worker.kill(signal.SIGTERM)
    await here.service.stop()
    url = here.service.connection.settings.url
    assert url is not None
    later = await started(url.get_secret_value(), here.database)
    await later.tasks.answer(task_id, "seven", by="ada")
    assert (await later.tasks.get(task_id)).state is TaskState.SUBMITTED
    others = [await start("ask") for _ in range(2)]
    task = await later.end_of(task_id)
    await ended(later)
    assert (task.state, task.result) == ("completed", {"what": "seven"})
    assert states(task) == ["submitted", "working", "input-required", "submitted", "working", "completed"]
    assert await effects(here.database) == [(task_id, "seven")]
    assert all(other.process.returncode is None for other in others)
