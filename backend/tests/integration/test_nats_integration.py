"""The integration guide's fifteen tests, in its five categories.

Each runs against a server with JetStream, a core-only server, and no server at all; and, when NATS_URL is set in the
environment, against that server too: there the application runs without its modules, whose durable handlers would take
other people's events; the declared streams are made where they are missing, and stay. What a publish claims is held
against what a plain NATS client receives.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio
from nats.aio.subscription import Subscription
from uuid_utils import uuid4

from tests.application import Application, free_port
from trunkline.server import NatsServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

GIVEN_URL = os.environ.get("TEST_NATS_URL")
VARIANTS = ["jetstream", "core-only", "no-server", *(["given"] if GIVEN_URL else [])]
RECEIVE_SECONDS = 30.0


class Listener:
    """A plain subscription beside the application."""

    def __init__(self, subscription: Subscription | None) -> None:
        self._subscription = subscription

    async def data(self, receipt: dict[str, Any]) -> dict[str, Any] | None:
        """Return the fields of the event that was receipted; None where there is no server to receive from."""
        if self._subscription is None:
            return None
        while True:
            message = await self._subscription.next_msg(RECEIVE_SECONDS)
            if (message.headers or {}).get("ce-id") == receipt["event_id"]:
                fields: dict[str, Any] = json.loads(message.data)
                return fields

    async def ids(self, count: int) -> list[str]:
        """Return the ids of the next events, and of whatever else has come by then."""
        assert self._subscription is not None
        messages = [await self._subscription.next_msg(RECEIVE_SECONDS) for _ in range(count)]
        messages += [await self._subscription.next_msg() for _ in range(self._subscription.pending_msgs)]
        return [(message.headers or {})["ce-id"] for message in messages]


@dataclass
class Platform:
    """The application beside one kind of server."""

    variant: str
    nats_url: str | None
    http: httpx.AsyncClient
    jetstream: bool

    @property
    def has_server(self) -> bool:
        return self.variant != "no-server"

    @property
    def kept(self) -> str:
        """What a persistent publish reaches here."""
        if not self.has_server:
            return "queued"
        return "stored" if self.jetstream else "sent"

    @asynccontextmanager
    async def listening(self, subject: str) -> AsyncIterator[Listener]:
        if self.nats_url is None:
            yield Listener(None)
            return
        client = await nats.connect(self.nats_url)
        try:
            subscription = await client.subscribe(subject)
            await client.flush()
            yield Listener(subscription)
        finally:
            await client.close()

    async def publish(
        self, subject: str, data: dict[str, Any], *, persistent: bool = True, **more: Any
    ) -> httpx.Response:
        body = {"subject": subject, "data": data, "persistent": persistent, **more}
        return await self.http.post("/nats/publish", json=body)


@asynccontextmanager
async def serving(variant: str) -> AsyncIterator[str | None]:
    if variant in {"no-server", "given"}:
        yield GIVEN_URL if variant == "given" else None
        return
    server = NatsServer(jetstream=variant == "jetstream")
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=VARIANTS)
async def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    async with serving(request.param) as nats_url:
        nobody = f"nats://127.0.0.1:{free_port()}"
        # On a server that is not ours, the modules would share their durable names, and so the events, with its users.
        environment = {"MODULES": "none" if request.param == "given" else "all"}
        async with Application(folder, nats_url=nats_url or nobody, environment=environment) as application:
            if nats_url is not None:
                await application.connected()
            health = (await application.http.get("/nats/health")).json()
            yield Platform(request.param, nats_url, application.http, health["jetstream"]["available"])


def receipt(answer: httpx.Response, guarantee: str) -> dict[str, Any]:
    """The receipt of a good answer, which must be of that guarantee."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["guarantee"] == guarantee
    assert found["event_id"]
    assert (found["stream"] is not None) == (found["sequence"] is not None) == (guarantee == "stored")
    return found


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    return found


class TestHealthAndConnection:
    """Health & connection: what the application says of its server is so."""

    async def test_server_connectivity(self, platform: Platform) -> None:
        """It is connected where there is a server, and knows whether that server has JetStream."""
        streams = (await platform.http.get("/nats/streams")).json()
        health = (await platform.http.get("/nats/health")).json()
        assert health["connected"] is platform.has_server
        assert streams["jetstream"] == health["jetstream"]
        if platform.variant != "given":
            expected = {"jetstream": "yes", "core-only": "no", "no-server": "unknown"}[platform.variant]
            assert health["jetstream"]["state"] == expected
        if platform.has_server and platform.variant != "given":
            answer = (await platform.http.get("/nats/test/request-response")).json()
            assert answer["response"]["message"] == answer["request"]["message"]

    async def test_health_endpoint(self, platform: Platform) -> None:
        """The answer is whole, and 200 in any case: asking how it is cannot fail because it is not well."""
        answer = await platform.http.get("/nats/health")
        assert answer.status_code == 200
        health = answer.json()
        if platform.has_server:
            assert health["status"] == "healthy"
            assert health["state"] == "connected"
            assert health["rtt_ms"] > 0
            assert health["since"]
            assert "@" not in health["server"]
        else:
            assert health["status"] == "degraded"
            assert health["state"] in {"connecting", "reconnecting"}
            assert health["error"]


class TestEventPublishing:
    """Event publishing: the receipt says what was reached."""

    async def test_non_persistent_event(self, platform: Platform) -> None:
        """Core NATS hands the event on once; with no server there is nobody to hand it to, and that is said."""
        async with platform.listening("events.test.plain") as listener:
            answer = await platform.publish("events.test.plain", {"n": 1}, persistent=False)
            if not platform.has_server:
                assert "connect" in problem(answer, 503)["detail"]
                return
            assert await listener.data(receipt(answer, "sent")) == {"n": 1}

    async def test_persistent_event(self, platform: Platform) -> None:
        """Stored with JetStream, sent without, queued with no server; never an error."""
        async with platform.listening("events.test.kept") as listener:
            found = receipt(await platform.publish("events.test.kept", {"n": 2}), platform.kept)
            assert await listener.data(found) in ({"n": 2}, None)
            assert found["stream"] in ("EVENTS", None) or platform.variant == "given"

    async def test_custom_events_on_various_subjects(self, platform: Platform) -> None:
        """Any subject that a stream covers takes any object."""
        for subject in ("events.custom.user_action", "events.system.audit.login", "workflow.billing.step_done"):
            async with platform.listening(subject) as listener:
                data = {"user_id": "user_123", "action": "profile_updated"}
                found = receipt(await platform.publish(subject, data), platform.kept)
                assert found["subject"] == subject
                assert await listener.data(found) in (data, None)


class TestSpecializedEvents:
    """Specialised events: the trial routes publish the platform's own events, a new one each time."""

    async def test_cv_uploaded(self, platform: Platform) -> None:
        await self._publishes(platform, "cv-uploaded", "cv.*.uploaded", {"cv_id": 123, "filename": "resume.pdf"})

    async def test_chat_message(self, platform: Platform) -> None:
        body = {"message_id": 789, "role": "user", "content": "Hello!"}
        await self._publishes(platform, "chat-message", "chat.message.*.created", body)

    async def test_agent_task(self, platform: Platform) -> None:
        body = {"agent_id": "cv_analyzer_1", "task_id": "task_123", "result": {"extracted_skills": ["Python"]}}
        await self._publishes(platform, "agent-task", "agent.task.completed.*", body)

    async def _publishes(self, platform: Platform, route: str, pattern: str, body: dict[str, Any]) -> None:
        async with platform.listening(pattern) as listener:
            bare = receipt(await platform.http.post(f"/nats/test/{route}"), platform.kept)
            assert (await listener.data(bare) or body).keys() >= body.keys()
            again = receipt(await platform.http.post(f"/nats/test/{route}", json={}), platform.kept)
            assert again["event_id"] != bare["event_id"]
            wanted = {**body, "more": [1]}
            third = receipt(await platform.http.post(f"/nats/test/{route}", json=wanted), platform.kept)
            assert (await listener.data(third) or wanted).items() >= wanted.items()


class TestEdgeCasesAndPerformance:
    """Edge cases & performance."""

    async def test_invalid_subjects(self, platform: Platform) -> None:
        """A subject that is none is refused by name, whatever the server; the connection survives."""
        for subject in ("", " ", "a..b", ".a", "a.", "a b", "a.*", "a.>", "a\r\nb", "$SYS.x", "x" * 5000, "\ud800"):
            for persistent in (True, False):
                answer = await platform.http.post(
                    "/nats/publish",
                    content=json.dumps({"subject": subject, "data": {}, "persistent": persistent}),
                    headers={"content-type": "application/json"},
                )
                assert [e["field"] for e in problem(answer, 422)["errors"]] == ["subject"], subject
        receipt(await platform.publish("events.test.after", {}), platform.kept)

    async def test_large_payload(self, platform: Platform) -> None:
        """Ten kilobytes and more arrive whole."""
        data = {"text": "x" * 10_240, "items": [{"n": n, "text": "y" * 100} for n in range(500)]}
        async with platform.listening("events.test.large") as listener:
            found = receipt(await platform.publish("events.test.large", data), platform.kept)
            assert await listener.data(found) in (data, None)

    async def test_special_characters_in_filenames(self, platform: Platform) -> None:
        """Unicode, emojis, quotes and line breaks arrive as they were."""
        for filename in (
            "r\u00e9sum\u00e9 \u00fcber.pdf",
            "\u5c65\u6b74\u66f8.pdf",
            "cv \U0001f680.pdf",
            "a'b\"c\\d\n.pdf",
        ):
            async with platform.listening("cv.*.uploaded") as listener:
                body = {"filename": filename}
                found = receipt(await platform.http.post("/nats/test/cv-uploaded", json=body), platform.kept)
                assert (await listener.data(found) or body)["filename"] == filename

    async def test_long_content(self, platform: Platform) -> None:
        """A message of more than three thousand characters arrives whole."""
        body = {"content": "A long message. " * 250}
        async with platform.listening("chat.message.*.created") as listener:
            found = receipt(await platform.http.post("/nats/test/chat-message", json=body), platform.kept)
            assert (await listener.data(found) or body)["content"] == body["content"]


class TestComplexScenarios:
    """Complex scenarios."""

    async def test_rapid_publishes(self, platform: Platform) -> None:
        """Fifty at once: every one has its own receipt, and arrives once."""
        subject = f"events.rapid.{uuid4().hex}"
        async with platform.listening(subject) as listener:
            answers = await asyncio.gather(*(platform.publish(subject, {"n": n}) for n in range(50)))
            receipts = [receipt(answer, platform.kept) for answer in answers]
            assert len({found["event_id"] for found in receipts}) == 50
            if platform.kept == "stored":
                assert len({found["sequence"] for found in receipts}) == 50
            if platform.has_server:
                assert sorted(await listener.ids(50)) == sorted(found["event_id"] for found in receipts)

    async def test_mixed_data_types(self, platform: Platform) -> None:
        """Strings, numbers, booleans, null, arrays and objects keep their types."""
        data = {
            "string": "text", "integer": 42, "large": 2**53, "float": 3.25, "true": True, "null": None,
            "array": [1, "two", 3.5, False, None], "object": {"a": {"b": {"c": []}}}, "empty": {}, "\u00fc": "\u00df",
        }  # fmt: skip
        async with platform.listening("events.test.mixed") as listener:
            found = receipt(await platform.publish("events.test.mixed", data), platform.kept)
            assert await listener.data(found) in (data, None)

    async def test_nested_result(self, platform: Platform) -> None:
        """A deep result of an agent arrives whole under `result`, and its fields beside it."""
        result = {
            "profile": {"skills": [{"name": "Python", "years": 8, "evidence": ["a", {"b": 1}]}]},
            "next_step": "x",
        }
        async with platform.listening("agent.task.completed.*") as listener:
            body = {"result": result}
            found = receipt(await platform.http.post("/nats/test/agent-task", json=body), platform.kept)
            event = await listener.data(found)
            assert event is None or (event["result"] == result and event["next_step"] == "x")
