"""Whoever holds the integration guide can follow it on this code: every path, route, name, signature, subject and call.

The list is this file's own. Calls run against real servers, with JetStream and without; nothing dials another machine.
"""

import asyncio
import inspect
import json
import os
import subprocess
import sys
import tomllib
import warnings
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import nats
import nats.errors
import pytest
import pytest_asyncio
from nats.aio.client import Client
from pydantic.warnings import PydanticDeprecatedSince20

from core.settings import without_settings
from main import app
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from schemas.nats_schemas import CROSS_JOURNEY_SUBJECTS, FreelancerOpportunityEvent, ProjectCreatedEvent
from schemas.subjects import STREAMS
from services.nats_service import EventPublisher, NATSService
from tests.integration import guide_shapes as typed_shapes
from trunkline import Guarantee, NATSAwareAgent, NatsSettings
from trunkline.server import NatsServer
from trunkline.subjects import check_subject, matches

BACKEND = Path(__file__).resolve().parents[2]
guide_shapes: Any = typed_shapes  # written without types, as the guide is
ARRIVAL_SECONDS = 30.0
SCRIPT_SECONDS = 90.0

FILES = [
    "main.py",
    "core/nats.py",
    "services/nats_service.py",
    "schemas/nats_schemas.py",
    "api/v1/nats.py",
    "services/cv_nats_integration.py",
    "services/cv_service.py",
    "tests/integration/test_nats_integration.py",
]

NAMES = [
    ("main", "app"),
    ("services.nats_service", "NATSService"),
    ("services.nats_service", "EventPublisher"),
    ("services.cv_nats_integration", "cv_events"),
    ("schemas.nats_schemas", "ProjectCreatedEvent"),
    ("schemas.nats_schemas", "FreelancerOpportunityEvent"),
    ("schemas.nats_schemas", "CROSS_JOURNEY_SUBJECTS"),
]

ROUTES = [
    ("get", "/nats/health"),
    ("post", "/nats/test/cv-uploaded"),
    ("post", "/nats/test/chat-message"),
    ("post", "/nats/test/agent-task"),
    ("post", "/nats/publish"),
    ("get", "/nats/test/request-response"),
    ("get", "/nats/streams"),
]

SIGNATURES: list[tuple[str, Any, list[str], dict[str, Any]]] = [
    ("services.nats_service", "NATSService", ["nats_client"], {}),
    ("services.nats_service", "NATSService.publish_event", ["subject", "data", "persistent"], {"persistent": False}),
    ("services.nats_service", "NATSService.subscribe_to_events", ["subject", "handler"], {}),
    ("services.nats_service", "EventPublisher", ["nats_service"], {}),
    ("services.nats_service", "EventPublisher.agent_task_completed", ["agent_id", "task_id", "result"], {}),
    ("services.cv_nats_integration", "cv_events.on_cv_uploaded", ["cv_id", "filename"], {}),
    ("services.cv_nats_integration", "cv_events.on_cv_processing_started", ["cv_id", "session_id"], {}),
    ("services.cv_nats_integration", "cv_events.on_cv_processing_completed", ["cv_id", "session_id", "success"], {}),
    ("services.cv_nats_integration", "cv_events.on_chat_message_created", ["message_id", "role", "content"], {}),
    ("modules.freelancer_opportunity", "FreelancerOpportunityHandler", ["nats_service"], {}),
    ("modules.freelancer_opportunity", "FreelancerOpportunityHandler.setup_event_subscriptions", [], {}),
    (
        "modules.freelancer_opportunity",
        "FreelancerOpportunityHandler.handle_project_created",
        ["subject", "data", "msg"],
        {},
    ),
    (
        "modules.freelancer_opportunity",
        "FreelancerOpportunityHandler.handle_freelancer_opportunity_response",
        ["subject", "data", "msg"],
        {},
    ),
    (
        "modules.freelancer_opportunity",
        "FreelancerOpportunityHandler.process_skill_confirmations",
        ["freelancer_id", "project_id", "data"],
        {},
    ),
    ("trunkline", "NATSAwareAgent", ["agent_name", "nats_service"], {}),
    ("trunkline", "NATSAwareAgent.initialize", [], {}),
    ("trunkline", "NATSAwareAgent.setup_subscriptions", [], {}),
    (
        "trunkline",
        "NATSAwareAgent.publish_agent_result",
        ["result_type", "data", "target_agents"],
        {"target_agents": None},
    ),
    ("trunkline", "NATSAwareAgent.handle_agent_message", ["subject", "data", "msg"], {}),
]

HANDLER_METHODS = [
    "find_potential_freelancer_matches",
    "identify_skill_gaps",
    "calculate_improvement_potential",
    "extract_id_from_subject",
]

SUBJECTS = {
    "project.created": "project.{project_id}.created",
    "project.updated": "project.{project_id}.updated",
    "matching.freelancer.identified": "matching.project.{project_id}.freelancer.{freelancer_id}.identified",
    "matching.scores.updated": "matching.project.{project_id}.scores.updated",
    "communication.route": "communication.{message_type}.route",
    "communication.clarification.request": "freelancer.{freelancer_id}.clarification.{project_id}.request",
    "communication.clarification.response": "project.{project_id}.clarification.{freelancer_id}.response",
    "analytics.user.journey": "analytics.user.{user_id}.journey.{stage}",
    "analytics.platform.metric": "analytics.platform.{metric_type}.{timestamp}",
    "workflow.trigger": "workflow.{module_name}.{action}.trigger",
    "workflow.complete": "workflow.{module_name}.{action}.complete",
}

PUBLISHED = [
    "agent.task.completed.cv_analyzer",
    "agent.profile_builder.result.profile",
    "events.custom.user_action",
    "workflow.cv_processing.state_change",
    "freelancer.f1.opportunity.p1.available",
    "freelancer.f1.opportunity.p1.response",
]

URLS = [
    "nats://localhost:4222",
    "nats://your-nats-domain.up.railway.app:4222",
    "nats://nats.railway.internal:4222",
    "nats://metro.proxy.rlwy.net:40859",
]


def found(module: str, name: str) -> Any:
    thing: Any = import_module(module)
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


class TestNamesAndPlaces:
    """Files, imports and signatures."""

    @pytest.mark.parametrize("path", FILES)
    def test_file(self, path: str) -> None:
        assert (BACKEND / path).is_file()

    @pytest.mark.parametrize(("module", "name"), NAMES)
    def test_import(self, module: str, name: str) -> None:
        assert found(module, name) is not None

    @pytest.mark.parametrize(("module", "name", "arguments", "defaults"), SIGNATURES, ids=lambda v: str(v)[:60])
    def test_signature(self, module: str, name: str, arguments: list[str], defaults: dict[str, Any]) -> None:
        """The named arguments come first, in that order, by position or by name; whatever is more has a default."""
        given = {n: p for n, p in inspect.signature(found(module, name)).parameters.items() if n != "self"}
        assert list(given)[: len(arguments)] == arguments
        assert all(given[argument].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for argument in arguments)
        optional = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
        more = [p for n, p in given.items() if n not in arguments and p.kind not in optional]
        assert all(parameter.default is not inspect.Parameter.empty for parameter in more)
        assert {argument: given[argument].default for argument in defaults} == defaults

    @pytest.mark.parametrize("name", HANDLER_METHODS)
    def test_matching_methods(self, name: str) -> None:
        assert callable(getattr(FreelancerOpportunityHandler, name))

    @pytest.mark.parametrize(
        "subject", ["freelancer.f-7.opportunity.p-9.response", "freelancer.7.opportunity.9.available"]
    )
    def test_ids_come_out_of_the_subject(self, subject: str) -> None:
        """Both ids are found where the subject names only one of them by a word."""
        handler = FreelancerOpportunityHandler(NATSService(Client()))
        assert handler.extract_id_from_subject(subject, "freelancer") == subject.split(".")[1]
        assert handler.extract_id_from_subject(subject, "project") == subject.split(".")[3]

    def test_dependency(self) -> None:
        dependencies = tomllib.loads((BACKEND / "pyproject.toml").read_text())["project"]["dependencies"]
        assert "nats-py>=2.7.0" in dependencies

    @pytest.mark.parametrize("url", URLS)
    def test_forms_of_url(self, url: str) -> None:
        assert NatsSettings.model_validate({"url": url}).servers == [url]


class TestRoutes:
    """Routes, in the NATS section of the documents."""

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_route_is_documented(self, method: str, path: str) -> None:
        """Each has the tag, a response model, an example, and a body that is described."""
        document = app.openapi()
        operation = document["paths"][path][method]
        assert operation["tags"] == ["NATS"]
        reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert document["components"]["schemas"][reference.rpartition("/")[2]]["examples"]
        if method == "post":
            assert "application/json" in operation["requestBody"]["content"]

    @pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
    async def test_documents_open(self, path: str) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
            assert (await http.get(path)).status_code == 200


class TestSubjects:
    """The table of cross-journey subjects, and every other subject that the guide's calls use."""

    def test_table(self) -> None:
        assert CROSS_JOURNEY_SUBJECTS == SUBJECTS

    @pytest.mark.parametrize("template", SUBJECTS.values())
    def test_template_builds_a_kept_subject(self, template: str) -> None:
        fields = ["project_id", "freelancer_id", "message_type", "user_id", "stage", "metric_type", "timestamp"]
        assert_kept(template.format(**dict.fromkeys([*fields, "module_name", "action"], "x")))

    @pytest.mark.parametrize("subject", PUBLISHED)
    def test_published_subject_is_kept(self, subject: str) -> None:
        assert_kept(subject)


def assert_kept(subject: str) -> None:
    check_subject(subject)
    assert [s.name for s in STREAMS if any(matches(pattern, subject) for pattern in s.subjects)] == [
        subject.split(".")[0].upper()
    ]


@pytest_asyncio.fixture(params=["jetstream", "core-only"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[NatsServer]:
    server = NatsServer(jetstream=request.param == "jetstream")
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def nats_client(server: NatsServer) -> AsyncIterator[Client]:
    client = await nats.connect(server.url)
    yield client
    await client.close()


@pytest.fixture
def reached(server: NatsServer) -> Guarantee:
    """What a persistent event reaches on this server."""
    return Guarantee.STORED if server.jetstream else Guarantee.SENT


@pytest.fixture
def nats_service(nats_client: Client) -> NATSService:
    """A service around a plain client; nothing else is set up, nothing is started."""
    return NATSService(nats_client)


async def until(satisfied: Callable[[], object]) -> None:
    async with asyncio.timeout(ARRIVAL_SECONDS):
        while not satisfied():
            await asyncio.sleep(0.01)


class TestCalls:
    """The guide's calls, as they stand there, around a plain nats-py client."""

    async def test_service_keeps_the_client(self, nats_client: Client, nats_service: NATSService) -> None:
        assert nats_service.nc is nats_client

    async def test_fallback(self, nats_client: Client, nats_service: NATSService, server: NatsServer) -> None:
        """Where there is no JetStream no acknowledgement comes, and core NATS takes the event.

        A listener then has it twice, which is why `publish_event` does not do so.
        """
        subject, payload = "events.custom.user_action", b"{}"
        listening = await nats_client.subscribe(subject)
        if server.jetstream:
            await nats_client.jetstream().add_stream(name="EVENTS", subjects=["events.>"])
        try:
            js = nats_service.nc.jetstream()
            ack = await js.publish(subject, payload)
            assert (server.jetstream, ack.stream, ack.seq) == (True, "EVENTS", 1)
        except nats.errors.TimeoutError:
            assert not server.jetstream
            await nats_service.nc.publish(subject, payload)
        assert (await listening.next_msg(ARRIVAL_SECONDS)).data == payload

    async def test_agent_task_completed(self, nats_client: Client, reached: Guarantee) -> None:
        nats_service = NATSService(nats_client)
        event_publisher = EventPublisher(nats_service)
        receipt = await event_publisher.agent_task_completed(
            agent_id="cv_analyzer_1", task_id="task_123", result={"extracted_skills": ["Python", "FastAPI"]}
        )
        assert receipt
        assert receipt.guarantee is reached

    async def test_requirements_agent(self, nats_service: NATSService, reached: Guarantee) -> None:
        receipt = await EventPublisher(nats_service).agent_task_completed(
            agent_id="requirements_agent",
            task_id="gather_requirements_123",
            result={"requirements": ["Python"], "ready_for_matching": True},
        )
        assert receipt.guarantee is reached

    async def test_custom_event(self, nats_service: NATSService, reached: Guarantee) -> None:
        receipt = await nats_service.publish_event(
            subject="events.custom.user_action",
            data={"user_id": "user_123", "action": "profile_updated", "timestamp": "2026-01-31T09:00:00"},
            persistent=True,
        )
        assert receipt.guarantee is reached

    async def test_workflow_state(self, nats_service: NATSService, reached: Guarantee) -> None:
        receipt = await nats_service.publish_event(
            subject="workflow.cv_processing.state_change",
            data={
                "workflow_id": "cv_process_123",
                "state": "analysis_complete",
                "next_state": "profile_building",
                "data": {"cv_id": 123},
            },
            persistent=True,
        )
        assert receipt.guarantee is reached

    async def test_hand_off(self, nats_service: NATSService) -> None:
        """The handler finds at the top of the event what its publisher put into the result."""
        hand_off = guide_shapes.HandOff()
        await nats_service.subscribe_to_events("agent.task.completed.*", hand_off.handle_cv_analysis_complete)
        await EventPublisher(nats_service).agent_task_completed(
            agent_id="cv_analyzer",
            task_id="analyze_cv_123",
            result={"cv_id": 123, "extracted_data": {"skills": ["Python"]}, "next_step": "profile_building"},
        )
        await until(lambda: hand_off.started)
        assert hand_off.started == [(123, {"skills": ["Python"]})]

    async def test_reaction_to_an_upload(self, nats_service: NATSService) -> None:
        reactions = guide_shapes.CVReactions()
        await nats_service.subscribe_to_events("cv.*.uploaded", reactions.handle_cv_uploaded)
        await EventPublisher(nats_service).cv_uploaded(cv_id=123, filename="resume.pdf")
        await until(lambda: reactions.started)
        assert reactions.started == [123]

    async def test_request_and_reply(self, nats_service: NATSService) -> None:
        """Request and reply work beside publishing."""

        async def answer(subject: str, data: dict[str, Any], msg: Any) -> dict[str, Any]:
            return {"double": data["n"] * 2}

        await nats_service.respond("rpc.test.double", answer)
        assert await nats_service.request("rpc.test.double", {"n": 21}) == {"double": 42}


class TestMatchingPattern:
    """The cross-journey handler, written out in the guide's shape, and ours with the same methods replaced."""

    @pytest.mark.parametrize("kind", ["written out", "inherited"])
    async def test_offers_and_answers(self, nats_service: NATSService, kind: str) -> None:
        """A project leads to offers, and an answer to a new score."""
        written_out = guide_shapes.FreelancerOpportunityHandler
        handler = (written_out if kind == "written out" else inherited(written_out))(nats_service)
        await handler.setup_event_subscriptions()
        offers = await self._offers(nats_service)
        assert offers == {"f1": (0.9, ["rust"], 0.1), "f2": (0.6, ["rust"], 0.1)}
        scores: list[dict[str, Any]] = []

        async def score(subject: str, data: dict[str, Any], msg: Any) -> None:
            scores.append(data)

        await nats_service.subscribe_to_events("matching.project.p1.scores.updated", score)
        answer = {"project_id": "p1", "freelancer_id": "f1", "answer": "interested", "confirmed_skills": ["rust"]}
        await nats_service.publish_event("freelancer.f1.opportunity.p1.response", answer, persistent=True)
        await until(lambda: scores)
        assert handler.responses == [("f1", "p1", answer)]
        assert (scores[0]["freelancer_id"], scores[0]["updated_score"]) == ("f1", 0.95)

    async def _offers(self, nats_service: NATSService) -> dict[Any, tuple[float, list[str], float]]:
        """Post a project; return what the two freelancers are offered."""
        offers: list[FreelancerOpportunityEvent] = []

        async def offer(subject: str, data: FreelancerOpportunityEvent, msg: Any) -> None:
            offers.append(data)

        await nats_service.subscribe_to_events("freelancer.*.opportunity.*.available", offer)
        with warnings.catch_warnings():
            warnings.simplefilter("error", PydanticDeprecatedSince20)
            created = ProjectCreatedEvent.model_validate(
                {"project_id": "p1", "requirements": {"required_skills": ["python", "rust"]}}
            )
            await nats_service.publish_event(subject="project.p1.created", data=created.dict(), persistent=True)
            await until(lambda: len(offers) == 2)
        return {o.freelancer_id: (o.match_confidence, o.missing_skills, o.improvement_potential) for o in offers}


def inherited(written_out: Any) -> Any:
    """Our handler, with the four questions answered as the written-out one answers them."""
    questions = [name for name in HANDLER_METHODS if name != "extract_id_from_subject"]
    answers = {name: getattr(written_out, name) for name in [*questions, "process_skill_confirmations"]}
    return type("Inherited", (FreelancerOpportunityHandler,), {**answers, "responses": []})


class TestAgentTemplate:
    """The agent template, written out by its user, and ours to inherit from."""

    async def test_written_out(self, nats_service: NATSService) -> None:
        agent = guide_shapes.NATSAwareAgent("profile_builder", nats_service)
        await agent.initialize()
        await agent.publish_agent_result("profile", {"freelancer_id": 7}, target_agents=["matcher"])
        await until(lambda: agent.messages)
        self._check(*agent.messages[0])

    async def test_inherited(self, nats_service: NATSService) -> None:
        received: list[tuple[str, dict[str, Any]]] = []

        class Agent(NATSAwareAgent):
            async def setup_subscriptions(self) -> None:
                await self.subscribe("agent.*.result.*", self.handle_agent_message)

            async def handle_agent_message(self, subject: str, data: dict[str, Any], msg: Any) -> None:
                received.append((subject, data))

        agent = Agent("profile_builder", nats_service)
        await agent.initialize()
        assert len(agent.subscriptions) == 1
        await agent.publish_agent_result("profile", {"freelancer_id": 7}, target_agents=["matcher"])
        await until(lambda: received)
        self._check(*received[0])

    def _check(self, subject: str, data: dict[str, Any]) -> None:
        assert subject == "agent.profile_builder.result.profile"
        assert data["timestamp"]
        assert {name: value for name, value in data.items() if name != "timestamp"} == {
            "agent_name": "profile_builder",
            "result_type": "profile",
            "data": {"freelancer_id": 7},
            "target_agents": ["matcher"],
        }


PLAIN_CONNECTION = """
import asyncio
import os
from nats.aio.client import Client as NATS

async def test():
    nc = NATS()
    await nc.connect(os.getenv('NATS_URL'))
    print('connected')
    await nc.close()

asyncio.run(test())
"""

CV_EVENTS = """
import asyncio
import json

from fastapi import BackgroundTasks

from core import database, nats
from schemas.nats_schemas import CVUploadedEvent
from services.cv_nats_integration import cv_events
from services.outgoing import emit


async def main():
    await database.startup()
    async with nats.lifespan_nats() as nats_service:
        await nats_service.connection.wait_connected(20)
        receipts = [
            await cv_events.on_cv_uploaded(cv_id=123, filename="resume.pdf"),
            await cv_events.on_cv_processing_started(cv_id=123, session_id="session_456"),
            await cv_events.on_cv_processing_completed(cv_id=123, session_id="session_456", success=True),
            await cv_events.on_cv_processing_completed("cv-7", "s", success=False, error="encrypted"),
            await cv_events.on_chat_message_created(message_id=789, role="user", content="Hello!"),
        ]

        cv_id, filename = "cv-8", "resume.pdf"
        event = CVUploadedEvent(cv_id=cv_id, filename=filename)
        written = await database.database.write(lambda session: emit(session, f"cv.{cv_id}.uploaded", event))
        background_tasks = BackgroundTasks()
        background_tasks.add_task(cv_events.on_cv_uploaded, cv_id, filename)
        await background_tasks()
        again = await cv_events.on_cv_uploaded(cv_id, filename)
        async with asyncio.timeout(30):
            while (await cv_events.on_cv_uploaded(cv_id, filename)).guarantee == "queued":
                await asyncio.sleep(0.05)
    await database.shutdown()
    print(json.dumps([[r.subject, r.guarantee, r.event_id] for r in receipts]))
    print(json.dumps([again.event_id, written.id]))


asyncio.run(main())
"""


class TestScripts:
    """What the guide runs as a program of its own, from `backend/`."""

    async def test_plain_client_connects(self, server: NatsServer, tmp_path: Path) -> None:
        assert await run(PLAIN_CONNECTION, server.url, tmp_path) == ["connected"]

    async def test_cv_events(self, server: NatsServer, reached: Guarantee, tmp_path: Path) -> None:
        """The calls reach their subjects; an upload whose event is in the outbox gets no second one."""
        listening = await nats.connect(server.url)
        uploads = await listening.subscribe("cv.cv-8.uploaded")
        await listening.flush()
        lines = await run(CV_EVENTS, server.url, tmp_path)
        receipts = json.loads(lines[-2])
        assert [receipt[:2] for receipt in receipts] == [
            ["cv.123.uploaded", reached],
            ["cv.123.processing.started", reached],
            ["cv.123.processing.completed", reached],
            ["cv.cv-7.processing.failed", reached],
            ["chat.message.789.created", reached],
        ]
        again, written = json.loads(lines[-1])
        assert again == written
        await uploads.next_msg(ARRIVAL_SECONDS)
        await listening.flush()
        assert uploads.pending_msgs == 0
        await listening.close()


async def run(script: str, nats_url: str, folder: Path) -> list[str]:
    """Run a script in `backend/`, and return the lines that it prints."""
    own = {"ENVIRONMENT": "test", "NATS_URL": nats_url, "DATA_DIR": str(folder / "data")}
    environment = {**without_settings(os.environ), **own}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), cwd=BACKEND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SCRIPT_SECONDS):
            output, trouble = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, trouble.decode()
    return output.decode().splitlines()
