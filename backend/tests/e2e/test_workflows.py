"""Workflows of the running platform: the whole way of a CV, and deadlines that outlast the process that set them."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.application import Application
from tests.e2e.people import Person, until
from tests.e2e.test_main_job import PROJECT, PYTHON_CV
from trunkline.server import NatsServer

SOON = {
    "OFFER_AGAIN_SECONDS": "2",
    "CLARIFICATION_REMINDER_HOURS": str(6 / 3600),
    "CLARIFICATION_DEADLINE_HOURS": str(2 / 3600),
}


@pytest.fixture(params=["nats_server", pytest.param("core_nats_server", marks=pytest.mark.long)])
def server(request: pytest.FixtureRequest) -> NatsServer:
    """A server with JetStream, and one without."""
    server: NatsServer = request.getfixturevalue(request.param)
    return server


async def comes_to(person: Person, workflow_id: str, state: str) -> dict[str, Any]:
    async def is_there() -> Any:
        workflow = await person.get(f"/workflows/{workflow_id}")
        return workflow if workflow["state"] == state else None

    found: dict[str, Any] = await until(is_there)
    return found


async def test_a_cv_is_read_built_and_matched_and_a_question_outlasts_a_kill(
    server: NatsServer, tmp_path: Path
) -> None:
    async with Application(tmp_path, nats_url=server.url, environment=SOON) as killed:
        await killed.connected()
        freelancer, owner = await Person.register(killed, "freelancer"), await Person.register(killed, "owner")
        cv_id = await freelancer.upload(PYTHON_CV)
        cv = await comes_to(freelancer, f"cv_process_{cv_id}", "matched")
        assert [step["to"] for step in cv["timeline"]] == [
            "uploaded",
            "processing",
            "analysis_complete",
            "profile_building",
            "profile_built",
            "matched",
        ]
        assert [step["because_of"] for step in cv["timeline"]] == [None, 1, 1, 3, 3, 5]

        project = await owner.post("/projects", PROJECT)
        await comes_to(owner, f"project_match_{project['id']}", "matched")
        body = {"project_id": project["id"], "freelancer_id": freelancer.id, "question": "When?"}
        question = f"clarification_{(await owner.post('/clarifications', body))['id']}"
        await comes_to(freelancer, question, "delivered")
        os.kill(killed.pid, signal.SIGKILL)
        await killed.ended()

    async with Application(tmp_path, nats_url=server.url, environment=SOON) as again:
        owner = Person(again, owner.id, owner.token)
        asked = await comes_to(owner, question, "unanswered")
        assert [step["to"] for step in asked["timeline"]] == ["asked", "delivered", "reminded", "unanswered"]
        reminded = asked["timeline"][2]
        assert (reminded["on"], reminded["effects"][0]["subject"]) == (
            "late",
            "communication.clarification_reminder.route",
        )
