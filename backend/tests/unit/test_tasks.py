"""Tasks through the API: seen by whom they concern, followed, canceled, answered."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from modules import cv_analyzer
from services import cv_service
from services.cv_nats_integration import CVEvents
from services.nats_service import NATSService
from sourcing.profiles import ReadProfile
from tests.unit.people import Matched, Person, Waiting
from trunkline import Connection, NatsSettings
from trunkline.sql import Database
from trunkline.tasks import Question, Tasks, TaskState
from trunkline.tasks import attempts as doing

Events = Callable[[str], Awaitable[list[Waiting]]]
Match = Callable[..., Awaitable[Matched]]


@dataclass(frozen=True)
class Task:
    """The task of a CV, and whose it is."""

    id: str
    type: str
    key: str
    state: str
    freelancer: Person


@pytest.fixture
async def cv(http: httpx.AsyncClient, database: Database, freelancer: Person, monkeypatch: pytest.MonkeyPatch) -> Task:
    """The task of a CV that was uploaded, where there is no NATS server."""
    service = NATSService(Connection(NatsSettings(url=SecretStr("nats://127.0.0.1:1"))), database=database)
    monkeypatch.setattr(cv_service, "cv_events", CVEvents(service))
    file = {"file": ("cv.txt", b"Ada Example. Python.", "text/plain")}
    uploaded = await http.post("/cvs", files=file, headers=freelancer.signed_in)
    assert uploaded.status_code == 202
    [task] = (await http.get("/tasks", headers=freelancer.signed_in)).json()["items"]
    assert task["key"] == uploaded.json()["id"]
    return Task(task["id"], task["type"], task["key"], task["state"], freelancer)


async def shown_to(http: httpx.AsyncClient, task: Task) -> dict[str, Any]:
    """Return the task as its owner sees it."""
    shown: dict[str, Any] = (await http.get(f"/tasks/{task.id}", headers=task.freelancer.signed_in)).json()
    return shown


@pytest.fixture
async def task_id(database: Database, freelancer: Person) -> str:
    """A task of the freelancer's."""
    return await database.write(lambda session: Tasks.submit_in(session, "count", {"to": 1}, owner=freelancer.id))


@pytest.fixture
async def question_id(database: Database, freelancer: Person, owner: Person) -> str:
    """A question of the freelancer's task, for the owner."""
    question = Question(text="When?", choices=["May", "June"], asked_of=owner.id, limit=timedelta(days=3))
    return await database.write(lambda session: Tasks.ask_in(session, question, owner=freelancer.id))


def read(stream: str) -> list[tuple[int, str, dict[str, object]]]:
    """Read server-sent events."""
    frames = [dict(line.split(": ", 1) for line in part.splitlines()) for part in stream.split("\n\n") if part]
    return [(int(frame["id"]), frame["event"], json.loads(frame["data"])) for frame in frames]


async def test_a_task_is_seen_by_its_owner_and_operators_alone(
    http: httpx.AsyncClient, task_id: str, freelancer: Person, owner: Person, operator: Person
) -> None:
    for person, status in ((freelancer, 200), (operator, 200), (owner, 404)):
        for path in ("", "/events?after=0"):
            if status == 200 and path:
                continue  # it would not end: nobody does the task
            assert (await http.get(f"/tasks/{task_id}{path}", headers=person.signed_in)).status_code == status
    assert (await http.get(f"/tasks/{task_id}")).status_code == 401
    assert (await http.get("/tasks/nobody", headers=operator.signed_in)).status_code == 404
    shown = (await http.get(f"/tasks/{task_id}", headers=freelancer.signed_in)).json()
    assert (shown["state"], shown["input"], shown["partials"]) == ("submitted", {"to": 1}, [])
    assert [event["data"]["state"] for event in shown["transitions"]] == ["submitted"]


async def test_lists_hold_what_the_asker_may_see(
    http: httpx.AsyncClient, task_id: str, freelancer: Person, owner: Person, operator: Person
) -> None:
    async def listed(person: Person, query: str = "") -> list[str]:
        answer = await http.get(f"/tasks{query}", headers=person.signed_in)
        return [task["id"] for task in answer.json()["items"]]

    assert await listed(freelancer) == await listed(operator) == [task_id]
    assert await listed(owner) == await listed(owner, f"?owner={freelancer.id}") == []
    assert await listed(operator, f"?owner={owner.id}") == []


async def test_a_task_is_canceled_by_its_owner_once(
    http: httpx.AsyncClient, task_id: str, freelancer: Person, owner: Person
) -> None:
    url = f"/tasks/{task_id}/cancel"
    assert (await http.post(url, headers=owner.signed_in)).status_code == 404
    for _ in range(2):
        canceled = await http.post(url, json={"reason": "enough"}, headers=freelancer.signed_in)
        assert (canceled.json()["state"], canceled.json()["error"]) == ("canceled", "enough")
    assert len(canceled.json()["transitions"]) == 2


async def test_a_task_that_has_ended_is_not_canceled(
    http: httpx.AsyncClient, database: Database, question_id: str, freelancer: Person, owner: Person
) -> None:
    await http.post(f"/tasks/{question_id}/answer", json={"answer": "May"}, headers=owner.signed_in)
    refused = await http.post(f"/tasks/{question_id}/cancel", headers=freelancer.signed_in)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:trunkline:task-over")


async def test_a_question_is_answered_once_by_whom_it_asks(
    http: httpx.AsyncClient, question_id: str, freelancer: Person, owner: Person
) -> None:
    url = f"/tasks/{question_id}/answer"
    assert (await http.get(f"/tasks/{question_id}", headers=owner.signed_in)).json()["question"]["text"] == "When?"
    assert (await http.post(url, json={"answer": "May"}, headers=freelancer.signed_in)).status_code == 403
    assert (await http.post(f"/tasks/{question_id}/cancel", headers=owner.signed_in)).status_code == 403
    wrong = await http.post(url, json={"answer": "July"}, headers=owner.signed_in)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "answer")
    answered = await http.post(url, json={"answer": "June"}, headers=owner.signed_in)
    assert answered.json()["result"] == {"answer": "June", "how": "answered", "by": owner.id}
    again = await http.post(url, json={"answer": "May"}, headers=freelancer.signed_in)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trunkline:no-open-question")


async def test_events_are_resumed_after_the_last_that_was_seen(
    http: httpx.AsyncClient, database: Database, task_id: str, freelancer: Person
) -> None:
    def work(session: Session) -> None:
        doing.begin(session, task_id, 0, "counter", again=False)
        doing.partial(session, task_id, 1, {"number": 1})
        doing.complete(session, task_id, 1, "counter", lambda session: {"total": 1})

    await database.write(work)
    url = f"/tasks/{task_id}/events"
    whole = read((await http.get(url, headers=freelancer.signed_in)).text)
    assert [(number, kind) for number, kind, _ in whole] == [(1, "state"), (2, "state"), (3, "partial"), (4, "state")]
    assert whole[2][2]["data"] == {"number": 1}
    assert whole[3][2]["data"] == {"state": TaskState.COMPLETED, "agent": "counter"}
    rest = await http.get(url, headers=freelancer.signed_in | {"Last-Event-ID": "2"})
    assert read(rest.text) == whole[2:]
    assert rest.headers["content-type"].startswith("text/event-stream")


async def test_a_clarification_is_a_question_and_one_answer_answers_both(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
) -> None:
    made = await match(owner, freelancer)
    body = {"project_id": made.project_id, "question": "When?", "freelancer_id": freelancer.id}
    asked = (await http.post("/clarifications", json=body, headers=owner.signed_in)).json()
    [task] = (await http.get("/tasks", headers=owner.signed_in)).json()["items"]
    assert (task["type"], task["key"], task["state"]) == ("question", asked["id"], "input-required")
    url = f"/tasks/{task['id']}/answer"
    for no_answer in (3, " ", "May\0", "x" * 10_001):
        assert (await http.post(url, json={"answer": no_answer}, headers=freelancer.signed_in)).status_code == 422
    assert (await http.post(url, json={"answer": "May"}, headers=owner.signed_in)).status_code == 403
    answered = await http.post(url, json={"answer": "In May."}, headers=freelancer.signed_in)
    assert answered.json()["state"] == "completed"
    [shown] = (await http.get("/clarifications", headers=owner.signed_in)).json()["items"]
    assert shown["answer"] == "In May."
    assert len(await events(f"project.{made.project_id}.clarification.")) == 1
    late = await http.post(
        f"/clarifications/{asked['id']}/answer", json={"answer": "In June."}, headers=freelancer.signed_in
    )
    assert late.status_code == 409


async def test_a_question_that_was_withdrawn_is_not_answered(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer)
    body = {"project_id": made.project_id, "question": "When?", "freelancer_id": freelancer.id}
    asked = (await http.post("/clarifications", json=body, headers=owner.signed_in)).json()
    [task] = (await http.get("/tasks", headers=owner.signed_in)).json()["items"]
    await http.post(f"/tasks/{task['id']}/cancel", headers=owner.signed_in)
    url = f"/clarifications/{asked['id']}/answer"
    refused = await http.post(url, json={"answer": "In May."}, headers=freelancer.signed_in)
    assert (refused.status_code, refused.json()["detail"]) == (409, "this question was withdrawn")


class TestTheTaskOfACV:
    async def test_it_goes_along_with_the_cv(self, http: httpx.AsyncClient, database: Database, cv: Task) -> None:
        assert (cv.type, cv.state) == ("analyze_cv", "submitted")
        await database.write(lambda session: cv_analyzer.begin(session, str(cv.key)))
        profile = ReadProfile()
        await database.write(lambda session: cv_analyzer.complete(session, str(cv.key), profile))
        shown = await shown_to(http, cv)
        assert [event["data"]["state"] for event in shown["transitions"]] == ["submitted", "working", "completed"]
        assert (shown["attempts"], shown["agent"]) == (1, "cv_analyzer")
        assert shown["result"]["next_step"] == "profile_building"

    async def test_it_fails_with_the_cv(self, http: httpx.AsyncClient, database: Database, cv: Task) -> None:
        await database.write(lambda session: cv_analyzer.begin(session, str(cv.key)))
        await database.write(lambda session: cv_analyzer.fail(session, str(cv.key), "It is empty."))
        shown = await shown_to(http, cv)
        assert (shown["state"], shown["error"]) == ("failed", "It is empty.")

    @pytest.mark.parametrize("begun", [False, True])
    async def test_a_cv_whose_task_is_canceled_is_not_read(
        self, http: httpx.AsyncClient, database: Database, cv: Task, begun: bool
    ) -> None:
        if begun:
            await database.write(lambda session: cv_analyzer.begin(session, str(cv.key)))
        await http.post(f"/tasks/{cv.id}/cancel", headers=cv.freelancer.signed_in)
        if begun:
            await database.write(lambda session: cv_analyzer.complete(session, str(cv.key), ReadProfile()))
        else:
            assert await database.write(lambda session: cv_analyzer.begin(session, str(cv.key))) is None
        shown = (await http.get(f"/cvs/{cv.key}", headers=cv.freelancer.signed_in)).json()
        assert (shown["state"], shown["error"]) == ("failed", cv_analyzer.CANCELED)
        assert (await shown_to(http, cv))["state"] == "canceled"
