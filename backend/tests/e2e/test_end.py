"""After SIGTERM the application ends within its limit, and loses nothing."""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.application import Application
from tests.e2e.hanging_handlers import HANGING
from tests.e2e.people import Person, until
from tests.e2e.test_main_job import PYTHON_CV
from trunkline.server import NatsServer

UPLOADS = 12
COMPLETED = "SELECT count(*) FROM cvs WHERE state = 'completed'"
COUNTED = "SELECT coalesce(sum(count), 0) FROM journey_stages WHERE stage = 'cv_processed'"


async def test_handlers_that_hang_share_one_limit(nats_server: NatsServer, tmp_path: Path) -> None:
    """Each of them would take its whole limit: one after another they would outlast the patience of `stop`."""
    hanging = Application(
        tmp_path,
        nats_url=nats_server.url,
        app="tests.e2e.hanging_handlers:app",
        environment={"NATS_DRAIN_TIMEOUT": "3"},
    )
    async with hanging as application:
        await application.connected()
        event = {"subject": "events.hang", "data": {}, "persistent": True}
        assert (await application.http.post("/nats/publish", json=event)).is_success

        async def all_hang() -> bool:
            return len(list((tmp_path / "data").glob("hanging-*"))) == HANGING

        await until(all_hang)


@pytest.mark.long
async def test_what_was_accepted_before_the_end_is_done_once_after_it(nats_server: NatsServer, tmp_path: Path) -> None:
    async with Application(tmp_path, nats_url=nats_server.url) as ending:
        await ending.connected()
        people = [await Person.register(ending, "freelancer") for _ in range(3)]
        uploads = [asyncio.create_task(people[n % 3].upload(PYTHON_CV)) for n in range(UPLOADS)]
        await asyncio.wait(uploads, return_when=asyncio.FIRST_COMPLETED)
        os.kill(ending.pid, signal.SIGTERM)
        await ending.ended()
        accepted = [(people[n % 3], upload.result()) for n, upload in enumerate(uploads) if upload.exception() is None]
    assert accepted
    async with Application(tmp_path, nats_url=nats_server.url) as again:
        for person, cv_id in accepted:
            assert (await Person(again, person.id, person.token).cv_ended(cv_id))["state"] == "completed"

        async def each_counted_once() -> bool:
            return figure(tmp_path, COMPLETED) == figure(tmp_path, COUNTED)

        await until(each_counted_once)
    assert figure(tmp_path, COMPLETED) == figure(tmp_path, COUNTED) >= len(accepted)


def figure(folder: Path, query: str) -> int:
    """Ask the application's database."""
    with closing(sqlite3.connect(folder / "data" / "app.db")) as connection:
        return int(connection.execute(query).fetchone()[0])
