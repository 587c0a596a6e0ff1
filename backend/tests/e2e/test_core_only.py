"""On a server without JetStream, what waits in the database is offered again until it is done."""

import os
import signal
from pathlib import Path

import pytest

from tests.application import Application, free_port
from tests.e2e.people import Person, until
from tests.e2e.test_main_job import PROJECT, PYTHON_CV
from trunkline.server import NatsServer
from trunkline.testing import NatsServerFactory

SOON = {"OFFER_AGAIN_SECONDS": "2"}


@pytest.mark.long
async def test_a_cv_whose_reader_was_killed_is_read_after_the_restart(
    core_nats_server: NatsServer, tmp_path: Path
) -> None:
    hangs = "tests.e2e.first_reading_hangs:app"
    async with Application(tmp_path, nats_url=core_nats_server.url, app=hangs, environment=SOON) as killed:
        await killed.connected()
        person = await Person.register(killed, "freelancer")
        cv_id = await person.upload(PYTHON_CV)

        async def is_being_read() -> bool:
            return (tmp_path / "data" / "reading-has-begun").exists()

        await until(is_being_read)
        os.kill(killed.pid, signal.SIGKILL)
        await killed.ended()
    async with Application(tmp_path, nats_url=core_nats_server.url, app=hangs, environment=SOON) as again:
        person = Person(again, person.id, person.token)
        assert (await person.cv_ended(cv_id))["state"] == "completed"
        assert (await person.profile())["cv_id"] == cv_id


async def test_what_waited_for_a_server_is_done_when_one_without_jetstream_comes(
    nats_server_factory: NatsServerFactory, tmp_path: Path
) -> None:
    port = free_port()
    async with Application(tmp_path, nats_url=f"nats://127.0.0.1:{port}") as application:
        person, owner = await Person.register(application, "freelancer"), await Person.register(application, "owner")
        cv_id = await person.upload(PYTHON_CV)
        project = await owner.post("/projects", PROJECT)
        await nats_server_factory(port=port, jetstream=False)
        assert (await person.cv_ended(cv_id))["state"] == "completed"

        async def matched() -> bool:
            return [match["freelancer_id"] for match in await owner.ranking(project["id"])] == [person.id]

        await until(matched)


@pytest.mark.long
async def test_what_waited_in_a_process_that_was_killed_is_done_by_the_next_one(
    core_nats_server: NatsServer, tmp_path: Path
) -> None:
    async with Application(tmp_path, nats_url=f"nats://127.0.0.1:{free_port()}") as killed:
        person = await Person.register(killed, "freelancer")
        cv_id = await person.upload(PYTHON_CV)
        os.kill(killed.pid, signal.SIGKILL)
        await killed.ended()
    async with Application(tmp_path, nats_url=core_nats_server.url) as again:
        person = Person(again, person.id, person.token)
        assert (await person.cv_ended(cv_id))["state"] == "completed"
