"""The REST side as it is served: with no NATS server at all, and in production."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.application import Application, free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"
MAX_CV = 100_000

# What may be called by anybody in production, and why.
OPEN = {
    ("POST", "/api/v1/auth/register"),  # how one becomes somebody
    ("POST", "/api/v1/auth/token"),  # how one says who one is
    ("GET", "/health/live"),  # for whoever starts and stops processes
    ("GET", "/health/ready"),
    ("GET", "/nats/health"),  # states, no secrets
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """The application with no NATS server within reach."""
    folder = tmp_path_factory.mktemp("rest")
    nowhere = f"nats://127.0.0.1:{free_port()}"
    async with Application(folder, nats_url=nowhere, environment={"CV_MAX_BYTES": str(MAX_CV)}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def production(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """The application in production, with a secret of its own."""
    folder = tmp_path_factory.mktemp("production")
    environment = {
        "ENVIRONMENT": "production",
        "SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
        "AUTO_MIGRATE": "1",
    }
    async with Application(folder, nats_url=f"nats://127.0.0.1:{free_port()}", environment=environment) as running:
        yield running


async def sign_in(http: httpx.AsyncClient, email: str, role: str) -> dict[str, str]:
    """Register somebody; return the header that signs them in."""
    body = {"email": email, "password": PASSWORD, "name": email.partition("@")[0], "role": role}
    assert (await http.post("/api/v1/auth/register", json=body)).status_code == 201
    token = await http.post("/api/v1/auth/token", data={"username": email, "password": PASSWORD})
    return {"Authorization": f"Bearer {token.json()['access_token']}"}


class TestWithNoServer:
    """Work goes on; the events wait."""

    async def test_a_cv_and_a_project_are_accepted(self, application: Application) -> None:
        http = application.http
        freelancer = await sign_in(http, "fred@example.org", "freelancer")
        uploaded = await http.post("/api/v1/cvs", files={"file": ("cv.txt", b"Python, NATS")}, headers=freelancer)
        assert uploaded.status_code == 202
        read = await http.get(f"/api/v1/cvs/{uploaded.json()['id']}", headers=freelancer)
        assert read.json()["state"] == "uploaded"

        owner = await sign_in(http, "olga@example.org", "owner")
        posted = await http.post("/api/v1/projects", json={"title": "A backend"}, headers=owner)
        assert posted.status_code == 201
        ranking = await http.get(f"/api/v1/projects/{posted.json()['id']}/matches", headers=owner)
        assert ranking.json()["matches"] == []

        ready = (await http.get("/health/ready")).json()
        assert (ready["status"], ready["nats"]) == ("degraded", False)
        assert ready["outbox_waiting"] == 6  # two journeys begun, a CV with its journey and its task, a project

    async def test_an_upload_over_the_limit_is_refused_and_the_next_is_taken(self, application: Application) -> None:
        freelancer = await sign_in(application.http, "frida@example.org", "freelancer")

        async def endless() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="cv.txt"\r\n\r\n'
            for _ in range(2_000):
                yield b"x" * 65_536
                await asyncio.sleep(0)

        headers = freelancer | {"Content-Type": "multipart/form-data; boundary=x"}
        async with httpx.AsyncClient(base_url=application.url, timeout=30.0) as http:
            try:
                answer = await http.post("/api/v1/cvs", content=endless(), headers=headers)
                assert answer.status_code == 413
            except (httpx.WriteError, httpx.ReadError):
                pass  # cut off while still sending: a client that does not listen meets this
        small = await application.http.post("/api/v1/cvs", files={"file": ("cv.txt", b"Python")}, headers=freelancer)
        assert small.status_code == 202
        listed = await application.http.get("/api/v1/cvs", headers=freelancer)
        assert [cv["id"] for cv in listed.json()["items"]] == [small.json()["id"]]

    async def test_sign_ins_do_not_hold_other_requests_up(self, application: Application) -> None:
        """Hashing passwords is off the event loop: health answers before many sign-ins are done."""
        form = {"username": "nobody@example.org", "password": PASSWORD}
        done: list[str] = []

        async def sign_in_in_vain() -> None:
            answer = await application.http.post("/api/v1/auth/token", data=form)
            assert answer.status_code == 401
            done.append("sign-in")

        async def health() -> None:
            await application.http.get("/health/live")
            done.append("health")

        async with asyncio.TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(sign_in_in_vain())
            await asyncio.sleep(0)
            tasks.create_task(health())
        assert "health" in done[:-1]


class TestInProduction:
    """Closed unless named here, and not started with a secret that everybody knows."""

    async def test_nothing_is_open_but_what_must_be(self, production: Application) -> None:
        paths = (await production.http.get("/openapi.json")).json()["paths"]
        operations = [(method.upper(), path) for path, item in paths.items() for method in item]
        assert len(operations) > 20
        opened = set()
        for method, path in operations:
            answer = await production.http.request(method, path.replace("{", "").replace("}", ""))
            if answer.status_code != 401:
                opened.add((method, path))
        changing = {(method, path) for method, path in opened if method != "GET"}
        assert changing <= OPEN
        assert {(method, path) for method, path in opened if path.startswith("/api/")} <= OPEN

    @pytest.mark.parametrize("secret", ["", "change-me", "x" * 64])
    async def test_a_secret_that_everybody_knows_is_refused(self, tmp_path: Path, secret: str) -> None:
        environment = {"ENVIRONMENT": "production", "SECRET_KEY": secret, "AUTO_MIGRATE": "1"}
        refused = Application(tmp_path, nats_url=f"nats://127.0.0.1:{free_port()}", environment=environment)
        await refused.launch()
        assert await refused.ended() != 0
        await refused.stop()
        assert "SECRET_KEY" in refused.log
        assert not (tmp_path / "data" / "secret_key").exists()

    async def test_tables_of_another_version_are_refused(self, tmp_path: Path) -> None:
        environment = {"ENVIRONMENT": "production", "SECRET_KEY": base64.b64encode(os.urandom(48)).decode()}
        refused = Application(tmp_path, nats_url=f"nats://127.0.0.1:{free_port()}", environment=environment)
        await refused.launch()
        assert await refused.ended() != 0
        await refused.stop()
        assert "manage.py migrate" in refused.log


async def test_every_operation_is_documented(application: Application) -> None:
    """A summary, a description, a response with a schema, and the errors as problem documents."""
    document = (await application.http.get("/openapi.json")).json()
    lacking = [
        f"{method.upper()} {path}: {lack}"
        for path, item in document["paths"].items()
        if path.startswith("/api/v1/") and "realtime" not in path and not path.endswith("/events")
        for method, operation in item.items()
        for lack in lacks(operation)
    ]
    assert lacking == []
    assert "422" not in document["paths"]["/api/v1/realtime/events"]["get"]["responses"]  # it takes any last id
    assert "ValidationError" not in document["components"]["schemas"]


def lacks(operation: dict[str, Any]) -> list[str]:
    """What an operation's documentation lacks."""
    found = [name for name in ("summary", "description", "tags") if not operation.get(name)]
    answers = operation["responses"]
    bodies = [
        answer.get("content", {}) for status, answer in answers.items() if status.startswith("2") and status != "204"
    ]
    if not all(body.get("application/json", {}).get("schema") for body in bodies):
        found.append("response model")
    if "content" in answers.get("204", {}):
        found.append("a 204 has no body")
    for status, answer in answers.items():
        if status.startswith(("4", "5")) and "application/problem+json" not in answer["content"]:
            found.append(f"problem document for {status}")
    return found
