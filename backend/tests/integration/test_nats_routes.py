"""The NATS routes: what they refuse, what they answer, and that neither costs the connection."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio

from schemas.subjects import STREAMS
from tests.application import Application
from trunkline.server import NatsServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"content-type": "application/json"}
PASSWORD = "s3cret-Word"
RECEIVE_SECONDS = 30.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[NatsServer]:
    server = NatsServer(user="platform", password=PASSWORD)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def application(server: NatsServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    async with Application(tmp_path_factory.mktemp("routes"), nats_url=server.url) as application:
        await application.connected()
        yield application


@pytest.fixture(scope="module")
def http(application: Application) -> httpx.AsyncClient:
    return application.http


async def publish(http: httpx.AsyncClient, subject: str, data: object, **more: object) -> httpx.Response:
    """Publish with a body that is ASCII whatever stands in it, so that broken Unicode can be sent too."""
    body = json.dumps({"subject": subject, "data": data, **more})
    return await http.post("/nats/publish", content=body, headers=JSON)


def fields(answer: httpx.Response, status: int = 422) -> list[str]:
    """The fields that a problem document names."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= {"type", "title", "status", "detail", "instance", "errors"}
    assert problem["status"] == status
    assert problem["instance"] == answer.url.path
    assert all(error["reason"] for error in problem["errors"])
    return [error["field"] for error in problem["errors"]]


class TestRefusals:
    """What cannot be published is a problem document that says which field and why."""

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            (b"", "body"),
            (b"null", "body"),
            (b"[1]", "body"),
            (b'"text"', "body"),
            (b"{", "body"),
            (b"{}", "subject"),
            (b'{"subject": "events.a", "data": {"x": "\xff"}}', "body"),
            (b'{"subject": "events.a", "data": {"x": ' + b"[" * 100_000, "body"),
            (b'{"subject": "events.a", "data": {"x": ' + b"9" * 5000 + b"}}", "body"),
            (b'{"subject": "events.a"}', "data"),
            (b'{"subject": "events.a", "data": [1]}', "data"),
            (b'{"subject": "events.a", "data": null}', "data"),
            (b'{"subject": "events.a", "data": "x"}', "data"),
            (b'{"subject": 1, "data": {}}', "subject"),
            (b'{"subject": "events.a", "data": {}, "persistent": "yes"}', "persistent"),
            (b'{"subject": "events.a", "data": {}, "persistant": true}', "persistant"),
            (b'{"subject": "events.a", "data": {"x": "\\ud800"}}', "data"),
            (b'{"subject": "events.a", "data": {}, "event_id": ""}', "event_id"),
            (b'{"subject": "events.a", "data": {}, "event_id": "a\\r\\nb"}', "event_id"),
            (b'{"subject": "events.a", "data": {}, "event_id": "\\ud800"}', "event_id"),
        ],
        ids=lambda value: value.decode(errors="replace")[:60] if isinstance(value, bytes) else None,
    )
    async def test_body_is_not_what_it_should_be(self, http: httpx.AsyncClient, body: bytes, named: str) -> None:
        answer = await http.post("/nats/publish", content=body, headers=JSON)
        assert fields(answer)[0] == named

    @pytest.mark.parametrize(
        "headers",
        [
            {"Nats-Msg-Id": "1"},
            {"nats-expected-stream": "CV"},
            {"ce-id": "1"},
            {"Trunkline-Test": "1"},
            {"traceparent": "00-1-1-01"},
            {"X": "a\r\nNats-Msg-Id: 1"},
            {"X\r\nNats-Msg-Id": "1"},
            {"X Y": "1"},
            {"X": "\ud800"},
            {"\ud800": "1"},
        ],
        ids=str,
    )
    async def test_header_is_not_the_callers(self, http: httpx.AsyncClient, headers: dict[str, str]) -> None:
        """Neither the server's nor Trunkline's headers can be set from outside, nor smuggled in."""
        for persistent in (True, False):
            answer = await publish(http, "events.a", {}, headers=headers, persistent=persistent)
            assert fields(answer)[0].startswith("headers")

    @pytest.mark.parametrize("persistent", [True, False])
    async def test_payload_over_the_servers_limit(self, http: httpx.AsyncClient, persistent: bool) -> None:
        answer = await publish(http, "events.large", {"x": "y" * (1 << 20)}, persistent=persistent)
        assert fields(answer, 413) == ["data"]

    async def test_headers_over_what_a_stream_takes(self, http: httpx.AsyncClient) -> None:
        """They would wait in the outbox for ever."""
        headers = {f"X-{number}": "y" * 4096 for number in range(16)}
        answer = await publish(http, "events.large", {}, persistent=True, headers=headers)
        assert fields(answer) == ["headers"]

    async def test_body_over_the_applications_limit(self, http: httpx.AsyncClient) -> None:
        """A body that is too large for any route is not read to its end, whether or not its length is declared."""

        async def undeclared() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * (1 << 20)

        for content in (b" " * (20 << 20), undeclared()):
            assert fields(await http.post("/nats/publish", content=content, headers=JSON), 413) == ["body"]

    @pytest.mark.parametrize(
        ("subject", "nearest"), [("evnts.custom.action", "events."), ("projects.7.created", "project.")]
    )
    async def test_subject_that_no_stream_keeps(self, http: httpx.AsyncClient, subject: str, nearest: str) -> None:
        """A mistyped subject does not vanish: the answer names what was meant."""
        answer = await publish(http, subject, {}, persistent=True)
        assert fields(answer) == ["subject"]
        assert nearest in answer.json()["errors"][0]["reason"]

    @pytest.mark.parametrize(
        ("subject", "data", "named"),
        [
            ("cv.7.uploaded", {}, ["data.cv_id", "data.filename"]),
            ("cv..uploaded", {}, ["subject"]),
            ("cv.7.uploaded", {"cv_id": True, "filename": "a"}, ["data.cv_id"]),
            ("cv.7.uploaded", {"cv_id": [], "filename": 1}, ["data.cv_id", "data.filename"]),
            ("cv.1.uploaded", {"cv_id": "2", "filename": "a"}, ["data.cv_id"]),
            ("agent.task.completed.a", {"agent_id": "b", "task_id": "t", "result": {}}, ["data.agent_id"]),
            (
                "freelancer.f1.opportunity.p1.available",
                {"project_id": "p2", "freelancer_id": "f2", "match_confidence": 0.5},
                ["data.freelancer_id", "data.project_id"],
            ),
            (
                "freelancer.f1.opportunity.p1.available",
                {"project_id": "p1", "freelancer_id": "f1", "match_confidence": 1.5},
                ["data.match_confidence"],
            ),
            (
                "project.p1.created",
                {"project_id": "p1", "requirements": {"required_skills": "python"}},
                ["data.requirements.required_skills"],
            ),
        ],
    )
    async def test_payload_that_its_schema_refuses(
        self, http: httpx.AsyncClient, subject: str, data: dict[str, Any], named: list[str]
    ) -> None:
        """A declared subject takes what its schema takes, however it is published."""
        for persistent in (True, False):
            assert fields(await publish(http, subject, data, persistent=persistent)) == named

    @pytest.mark.parametrize(
        ("route", "body", "named"),
        [
            ("cv-uploaded", {"cv_id": "a.b"}, "cv_id"),
            ("cv-uploaded", {"cv_id": ""}, "cv_id"),
            ("cv-uploaded", {"timestamp": "yesterday"}, "timestamp"),
            ("cv-uploaded", [1], "body"),
            ("chat-message", {"content": 7}, "content"),
            ("chat-message", {"message_id": "*"}, "message_id"),
            ("agent-task", {"result": [1]}, "result"),
            ("agent-task", {"agent_id": "a b"}, "agent_id"),
        ],
    )
    async def test_trial_that_cannot_be(self, http: httpx.AsyncClient, route: str, body: object, named: str) -> None:
        assert fields(await http.post(f"/nats/test/{route}", json=body)) == [named]

    @pytest.mark.parametrize(
        ("route", "body", "named"),
        [
            ("chat-message", {"content": "y" * (1 << 20)}, "content"),
            ("agent-task", {"result": {"x": "y" * (1 << 20)}, "task_id": "t"}, "result"),
            ("cv-uploaded", {"more": "y" * (1 << 20)}, "more"),
        ],
    )
    async def test_trial_that_is_too_large(self, http: httpx.AsyncClient, route: str, body: object, named: str) -> None:
        """It names a field of the body that was sent."""
        assert fields(await http.post(f"/nats/test/{route}", json=body), 413) == [named]

    async def test_one_kind_of_refusal_has_one_title(self, http: httpx.AsyncClient) -> None:
        """Too large is too large, whether the length was declared or counted."""

        async def undeclared() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * (1 << 20)

        answers = [
            await http.post("/nats/publish", content=content, headers=JSON)
            for content in (b" " * (20 << 20), undeclared())
        ]
        described = (await http.get("/openapi.json")).json()["paths"]["/nats/publish"]["post"]["responses"]["413"]
        assert {answer.json()["title"] for answer in answers} == {described["description"]}

    async def test_a_figures_time_is_not_the_events(self, http: httpx.AsyncClient) -> None:
        """The subject writes it without a dot, the event as ISO 8601."""
        data = {"metric_type": "cvs", "value": 1.0, "timestamp": "2026-01-31T09:00:00Z"}
        answer = await publish(http, "analytics.platform.cvs.20260131T090000Z", data)
        assert answer.status_code == 200, answer.text


class TestAnswers:
    """What is published is answered with its receipt, and arrives as it was."""

    async def test_more_fields_and_headers_travel(self, http: httpx.AsyncClient, server: NatsServer) -> None:
        client = await nats.connect(server.url)
        uploads = await client.subscribe("cv.88.uploaded")
        await client.flush()
        data = {"cv_id": 88, "filename": "a.pdf", "pages": [1, 2]}
        receipt = (await publish(http, "cv.88.uploaded", data, persistent=True, headers={"X-Mine": "1"})).json()
        message = await uploads.next_msg(RECEIVE_SECONDS)
        assert json.loads(message.data).items() >= data.items()
        assert message.headers is not None
        assert message.headers["X-Mine"] == "1"
        assert message.headers["Nats-Msg-Id"] == message.headers["ce-id"] == receipt["event_id"]
        assert "Trunkline-Test" not in message.headers
        await client.close()

    async def test_same_event_id_is_stored_once(self, http: httpx.AsyncClient) -> None:
        first, second = [
            (await publish(http, "events.twice", {}, persistent=True, event_id="the-same")).json() for _ in range(2)
        ]
        assert (first["duplicate"], second["duplicate"]) == (False, True)
        assert first["sequence"] == second["sequence"]

    @pytest.mark.parametrize("route", ["cv-uploaded", "chat-message", "agent-task"])
    async def test_trials_are_marked(self, http: httpx.AsyncClient, server: NatsServer, route: str) -> None:
        """The platform's own handlers can tell a trial from the real thing."""
        client = await nats.connect(server.url)
        events = await client.subscribe(">")
        await client.flush()
        receipt = (await http.post(f"/nats/test/{route}")).json()
        while (message := await events.next_msg(RECEIVE_SECONDS)).subject != receipt["subject"]:
            pass
        assert message.headers is not None
        assert message.headers["Trunkline-Test"]
        await client.close()

    async def test_uncovered_subject_may_be_sent(self, http: httpx.AsyncClient) -> None:
        """Core NATS knows no streams."""
        assert (await publish(http, "elsewhere.a", {})).json()["guarantee"] == "sent"

    async def test_request_and_reply(self, http: httpx.AsyncClient) -> None:
        answer = (await http.get("/nats/test/request-response")).json()
        assert answer["subject"] == "rpc.test.echo"
        assert answer["request"].items() <= answer["response"].items()
        assert answer["duration_ms"] > 0

    async def test_streams(self, http: httpx.AsyncClient) -> None:
        """Each declared stream is there, with its subjects and limits, and counts what it holds."""
        await publish(http, "events.one", {}, persistent=True)
        answer = (await http.get("/nats/streams")).json()
        assert answer["jetstream"] == {"available": True, "state": "yes", "reason": None}
        streams = {stream["name"]: stream for stream in answer["streams"]}
        assert {name: stream["subjects"] for name, stream in streams.items()} == {
            stream.name: list(stream.subjects) for stream in STREAMS
        }
        assert {stream["status"] for stream in streams.values()} == {"available"}
        assert all(stream["max_bytes"] > 0 for stream in streams.values())
        assert streams["ANALYTICS"]["max_age_seconds"] == 7 * 24 * 3600
        assert streams["EVENTS"]["messages"] > 0
        assert streams["EVENTS"]["bytes"] > 0

    async def test_connection_survives(self, http: httpx.AsyncClient, application: Application) -> None:
        """After all of this the first connection still stands."""
        since = (await http.get("/nats/health")).json()["since"]
        assert (await publish(http, "events.after", {}, persistent=True)).json()["guarantee"] == "stored"
        assert (await http.get("/nats/health")).json()["since"] == since
        assert application.log.count("nats_connected") <= 1

    async def test_no_secret_is_told(self, http: httpx.AsyncClient, application: Application) -> None:
        """The password of NATS_URL stands in no answer and in no log."""
        told = [(await http.get(path)).text for path in ("/nats/health", "/nats/streams", "/health/ready")]
        assert PASSWORD not in "".join([*told, application.log])
