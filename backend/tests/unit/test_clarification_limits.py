"""Questions by template, limits of asking, and questions that are withdrawn."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.config import settings
from models import Clarification, Role, now
from services import clarification_limits
from sourcing.questions import templates
from tests.unit.people import Matched, Person
from trunkline.sql import Database
from trunkline.tasks import QUESTION_TYPE, recorded

Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]


async def ask(http: httpx.AsyncClient, made: Matched, asker: Person, **question: Any) -> httpx.Response:
    body = {"project_id": made.project_id, "freelancer_id": made.freelancer.id, **(question or {"question": "When?"})}
    return await http.post("/clarifications", json=body, headers=asker.signed_in)


async def withdraw(http: httpx.AsyncClient, database: Database, asked: str, asker: Person) -> httpx.Response:
    task_id = await database.read(lambda session: recorded.find(session, QUESTION_TYPE, asked))
    return await http.post(f"/tasks/{task_id}/cancel", headers=asker.signed_in)


class TestTemplates:
    async def test_each_side_gets_its_own_and_asks_one_by_its_id(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        listed = (await http.get("/clarifications/templates", headers=owner.signed_in)).json()
        assert {"id": "rate", "kind": "money", "text": "Would a rate of {rate} suit you?"}.items() <= next(
            each for each in listed if each["id"] == "rate"
        ).items()
        asked = await ask(http, made, owner, template="rate", parameters={"rate": "90 EUR an hour {rate}"})
        assert (asked.status_code, asked.json()["question"]) == (201, "Would a rate of 90 EUR an hour {rate} suit you?")
        refused = await ask(http, made, freelancer, template="rate", parameters={"rate": "90"})
        assert refused.json()["errors"][0]["field"] == "template"

    @pytest.mark.parametrize(
        ("question", "field"),
        [
            ({"template": "rate"}, "parameters.rate"),
            ({"template": "rate", "parameters": {"rate": "90", "__class__": "x"}}, "parameters.__class__"),
            ({"template": "rate", "parameters": {"rate": "90\nBcc: x"}}, "parameters.rate"),
            ({"template": "none"}, "template"),
            ({"template": "rate", "question": "When?"}, "body"),
            ({"parameters": {"rate": "90"}, "question": "When?"}, "body"),
        ],
    )
    async def test_what_does_not_fit_a_template_is_named(
        self,
        http: httpx.AsyncClient,
        owner: Person,
        freelancer: Person,
        match: Match,
        question: dict[str, Any],
        field: str,
    ) -> None:
        refused = await ask(http, await match(owner, freelancer), owner, **question)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)

    def test_every_place_of_a_template_is_described(self) -> None:
        for template in templates().values():
            filled = template.filled(dict.fromkeys(template.parameters, "x"))
            assert "{" not in filled
            assert set(template.asked_by) <= {Role.OWNER, Role.FREELANCER}


class TestLimits:
    async def test_open_questions_of_one_side_are_limited_until_one_is_answered_or_withdrawn(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        first, second, _ = [(await ask(http, made, owner)).json()["id"] for _ in range(3)]
        refused = await ask(http, made, owner)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:expert-sourcing:too-many-open-questions")
        assert (await ask(http, made, freelancer)).status_code == 201
        await http.post(f"/clarifications/{first}/answer", json={"answer": "Yes."}, headers=freelancer.signed_in)
        assert (await ask(http, made, owner)).status_code == 201
        assert (await withdraw(http, database, second, owner)).status_code == 200
        assert (await ask(http, made, owner)).status_code == 201

    @pytest.mark.parametrize("role", [Role.OWNER, Role.FREELANCER])
    async def test_questions_of_a_day_are_limited_over_all_matches(
        self,
        http: httpx.AsyncClient,
        database: Database,
        owner: Person,
        freelancer: Person,
        match: Match,
        monkeypatch: pytest.MonkeyPatch,
        role: Role,
    ) -> None:
        limited = settings.model_copy(update={"clarification_daily_limit": 2})
        monkeypatch.setattr(clarification_limits, "settings", limited)
        asker = owner if role is Role.OWNER else freelancer
        matches = [await match(owner, freelancer) for _ in range(3)]
        for made in matches[:2]:
            assert (await ask(http, made, asker)).status_code == 201
        refused = await ask(http, matches[2], asker)
        assert refused.status_code == 429
        assert 86_000 < int(refused.headers["retry-after"]) <= 86_400

        def a_day_passes(session: Session) -> None:
            session.execute(update(Clarification).values(created_at=now() - timedelta(hours=25)))

        await database.write(a_day_passes)
        assert (await ask(http, matches[2], asker)).status_code == 201

    async def test_whoever_waits_as_long_as_told_may_ask(
        self,
        http: httpx.AsyncClient,
        database: Database,
        owner: Person,
        freelancer: Person,
        match: Match,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        made, moment = await match(owner, freelancer), now()
        limited = settings.model_copy(update={"clarification_daily_limit": 1})
        monkeypatch.setattr(clarification_limits, "settings", limited)
        assert (await ask(http, made, owner)).status_code == 201

        def nearly_a_day_ago(session: Session) -> None:
            session.execute(update(Clarification).values(created_at=moment - timedelta(days=1, seconds=-10.4)))

        await database.write(nearly_a_day_ago)
        monkeypatch.setattr(clarification_limits, "now", lambda: moment)
        wait = int((await ask(http, made, owner)).headers["retry-after"])
        monkeypatch.setattr(clarification_limits, "now", lambda: moment + timedelta(seconds=wait))
        assert (await ask(http, made, owner)).status_code == 201


class TestWithdrawing:
    async def test_a_withdrawn_question_ends_so_and_is_not_answered(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        asked = (await ask(http, made, owner)).json()["id"]
        assert (await withdraw(http, database, asked, owner)).json()["state"] == "canceled"
        workflow = (await http.get(f"/workflows/clarification_{asked}", headers=owner.signed_in)).json()
        assert (workflow["state"], workflow["due"]) == ("withdrawn", None)
        url = f"/clarifications/{asked}/answer"
        assert (await http.post(url, json={"answer": "Yes."}, headers=freelancer.signed_in)).status_code == 409
        [shown] = (await http.get("/clarifications", headers=freelancer.signed_in)).json()["items"]
        assert shown["withdrawn_at"] is not None

    async def test_an_answered_question_is_not_withdrawn_any_more(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        asked = (await ask(http, made, owner)).json()["id"]
        await http.post(f"/clarifications/{asked}/answer", json={"answer": "Yes."}, headers=freelancer.signed_in)
        assert (await withdraw(http, database, asked, owner)).status_code == 409
        workflow = (await http.get(f"/workflows/clarification_{asked}", headers=owner.signed_in)).json()
        assert workflow["state"] == "answered"
