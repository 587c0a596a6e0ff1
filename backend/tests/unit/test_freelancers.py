"""Profiles: the freelancer's own to change; for owners to read when they were matched."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from models import Freelancer, OpportunityState, Role
from services import freelancers as service
from tests.unit.people import Matched, Person, Waiting
from trunkline.sql import Database

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]

FOUND = {
    "id": "python",
    "name": "Python",
    "years": 4.0,
    "evidence": "Python since 2019.",
    "method": "alias",
    "confidence": 0.95,
    "status": "found",
}


async def give_skill(database: Database, freelancer: Person, skill: dict[str, Any]) -> None:
    def write(session: Any) -> None:
        session.get_one(Freelancer, freelancer.id).skills = [skill]

    await database.write(write)


class TestChanging:
    """A change is kept over what a CV says, and has the freelancer matched again."""

    async def test_a_change_asks_for_a_new_match(
        self, http: httpx.AsyncClient, freelancer: Person, events: Events
    ) -> None:
        edit = {"headline": "Backend developer", "rate": 90, "languages": [{"name": "English", "level": "C1"}]}
        answer = await http.patch("/freelancers/me", json=edit, headers=freelancer.signed_in)
        assert answer.status_code == 200, answer.text
        profile = answer.json()
        assert (profile["headline"], profile["rate"], profile["version"]) == ("Backend developer", 90, 1)
        [event] = await events("workflow.")
        assert event.subject == "workflow.freelancer_opportunity.rematch.trigger"
        assert event.data["data"] == {"freelancer_id": freelancer.id, "version": 1}
        assert event.key == freelancer.id

    async def test_what_was_set_by_hand_is_remembered(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database
    ) -> None:
        await http.patch("/freelancers/me", json={"headline": "A"}, headers=freelancer.signed_in)
        await http.patch("/freelancers/me", json={"remote": False, "rate": None}, headers=freelancer.signed_in)
        profile = await database.read(lambda session: session.get_one(Freelancer, freelancer.id))
        assert profile.edited == ["headline", "rate", "remote"]

    async def test_skills_that_are_not_named_stay_as_they_are(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database
    ) -> None:
        await give_skill(database, freelancer, FOUND)
        edit = {"skills": [{"name": "Glass blowing", "years": 2}]}
        answer = await http.patch("/freelancers/me", json=edit, headers=freelancer.signed_in)
        python, glass = answer.json()["skills"]
        assert python == FOUND
        assert (glass["name"], glass["years"], glass["status"]) == ("Glass blowing", 2, "confirmed")

    async def test_a_profile_does_not_grow_without_end(
        self, http: httpx.AsyncClient, freelancer: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each of its skills costs time wherever it is scored."""
        monkeypatch.setattr(service, "MOST_SKILLS", 3)
        three = {"skills": [{"name": name} for name in ("Python", "Rust", "Weaving")]}
        assert (await http.patch("/freelancers/me", json=three, headers=freelancer.signed_in)).status_code == 200
        fourth = await http.patch("/freelancers/me", json={"skills": [{"name": "Go"}]}, headers=freelancer.signed_in)
        assert fourth.status_code == 422
        assert fourth.json()["errors"] == [
            {"field": "skills", "reason": "a profile holds 3 skills at most, and would have 4"}
        ]
        known = {"skills": [{"name": "Rust", "status": "denied"}]}
        assert (await http.patch("/freelancers/me", json=known, headers=freelancer.signed_in)).status_code == 200

    async def test_a_skill_can_be_confirmed_and_denied_by_any_of_its_names(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database
    ) -> None:
        await give_skill(database, freelancer, FOUND)
        for status in ("confirmed", "denied"):
            edit = {"skills": [{"name": "python", "status": status}]}
            answer = await http.patch("/freelancers/me", json=edit, headers=freelancer.signed_in)
            assert answer.json()["skills"] == [FOUND | {"status": status}]

    async def test_a_change_of_nothing_is_not_told(
        self, http: httpx.AsyncClient, freelancer: Person, events: Events
    ) -> None:
        answer = await http.patch("/freelancers/me", json={"remote": True}, headers=freelancer.signed_in)
        assert answer.json()["version"] == 0
        assert await events("workflow.") == []

    @pytest.mark.parametrize(
        "wrong", [{"headline": None}, {"skills": None}, {"version": 7}, {"rate": -1}, {"skills": [{"name": ""}]}]
    )
    async def test_what_is_wrong_is_refused(
        self, http: httpx.AsyncClient, freelancer: Person, wrong: dict[str, object]
    ) -> None:
        answer = await http.patch("/freelancers/me", json=wrong, headers=freelancer.signed_in)
        assert answer.status_code == 422

    async def test_nobody_changes_anothers(self, http: httpx.AsyncClient, freelancer: Person, person: Make) -> None:
        other = await person(Role.FREELANCER)
        answer = await http.patch(f"/freelancers/{freelancer.id}", json={"rate": 1}, headers=other.signed_in)
        assert answer.status_code == 404


class TestReading:
    """The freelancer, an operator, and an owner whose project was offered to them; nobody else."""

    async def test_who_may_read(
        self,
        http: httpx.AsyncClient,
        freelancer: Person,
        owner: Person,
        operator: Person,
        person: Make,
        match: Callable[..., Awaitable[Matched]],
    ) -> None:
        await match(owner, freelancer)
        strangers = [await person(Role.OWNER), await person(Role.FREELANCER)]
        url = f"/freelancers/{freelancer.id}"
        for reader in (freelancer, owner, operator):
            assert (await http.get(url, headers=reader.signed_in)).json()["id"] == freelancer.id
        for stranger in strangers:
            assert (await http.get(url, headers=stranger.signed_in)).status_code == 404

    async def test_a_score_that_was_never_offered_opens_no_profile(
        self, http: httpx.AsyncClient, freelancer: Person, owner: Person, match: Callable[..., Awaitable[Matched]]
    ) -> None:
        """Whoever posts a project has everybody scored for it."""
        await match(owner, freelancer, state=OpportunityState.SCORED, confidence=0.1)
        assert (await http.get(f"/freelancers/{freelancer.id}", headers=owner.signed_in)).status_code == 404

    async def test_a_profile_holds_no_address(self, http: httpx.AsyncClient, freelancer: Person) -> None:
        assert freelancer.email not in (await http.get("/freelancers/me", headers=freelancer.signed_in)).text

    async def test_an_owner_is_no_freelancer(self, http: httpx.AsyncClient, owner: Person) -> None:
        assert (await http.get("/freelancers/me", headers=owner.signed_in)).status_code == 404

    async def test_an_operator_lists_all(self, http: httpx.AsyncClient, freelancer: Person, operator: Person) -> None:
        page = (await http.get("/freelancers", headers=operator.signed_in)).json()
        assert [each["id"] for each in page["items"]] == [freelancer.id]
