"""Agents of the API's process and of workers are seen by an operator, and so is what becomes of them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.application import BACKEND, Application
from tests.e2e.people import Person, checked, until
from trunkline.testing import NatsServerFactory

TTL = {"NATS_AGENT_TTL": "6"}
OPERATOR, PASSWORD = "opal@example.org", "a-long-enough-pass-phrase"


@asynccontextmanager
async def worker(application: Application, agents: str) -> AsyncIterator[asyncio.subprocess.Process]:
    with (application.folder / "worker.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("trunkline")), "worker", "main:service", "--agents", agents),
            cwd=BACKEND,
            env=application.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def operator(application: Application) -> Person:
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "manage.py", "create-operator", OPERATOR),
        cwd=BACKEND,
        env={**application.environment, "OPERATOR_PASSWORD": PASSWORD},
    )
    assert await asyncio.wait_for(made.wait(), 60) == 0
    form = {"username": OPERATOR, "password": PASSWORD}
    token = checked(await application.http.post("/api/v1/auth/token", data=form))["access_token"]
    return Person(application, "", token)


@pytest.mark.long
@pytest.mark.parametrize("jetstream", [True, False])
async def test_who_works_where_and_who_is_gone(
    nats_server_factory: NatsServerFactory, tmp_path: Path, jetstream: bool
) -> None:
    server = await nats_server_factory(jetstream=jetstream)
    environment = {**TTL, "MODULES": "requirements,live_updates"}
    async with Application(tmp_path, nats_url=server.url, environment=environment) as application:
        await application.connected()
        person = await operator(application)

        async def are(wanted: dict[str, str]) -> list[dict[str, Any]]:
            async def so() -> Any:
                found = await person.get("/agents")
                return found if {each["name"]: each["liveness"] for each in found} == wanted else None

            found: list[dict[str, Any]] = await until(so)
            return found

        here = {"requirements_agent": "alive", "live_updates": "alive"}
        assert {each["instances"][0]["pid"] for each in await are(here)} == {application.pid}
        async with worker(application, "cv_analyzer") as running:
            (analyzer, *_) = await are(here | {"cv_analyzer": "alive"})
            assert analyzer["instances"][0]["pid"] != application.pid
            assert "cv_id" in analyzer["skills"][0]["input_schema"]["properties"]
            os.killpg(running.pid, signal.SIGKILL)
            (analyzer, *_) = await are(here | {"cv_analyzer": "gone"})
            assert not analyzer["instances"][0]["stopped"]
        async with worker(application, "cv_analyzer") as running:
            await are(here | {"cv_analyzer": "alive"})
            running.terminate()
            await asyncio.wait_for(running.wait(), 60)
            (analyzer, *_) = await person.get("/agents")
            assert (analyzer["liveness"], analyzer["instances"][0]["stopped"]) == ("gone", True)
    log = application.log
    assert "agents_cannot" not in log
    assert "agents cannot" not in log
