"""How the application starts and stops: with any server or none, with several processes, not with wrong settings."""

import asyncio
import os
import secrets
import subprocess
import sys
from pathlib import Path

import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from tests.application import BACKEND, Application, free_port
from tests.e2e.people import until
from trunkline.server import NatsServer

CONNECT_SECONDS = 30.0
STOP_SECONDS = 40.0
SECRET_KEY = secrets.token_urlsafe(48)
PASSWORD = "correct horse battery staple"


def servers_of(folder: Path) -> list[int]:
    """The nats-server processes whose configuration lies under `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        is_server = command[0].endswith(b"nats-server") and any(str(folder).encode() in part for part in command)
        found += [int(process.name)] if is_server else []
    return found


async def server_name(application: Application) -> str:
    """The server of one of the processes, as soon as that one is connected."""
    async with asyncio.timeout(CONNECT_SECONDS):
        while True:
            health = (await application.http.get("/nats/health", headers={"connection": "close"})).json()
            if health["connected"]:
                return str(health["server_name"])
            await asyncio.sleep(0.1)


async def stopped(folder: Path) -> None:
    async with asyncio.timeout(STOP_SECONDS):
        while servers_of(folder):
            await asyncio.sleep(0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
class TestEmbeddedServer:
    """With no NATS_URL, all processes of one data folder share one server."""

    @pytest.mark.long
    async def test_two_workers_share_one(self, tmp_path: Path) -> None:
        """Two workers, one server, with JetStream; it is gone some seconds after the last of them."""
        async with Application(tmp_path, arguments=["--workers", "2"]) as application:
            await application.connected()
            names = {await server_name(application) for _ in range(40)}
            assert len(names) == 1
            assert len(servers_of(tmp_path)) == 1
            assert application.log.count("Started server process") == 2
            receipt = (await application.http.post("/nats/test/cv-uploaded")).json()
            assert receipt["guarantee"] == "stored"
        await stopped(tmp_path)

    async def test_reload_comes_back_to_it(self, tmp_path: Path) -> None:
        """After a reload the application is on the same server, with what that had stored."""
        watched = tmp_path / "watched"
        watched.mkdir()
        arguments = ["--reload", "--reload-dir", str(watched), "--reload-delay", "0.1"]
        async with Application(tmp_path, arguments=arguments) as application:
            await application.connected()
            before = await server_name(application)
            first = (await application.http.post("/nats/test/chat-message")).json()
            (watched / "changed.py").write_text("")
            async with asyncio.timeout(STOP_SECONDS):
                while application.log.count("Application startup complete") < 2:
                    await asyncio.sleep(0.1)
            await application.connected()
            assert await server_name(application) == before
            assert len(servers_of(tmp_path)) == 1
            second = (await application.http.post("/nats/test/chat-message")).json()
            assert (first["sequence"], second["sequence"]) == (1, 2)


class TestNoServer:
    """With a NATS_URL at which nobody answers, everything but NATS works."""

    async def test_serves_all_the_same(self, tmp_path: Path) -> None:
        async with Application(tmp_path, nats_url=f"nats://127.0.0.1:{free_port()}") as application:
            http = application.http
            ready = await http.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            assert (await http.get("/health/live")).json() == {"status": "alive"}
            assert (await http.get("/docs")).status_code == 200
            queued = (await http.post("/nats/test/cv-uploaded")).json()
            assert queued["guarantee"] == "queued"
            assert (await http.get("/health/ready")).json()["outbox_waiting"] == 1
            assert (await http.get("/nats/health")).json()["outbox_waiting"] == 1
            asked = await http.get("/nats/test/request-response")
            assert (asked.status_code, asked.headers["content-type"]) == (503, "application/problem+json")
            streams = (await http.get("/nats/streams")).json()
            assert streams["jetstream"]["state"] == "unknown"
            assert streams["jetstream"]["reason"]
            assert {stream["status"] for stream in streams["streams"]} <= {"missing", "error"}

    async def test_full_outbox_is_not_ready(self, tmp_path: Path) -> None:
        """When no more events may wait, requests should go elsewhere; the publish that finds it full says so."""
        nobody = f"nats://127.0.0.1:{free_port()}"
        async with Application(tmp_path, nats_url=nobody, environment={"OUTBOX_LIMIT": "2"}) as application:
            answers = [await application.http.post("/nats/test/cv-uploaded") for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 503]
            assert answers[2].json()["type"] == "urn:trunkline:outbox-full"
            ready = await application.http.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (503, "unready")


class TestProduction:
    """In production the routes that publish are the operator's, and a start that would be unsafe is refused."""

    @pytest.mark.parametrize(
        ("environment", "named"),
        [
            ({}, "SECRET_KEY"),
            ({"SECRET_KEY": "changeme"}, "SECRET_KEY"),
            ({"SECRET_KEY": SECRET_KEY, "NATS_URL": "http://127.0.0.1:1"}, "NATS_URL"),
            ({"SECRET_KEY": SECRET_KEY, "MODULES": "cv_analyser"}, "there is no agent 'cv_analyser'"),
        ],
        ids=["no secret", "short secret", "wrong URL", "no such module"],
    )
    async def test_unsafe_start_is_refused(self, tmp_path: Path, environment: dict[str, str], named: str) -> None:
        settings = {"ENVIRONMENT": "production", "AUTO_MIGRATE": "1", **environment}
        application = Application(tmp_path, environment=settings)
        await application.launch()
        assert await application.ended() != 0
        assert named in application.log

    async def test_publishing_is_the_operators(self, tmp_path: Path) -> None:
        """Nobody else can publish by hand; how the connection is, anybody may ask."""
        settings = {"ENVIRONMENT": "production", "SECRET_KEY": SECRET_KEY, "AUTO_MIGRATE": "1"}
        async with Application(tmp_path, environment=settings) as application:
            await application.connected()
            create_operator(tmp_path, settings)
            http = application.http
            person = {"email": "f@example.org", "password": PASSWORD, "name": "F", "role": "freelancer"}
            assert (await http.post("/api/v1/auth/register", json=person)).status_code == 201
            tried = {}
            for email in ("", "f@example.org", "operator@example.org"):
                form = {"username": email, "password": PASSWORD}
                token = (await http.post("/api/v1/auth/token", data=form)).json()["access_token"] if email else ""
                headers = {"authorization": f"Bearer {token}"} if email else {}
                body = {"subject": "events.a", "data": {}}
                tried[email] = [
                    (await http.post("/nats/publish", json=body, headers=headers)).status_code,
                    (await http.post("/nats/test/cv-uploaded", headers=headers)).status_code,
                    (await http.post("/nats/test/chat-message", headers=headers)).status_code,
                    (await http.post("/nats/test/agent-task", headers=headers)).status_code,
                    (await http.get("/nats/test/request-response", headers=headers)).status_code,
                ]
            assert tried == {"": [401] * 5, "f@example.org": [403] * 5, "operator@example.org": [200] * 5}
            assert (await http.get("/nats/health")).status_code == 200


def create_operator(folder: Path, settings: dict[str, str]) -> None:
    environment = {**os.environ, **settings, "DATA_DIR": str(folder / "data"), "OPERATOR_PASSWORD": PASSWORD}
    command = [sys.executable, "manage.py", "create-operator", "operator@example.org"]
    subprocess.run(command, cwd=BACKEND, env=environment, check=True, timeout=60, capture_output=True)


class TestReadiness:
    """A handler that gets nothing shows, by its name, until it gets something again."""

    async def test_a_consumer_that_cannot_be_pulled_from_is_named(
        self, nats_server: NatsServer, tmp_path: Path
    ) -> None:
        client = await nats.connect(nats_server.url)
        jetstream = client.jetstream()
        await jetstream.add_stream(name="CV", subjects=["cv.>"])
        pushed = ConsumerConfig(
            durable_name="cv-analyzer", deliver_subject="events.elsewhere", ack_policy=AckPolicy.EXPLICIT
        )
        await jetstream.add_consumer("CV", pushed)
        async with Application(tmp_path, nats_url=nats_server.url) as application:

            async def shows_it() -> bool:
                answer = await application.http.get("/health/ready")
                found = answer.json()
                return (answer.status_code, found["status"], found["failing"]) == (200, "degraded", ["cv-analyzer"])

            async def is_ready() -> bool:
                found = (await application.http.get("/health/ready")).json()
                return (found["status"], found["failing"]) == ("ready", [])

            await until(shows_it)
            await jetstream.delete_consumer("CV", "cv-analyzer")
            await until(is_ready)
        await client.close()
