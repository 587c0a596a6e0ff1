"""Opportunities: what was offered, and an answer that may change."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from models import OpportunityState, Role
from services import freelancers
from tests.unit.people import Matched, Person, Waiting

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]

INTERESTED: dict[str, object] = {
    "answer": "interested",
    "confirmed_skills": ["NATS"],
    "denied_skills": ["PHP"],
    "message": "Gladly.",
}


async def answer(http: httpx.AsyncClient, match: Matched, body: dict[str, object]) -> httpx.Response:
    url = f"/opportunities/{match.opportunity_id}/response"
    return await http.post(url, json=body, headers=match.freelancer.signed_in)


class TestListing:
    """The freelancer's own, once offered."""

    async def test_an_offer_is_listed_with_its_project(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        page = (await http.get("/opportunities", headers=freelancer.signed_in)).json()
        [offer] = page["items"]
        assert (offer["id"], offer["project_title"], offer["state"]) == (made.opportunity_id, "A backend", "available")
        one = await http.get(f"/opportunities/{made.opportunity_id}", headers=freelancer.signed_in)
        assert one.json() == offer

    async def test_what_was_not_offered_and_what_is_anothers_does_not_exist(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, match: Match
    ) -> None:
        hidden = await match(owner, freelancer, state=OpportunityState.SCORED)
        anothers = await match(owner, await person(Role.FREELANCER))
        assert (await http.get("/opportunities", headers=freelancer.signed_in)).json()["items"] == []
        for each in (hidden, anothers):
            url = f"/opportunities/{each.opportunity_id}"
            assert (await http.get(url, headers=freelancer.signed_in)).status_code == 404
            refused = await http.post(f"{url}/response", json=INTERESTED, headers=freelancer.signed_in)
            assert refused.status_code == 404

    async def test_they_can_be_listed_by_state(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        await match(owner, freelancer)
        await answer(http, made, INTERESTED)
        page = await http.get("/opportunities?state=interested", headers=freelancer.signed_in)
        assert [each["id"] for each in page.json()["items"]] == [made.opportunity_id]
        assert (await http.get("/opportunities?state=scored", headers=freelancer.signed_in)).status_code == 422


class TestAnswering:
    """The last answer stands; the event says what the one before was."""

    async def test_an_answer_is_told(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        made = await match(owner, freelancer)
        answered = await answer(http, made, INTERESTED)
        assert (answered.status_code, answered.json()["state"]) == (200, "interested")
        [event] = await events("freelancer.")
        assert event.subject == f"freelancer.{freelancer.id}.opportunity.{made.project_id}.response"
        assert event.data["answer"] == "interested"
        assert (event.data["confirmed_skills"], event.data["denied_skills"]) == (["NATS"], ["PHP"])
        assert event.data["previous_answer"] is None

    async def test_it_may_be_changed(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        made = await match(owner, freelancer)
        await answer(http, made, INTERESTED)
        changed = await answer(http, made, {"answer": "declined"})
        assert changed.json()["state"] == "declined"
        assert [event.data["previous_answer"] for event in await events("freelancer.")] == [None, "interested"]

    async def test_a_closed_project_takes_none(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        made = await match(owner, freelancer)
        await http.patch(f"/projects/{made.project_id}", json={"state": "closed"}, headers=owner.signed_in)
        refused = await answer(http, made, INTERESTED)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:expert-sourcing:opportunity-withdrawn")
        assert "the project was closed" in refused.json()["detail"]
        [told] = await events("freelancer.")
        assert (told.data["state"], told.data["reason"]) == ("withdrawn", "project_closed")

    async def test_one_that_would_give_the_profile_too_many_skills_is_refused(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(freelancers, "MOST_SKILLS", 1)
        refused = await answer(http, await match(owner, freelancer), INTERESTED)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "skills")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"answer": "maybe"},
            {"confirmed_skills": ["Go"], "denied_skills": ["go"]},
            {"confirmed_skills": ["JavaScript"], "denied_skills": ["JS"]},
            {"confirmed_skills": ["basket  weaving"], "denied_skills": ["Basket Weaving"]},
            {"confirmed_skills": ["x"] * 101},
            {"message": "x" * 10_001},
        ],
    )
    async def test_what_is_wrong_is_refused(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, wrong: dict[str, object]
    ) -> None:
        assert (await answer(http, await match(owner, freelancer), INTERESTED | wrong)).status_code == 422
