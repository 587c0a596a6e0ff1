"""Whoever asks a module to act gets an answer: that it is done, or why it is not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from pydantic_core import to_json

from models import Project
from modules import runtime
from modules.answering import ACTIONS
from modules.coordination import why_not
from modules.search.changes import REINDEX
from schemas.subjects import STREAMS, WORKFLOW_TRIGGER
from services.nats_service import NATSService
from sourcing.profiles import ReadProfile
from tests.e2e.people import until
from tests.unit.modules.world import World, skill, until_streams_are_there
from trunkline import Connection, Message, NatsSettings
from trunkline.server import NatsServer
from workflows.declared import DECLARED

NAMES = (*ACTIONS, "coordination")
OURS = ("done-", "unknown-", "unfit-", "refused-")


@pytest_asyncio.fixture
async def service(nats_server: NatsServer, world: World) -> AsyncIterator[NATSService]:
    """The modules that can be asked, on a server."""
    connection = Connection(NatsSettings(url=SecretStr(nats_server.url)), streams=STREAMS)
    made = NATSService(connection, database=world.database)
    await runtime.start_modules(made, world.database, ",".join(NAMES))
    await made.start()
    yield made
    await made.stop()


async def ask(service: NATSService, module: str, action: str, workflow_id: str, **data: Any) -> None:
    event = {"module_name": module, "action": action, "data": data, "workflow_id": workflow_id, "step": 3}
    await service.publish_event(f"workflow.{module}.{action}.trigger", event, persistent=True)


async def test_every_question_is_answered(service: NATSService, world: World) -> None:
    """What can be done is done; what is about nothing, or asked of nobody, is refused in words."""
    said: list[dict[str, Any]] = []

    async def hear(subject: str, data: dict[str, Any], msg: Message) -> None:
        said.extend([data] if str(data.get("workflow_id")).startswith(OURS) else [])

    await service.subscribe_to_events("workflow.*.*.complete", hear)
    freelancer = await world.freelancer(skill("Python"))
    project = await world.project(title="Python developer", requirements={"required_skills": ["Python"]})
    extracted = ReadProfile().model_dump(mode="json")
    cv = await world.cv(freelancer, state="completed", extracted=extracted)
    ids = {"cv_id": cv, "project_id": project, "freelancer_id": freelancer}
    asked = [(module, action, field) for module, actions in ACTIONS.items() for action, field in actions.items()]
    for module, action, field in asked:
        await ask(service, module, action, f"done-{module}-{action}", **{field: ids[field]})
        await ask(service, module, action, f"unknown-{module}-{action}", **{field: "nothing"})
        await ask(service, module, action, f"unfit-{module}-{action}", **{field: "a\0b"})
    await ask(service, "matching", "match", "refused-module")
    await ask(service, "cv_analyzer", "delete", "refused-action", cv_id=cv)
    wanted = 3 * len(asked) + 2

    async def all_answered() -> bool:
        return len(said) >= wanted

    await until(all_answered)
    found = {data["workflow_id"]: data for data in said}
    assert len(found) == len(said) == wanted, "one of them was answered twice"
    assert {data["step"] for data in found.values()} == {3}
    for kind, success in (("done", True), ("unknown", False), ("unfit", False)):
        of_kind = {id: data for id, data in found.items() if id.startswith(kind)}
        assert {id: data["success"] for id, data in of_kind.items()} == dict.fromkeys(of_kind, success)
    assert "there is no module 'matching'" in found["refused-module"]["error"]
    assert "it has analyze" in found["refused-action"]["error"]
    assert (await world.get(Project, project)).matched_version == 1


async def test_a_profile_that_was_matched_at_the_version_asked_for_is_not_matched_again(
    service: NATSService, world: World
) -> None:
    """Of ten edits that wait, the first to be taken matches the profile as it is then, for them all."""
    said: list[str] = []

    async def hear(subject: str, data: dict[str, Any], msg: Message) -> None:
        said.append(str(data.get("workflow_id")))

    await service.subscribe_to_events("workflow.freelancer_opportunity.rematch.complete", hear)
    freelancer = await world.freelancer(skill("Python"), matched_version=1)
    project = await world.project(requirements={"required_skills": ["Python"]})
    for workflow_id, more in (("matched", {"version": 1}), ("forced", {})):

        async def is_answered(workflow_id: str = workflow_id) -> bool:
            return workflow_id in said

        assert await world.opportunity_of(project, freelancer) is None
        await ask(service, "freelancer_opportunity", "rematch", workflow_id, freelancer_id=freelancer, **more)
        await until(is_answered)
    assert await world.opportunity_of(project, freelancer) is not None


@pytest.mark.parametrize("action", ["match", "rematch"])
async def test_what_cannot_be_read_is_answered_and_buried_and_holds_up_nothing(
    service: NATSService, world: World, action: str
) -> None:
    said: list[tuple[Any, bool, str]] = []

    async def hear(subject: str, data: dict[str, Any], msg: Message) -> None:
        said.append((data.get("workflow_id"), data["success"], data.get("error", "")))

    await service.subscribe_to_events(f"workflow.freelancer_opportunity.{action}.complete", hear)
    freelancer = await world.freelancer(skill("Python"))
    project = await world.project(requirements={"required_skills": ["Python"]})
    subject = f"workflow.freelancer_opportunity.{action}.trigger"
    await until_streams_are_there(service)
    await service.nc.jetstream().publish(subject, b"no JSON")
    other = {"module_name": "cv_analyzer", "action": "analyze", "data": {}, "workflow_id": "other"}
    await service.nc.jetstream().publish(subject, to_json(other))
    await ask(service, "freelancer_opportunity", action, "w", project_id=project, freelancer_id=freelancer)

    async def answers() -> list[tuple[Any, bool, str]]:
        return sorted(said, key=str) if {each[0] for each in said} == {"other", "w", None} else []

    assert await until(answers) == [
        ("other", False, "module_name and action must be those of the subject"),
        ("w", True, ""),
        (None, False, "it cannot be read; its dead letter says why"),
    ]


@pytest.mark.parametrize("module", [workflow.name for workflow in DECLARED])
def test_what_a_workflow_undoes_is_its_own_affair(module: str) -> None:
    assert why_not(module, "anything") is None


@pytest.mark.parametrize("action", ["fit", "apply"])
def test_what_the_calibration_asks_itself_is_not_refused(action: str) -> None:
    assert why_not("calibration", action) is None


def test_what_every_process_does_is_not_refused() -> None:
    asked = WORKFLOW_TRIGGER.parse(REINDEX)
    assert why_not(asked["module_name"], asked["action"]) is None
    assert why_not(asked["module_name"], "index") is not None
