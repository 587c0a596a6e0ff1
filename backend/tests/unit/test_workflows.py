"""Workflows in the API: a timeline with cause and effect, for whom it concerns."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from models import MessageType, Role
from modules import (
    answering,
    communication_orchestrator,
    cv_analyzer,
    matched,
    profile_builder,
    requirements,
)
from schemas.nats_schemas import WorkflowTriggerEvent
from services import cv_service
from services.cv_nats_integration import CVEvents
from services.nats_service import NATSService
from sourcing.profiles import ReadProfile, ReadSkill
from tests.unit.people import Matched, Person
from trunkline import Connection, Event, Message, NatsSettings, workflows
from trunkline.sql import Database
from trunkline.sql.tables import outbox
from trunkline.tasks import QUESTION_TYPE, ending, recorded
from trunkline.wire import Received
from workflows.clarification import CLARIFICATION
from workflows.cv_processing import CV_PROCESSING
from workflows.project_matching import PROJECT_MATCHING

Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]

PROFILE = ReadProfile(skills=[ReadSkill(id="python", name="Python", evidence="Python since 2015.")])


@pytest.fixture(autouse=True)
def _no_server(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no NATS server; events wait in the outbox."""
    service = NATSService(Connection(NatsSettings(url="nats://127.0.0.1:1")), database=database)
    monkeypatch.setattr(cv_service, "cv_events", CVEvents(service))


async def waiting(database: Database, beginning: str) -> Event:
    """The newest event that waits on a subject that begins so."""
    rows = outbox.select().where(outbox.c.subject.startswith(beginning)).order_by(outbox.c.seq.desc()).limit(1)
    row = await database.read(lambda session: session.execute(rows).one())
    return Event.received(row.subject, row.payload, row.headers)


async def timeline(http: httpx.AsyncClient, asker: Person, workflow_id: str) -> dict[str, Any]:
    answer = await http.get(f"/workflows/{workflow_id}", headers=asker.signed_in)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def path(shown: dict[str, Any]) -> list[str]:
    return [step["to"] for step in shown["timeline"]]


async def uploaded(http: httpx.AsyncClient, freelancer: Person) -> str:
    answer = await http.post("/cvs", files={"file": ("cv.txt", b"Python developer")}, headers=freelancer.signed_in)
    return str(answer.json()["id"])


class TestCV:
    async def test_its_timeline_says_which_event_led_to_which(
        self, http: httpx.AsyncClient, database: Database, freelancer: Person
    ) -> None:
        cv_id = await uploaded(http, freelancer)
        upload = await waiting(database, "cv.")
        await database.write(partial(cv_analyzer.begin, cv_id=cv_id, cause=upload))
        await database.write(partial(cv_analyzer.complete, cv_id=cv_id, profile=PROFILE, cause=upload))
        handed = await waiting(database, "agent.task.completed.cv_analyzer")
        await database.write(partial(profile_builder.build, cv_id=cv_id, cause=handed))
        shown = await timeline(http, freelancer, f"cv_process_{cv_id}")
        assert (shown["workflow"], shown["state"]) == ("cv_processing", "profile_built")
        assert path(shown) == ["uploaded", "processing", "analysis_complete", "profile_building", "profile_built"]
        assert [step["because_of"] for step in shown["timeline"]] == [None, 1, 1, 3, 3]
        begun = shown["timeline"][0]
        assert begun["effects"][0] == {"event_id": upload.id, "subject": upload.subject, "led_to": [2, 3]}
        assert shown["timeline"][3]["cause"] == {"event_id": handed.id, "subject": handed.subject}
        asked = await waiting(database, "workflow.freelancer_opportunity.rematch.trigger")
        assert asked.id in [effect["event_id"] for effect in shown["timeline"][4]["effects"]]

    async def test_the_matching_that_it_asks_for_answers_it(
        self, http: httpx.AsyncClient, database: Database, freelancer: Person
    ) -> None:
        cv_id = await uploaded(http, freelancer)
        await database.write(partial(cv_analyzer.begin, cv_id=cv_id))
        await database.write(partial(cv_analyzer.complete, cv_id=cv_id, profile=PROFILE))
        await database.write(partial(profile_builder.build, cv_id=cv_id))
        trigger = WorkflowTriggerEvent.model_validate_json(
            (await waiting(database, "workflow.freelancer_opportunity.rematch.trigger")).payload
        )
        settle = partial(
            matched.settle_freelancer,
            freelancer_id=freelancer.id,
            version=1,
            asked_by=answering.asked_by(trigger),
        )
        await database.write(settle)
        complete = workflows.WorkflowCompleteEvent.model_validate_json(
            (await waiting(database, "workflow.freelancer_opportunity.rematch.complete")).payload
        )
        assert (complete.workflow_id, complete.step) == (f"cv_process_{cv_id}", trigger.model_extra["step"])  # type: ignore[index]

    async def test_a_profile_that_cannot_be_built_is_seen(
        self, http: httpx.AsyncClient, database: Database, freelancer: Person
    ) -> None:
        cv_id = await uploaded(http, freelancer)
        await database.write(partial(cv_analyzer.begin, cv_id=cv_id))
        await database.write(partial(cv_analyzer.complete, cv_id=cv_id, profile=PROFILE))
        handed = await waiting(database, "agent.task.completed.cv_analyzer")
        message = Message(Received(handed.subject, "", b"", handed.payload), event=handed)
        await database.write(partial(profile_builder.give_up, msg=message))
        assert (await timeline(http, freelancer, f"cv_process_{cv_id}"))["state"] == "profile_failed"

    async def test_a_reading_that_does_not_end_fails_and_may_still_complete(
        self, http: httpx.AsyncClient, database: Database, freelancer: Person
    ) -> None:
        cv_id = await uploaded(http, freelancer)
        await database.write(partial(cv_analyzer.begin, cv_id=cv_id))
        late = partial(workflows.move, workflow=CV_PROCESSING, id=f"cv_process_{cv_id}", on=workflows.LATE)
        step = await database.write(late)
        subjects = [effect["subject"] for effect in step.effects]
        assert (subjects[0], subjects[-1]) == (f"cv.{cv_id}.processing.failed", "workflow.cv_processing.state_change")
        cv = (await http.get(f"/cvs/{cv_id}", headers=freelancer.signed_in)).json()
        assert (cv["state"], "fault on our side" in cv["error"]) == ("failed", True)
        await database.write(partial(cv_analyzer.complete, cv_id=cv_id, profile=PROFILE))
        assert (await timeline(http, freelancer, f"cv_process_{cv_id}"))["state"] == "analysis_complete"

    async def test_what_nobody_begins_is_told_again_under_its_first_id(
        self, http: httpx.AsyncClient, database: Database, freelancer: Person
    ) -> None:
        cv_id = await uploaded(http, freelancer)
        upload = await waiting(database, "cv.")
        await database.write(lambda session: session.execute(outbox.delete()))
        late = partial(workflows.move, workflow=CV_PROCESSING, id=f"cv_process_{cv_id}", on=workflows.LATE)
        await database.write(late)
        assert (await waiting(database, "cv.")).id == upload.id
        await database.write(partial(cv_analyzer.begin, cv_id=cv_id))
        assert path(await timeline(http, freelancer, f"cv_process_{cv_id}")) == [
            "uploaded",
            "reading_overdue",
            "processing",
        ]


class TestProject:
    async def test_requirements_and_matching_may_come_in_either_order(
        self, http: httpx.AsyncClient, database: Database, owner: Person
    ) -> None:
        gather = partial(requirements.settle, version=1, gathered=None)
        match = partial(matched.settle_project, version=1)
        for steps, states in (
            ((gather, match), ["posted", "ready", "matched"]),
            ((match, gather), ["posted", "matched", "matched"]),
        ):
            body = {"title": "A backend", "requirements": {"required_skills": ["Python"]}}
            project_id = (await http.post("/projects", json=body, headers=owner.signed_in)).json()["id"]
            created = await waiting(database, f"project.{project_id}.created")
            for step in steps:
                await database.write(partial(step, project_id=project_id, cause=created))
            shown = await timeline(http, owner, f"project_match_{project_id}")
            assert path(shown) == states
            assert [step["because_of"] for step in shown["timeline"]] == [None, 1, 1]

    async def test_each_change_is_matched_until_the_project_is_closed(
        self, http: httpx.AsyncClient, database: Database, owner: Person
    ) -> None:
        project_id = (await http.post("/projects", json={"title": "A"}, headers=owner.signed_in)).json()["id"]
        for title, state in (("B", "open"), ("B", "closed")):
            edit = {"title": title, "state": state}
            await http.patch(f"/projects/{project_id}", json=edit, headers=owner.signed_in)
        shown = await timeline(http, owner, f"project_match_{project_id}")
        assert path(shown) == ["posted", "changed", "closed"]
        assert shown["ended_at"] is not None
        assert shown["due"] is None

    async def test_one_that_is_not_matched_in_time_is_overdue_and_told_of_again(
        self, http: httpx.AsyncClient, database: Database, owner: Person
    ) -> None:
        project_id = (await http.post("/projects", json={"title": "A"}, headers=owner.signed_in)).json()["id"]
        created = await waiting(database, f"project.{project_id}.created")
        await database.write(lambda session: session.execute(outbox.delete()))
        late = partial(workflows.move, workflow=PROJECT_MATCHING, id=f"project_match_{project_id}", on=workflows.LATE)
        await database.write(late)
        assert (await waiting(database, f"project.{project_id}.")).id == created.id
        assert (await timeline(http, owner, f"project_match_{project_id}"))["state"] == "overdue"


class TestClarification:
    async def test_who_does_not_answer_is_reminded_and_who_asked_is_told(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        body = {"project_id": made.project_id, "question": "When?"}
        asked = (await http.post("/clarifications", json=body, headers=freelancer.signed_in)).json()["id"]
        deliver = partial(
            communication_orchestrator.route_clarification,
            clarification_id=asked,
            message_type=MessageType.CLARIFICATION_REQUEST,
            cause=await waiting(database, "freelancer."),
        )
        await database.write(deliver)
        late = partial(workflows.move, workflow=CLARIFICATION, id=f"clarification_{asked}", on=workflows.LATE)
        await database.write(late)
        reminder = await waiting(database, "communication.clarification_reminder.route")
        assert f'"recipient_id":"{owner.id}"' in reminder.payload.decode()
        await database.write(late)
        told = await waiting(database, "communication.clarification_unanswered.route")
        assert f'"recipient_id":"{freelancer.id}"' in told.payload.decode()
        answer = {"answer": "In March."}
        answered = await http.post(f"/clarifications/{asked}/answer", json=answer, headers=owner.signed_in)
        assert answered.status_code == 200
        for side in (owner, freelancer):
            shown = await timeline(http, side, f"clarification_{asked}")
            assert path(shown) == ["asked", "delivered", "reminded", "unanswered", "answered"]
            assert shown["timeline"][1]["because_of"] == 1

    async def test_nobody_is_reminded_of_a_question_that_was_withdrawn(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        body = {"project_id": made.project_id, "question": "When?"}
        asked = (await http.post("/clarifications", json=body, headers=freelancer.signed_in)).json()["id"]

        def withdraw(session: Session) -> None:
            task_id = recorded.find(session, QUESTION_TYPE, asked)
            assert task_id is not None
            ending.cancel(session, task_id, by=freelancer.id, reason=None)

        await database.write(withdraw)
        late = partial(workflows.move, workflow=CLARIFICATION, id=f"clarification_{asked}", on=workflows.LATE)
        assert [effect["subject"] for effect in (await database.write(late)).effects] == [
            "workflow.clarification.state_change"
        ]


class TestAccess:
    async def test_everybody_sees_theirs_and_an_operator_all(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, operator: Person, person: Make, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        cv = f"cv_process_{await uploaded(http, freelancer)}"
        project = f"project_match_{made.project_id}"
        body = {"project_id": made.project_id, "question": "When?"}
        asked = await http.post("/clarifications", json=body, headers=freelancer.signed_in)
        question = f"clarification_{asked.json()['id']}"
        stranger, other = await person(Role.FREELANCER), await person(Role.OWNER)
        sees = {
            owner: [question, project],
            freelancer: [question, cv],
            operator: [question, cv, project],
            stranger: [],
            other: [],
        }
        for asker, expected in sees.items():
            found = (await http.get("/workflows", headers=asker.signed_in)).json()["items"]
            assert [each["id"] for each in found] == expected
            for workflow_id in (question, cv, project):
                answer = await http.get(f"/workflows/{workflow_id}", headers=asker.signed_in)
                assert answer.status_code == (200 if workflow_id in expected else 404)
        assert (await http.get("/workflows")).status_code == 401

    async def test_a_list_comes_in_pages_and_can_be_narrowed(self, http: httpx.AsyncClient, freelancer: Person) -> None:
        ids = [f"cv_process_{await uploaded(http, freelancer)}" for _ in range(3)]
        first = (await http.get("/workflows?limit=2", headers=freelancer.signed_in)).json()
        assert [each["id"] for each in first["items"]] == ids[:0:-1]
        second = (await http.get(f"/workflows?limit=2&after={first['next']}", headers=freelancer.signed_in)).json()
        assert ([each["id"] for each in second["items"]], second["next"]) == (ids[:1], None)
        none = await http.get("/workflows?workflow=cv_processing&state=failed", headers=freelancer.signed_in)
        assert none.json()["items"] == []
