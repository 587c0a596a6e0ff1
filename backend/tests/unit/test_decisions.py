"""An owner shortlists, declines, hires; the project is filled, closed, opened again; each step is told once."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from models import Opportunity, OpportunityState, Role
from models.opportunities import FOLLOWING
from services import offering
from tests.unit.people import Matched, Person, Waiting
from trunkline.sql import Database, timers

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]

INTERESTED = OpportunityState.INTERESTED


async def decide(http: httpx.AsyncClient, made: Matched, decision: str, asker: Person | None = None) -> httpx.Response:
    url = f"/projects/{made.project_id}/matches/{made.opportunity_id}/decision"
    return await http.post(url, json={"decision": decision}, headers=(asker or made.owner).signed_in)


async def answer(http: httpx.AsyncClient, made: Matched, said: str) -> httpx.Response:
    url = f"/opportunities/{made.opportunity_id}/response"
    return await http.post(url, json={"answer": said}, headers=made.freelancer.signed_in)


async def patch(http: httpx.AsyncClient, made: Matched, **edit: Any) -> httpx.Response:
    return await http.patch(f"/projects/{made.project_id}", json=edit, headers=made.owner.signed_in)


async def interested(http: httpx.AsyncClient, match: Match, owner: Person, freelancer: Person, **more: Any) -> Matched:
    made = await match(owner, freelancer, **more)
    assert (await answer(http, made, "interested")).status_code == 200
    return made


class TestDeciding:
    """Each decision is told with what was decided before, and the freelancer sees it."""

    async def test_a_decision_is_told_and_seen_by_the_freelancer(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        made = await interested(http, match, owner, freelancer)
        for decision in ("shortlisted", "rejected", "shortlisted"):
            decided = (await decide(http, made, decision)).json()
            assert (decided["state"], decided["decision"], decided["answer"]) == (decision, decision, "interested")
            seen = await http.get(f"/opportunities?state={decision}", headers=freelancer.signed_in)
            assert [each["id"] for each in seen.json()["items"]] == [made.opportunity_id]
        told = await events(f"project.{made.project_id}.decision.{freelancer.id}")
        assert [(each.data["decision"], each.data["previous_decision"]) for each in told] == [
            ("shortlisted", None),
            ("rejected", "shortlisted"),
            ("shortlisted", "rejected"),
        ]
        assert {(each.key, each.data["match_confidence"]) for each in told} == {(made.project_id, 0.7)}

    async def test_the_same_decision_again_is_told_once(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        made = await match(owner, freelancer)
        for _ in range(2):
            assert (await decide(http, made, "shortlisted")).status_code == 200
        assert len(await events(f"project.{made.project_id}.decision.")) == 1

    async def test_a_rejection_taken_back_gives_the_whole_time_to_answer_again(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        assert (await decide(http, made, "rejected")).json()["expires_at"] is None
        assert (await decide(http, made, "shortlisted")).json()["expires_at"] is not None
        assert await database.read(partial(timers.get, kind=offering.EXPIRY, id=made.opportunity_id)) is not None
        await answer(http, made, "interested")
        await decide(http, made, "rejected")
        assert (await decide(http, made, "shortlisted")).json()["expires_at"] is None

    async def test_a_shortlisted_freelancer_may_still_answer(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        await decide(http, made, "shortlisted")
        unanswered = await decide(http, made, "hired")
        assert (unanswered.status_code, unanswered.json()["type"]) == (
            409,
            "urn:expert-sourcing:opportunity-unanswered",
        )
        assert (await answer(http, made, "interested")).json()["state"] == "shortlisted"
        assert (await decide(http, made, "hired")).json()["state"] == "hired"

    @pytest.mark.parametrize(
        ("state", "kind"),
        [
            ("scored", "not-offered"),
            ("declined", "declined"),
            ("expired", "expired"),
            ("withdrawn", "withdrawn"),
        ],
    )
    async def test_what_cannot_be_decided_is_refused_by_kind(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, state: str, kind: str
    ) -> None:
        made = await match(owner, freelancer, state=OpportunityState(state))
        for decision in ("shortlisted", "rejected", "hired"):
            refused = await decide(http, made, decision)
            assert (refused.status_code, refused.json()["type"]) == (409, f"urn:expert-sourcing:opportunity-{kind}")

    @pytest.mark.parametrize("state", ["rejected", "hired"])
    async def test_what_the_owner_has_decided_is_not_answered_any_more(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, state: str
    ) -> None:
        made = await match(owner, freelancer, state=OpportunityState(state))
        refused = await answer(http, made, "interested")
        assert (refused.status_code, refused.json()["type"]) == (409, f"urn:expert-sourcing:opportunity-{state}")

    async def test_anothers_match_does_not_exist(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, match: Match
    ) -> None:
        made, other = await match(owner, freelancer), await person(Role.OWNER)
        elsewhere = await match(other, freelancer)
        assert (await decide(http, made, "shortlisted", asker=other)).status_code == 404
        mixed = Matched(made.project_id, elsewhere.opportunity_id, owner, freelancer)
        assert (await decide(http, mixed, "shortlisted")).status_code == 404

    def test_every_state_says_what_may_follow(self) -> None:
        assert FOLLOWING.keys() == set(OpportunityState)
        with pytest.raises(ValueError, match="cannot become"):
            Opportunity(state=OpportunityState.EXPIRED).become(OpportunityState.AVAILABLE)


class TestFilling:
    """The last place that is taken fills the project, and what is offered besides is taken back."""

    async def test_the_last_hire_fills_the_project_and_withdraws_the_rest(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, match: Match, events: Events
    ) -> None:
        made = await interested(http, match, owner, freelancer)
        await patch(http, made, places=2)
        other, left = await person(Role.FREELANCER), await person(Role.FREELANCER)
        second = await interested(http, match, owner, other, project_id=made.project_id)
        third = await match(owner, left, project_id=made.project_id)
        await decide(http, made, "hired")
        project = (await http.get(f"/projects/{made.project_id}", headers=owner.signed_in)).json()
        assert (project["state"], project["version"]) == ("open", 2)
        await decide(http, second, "hired")
        project = (await http.get(f"/projects/{made.project_id}", headers=owner.signed_in)).json()
        assert (project["state"], project["version"], project["matched_version"]) == ("filled", 3, 3)
        updated = (await events(f"project.{made.project_id}.updated"))[-1].data
        assert (updated["changed"], updated["state"]) == (["state"], "filled")
        told = await events(f"freelancer.{left.id}.opportunity.{made.project_id}.changed")
        assert [(each.data["state"], each.data["reason"]) for each in told] == [("withdrawn", "project_filled")]
        assert (await answer(http, third, "interested")).status_code == 409
        workflow = await http.get(f"/workflows/project_match_{made.project_id}", headers=owner.signed_in)
        assert workflow.json()["state"] == "filled"

    async def test_a_filled_project_opens_again_with_more_places_only(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await interested(http, match, owner, freelancer)
        await decide(http, made, "hired")
        refused = await patch(http, made, state="open")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:expert-sourcing:project-places-taken")
        assert (await patch(http, made, state="open", places=2)).json()["state"] == "open"
        assert (await patch(http, made, places=1)).json()["state"] == "filled"

    async def test_its_owner_may_say_so_and_a_hire_may_fall_through(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await interested(http, match, owner, freelancer)
        await decide(http, made, "hired")
        assert (await decide(http, made, "rejected")).json()["state"] == "rejected"
        assert (await patch(http, made, state="open")).json()["state"] == "open"
        assert (await patch(http, made, state="filled")).json()["state"] == "filled"
        refused = await decide(http, made, "shortlisted")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:expert-sourcing:project-not-open")

    async def test_a_closed_project_stays_closed_when_it_is_edited(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer)
        await patch(http, made, state="closed")
        await patch(http, made, title="Another")
        workflow = await http.get(f"/workflows/project_match_{made.project_id}", headers=owner.signed_in)
        assert (workflow.json()["state"], workflow.json()["due"]) == ("closed", None)


class TestTakingBack:
    async def test_an_offer_taken_back_is_told_and_cannot_be_answered(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        made = await match(owner, freelancer)
        url = f"/projects/{made.project_id}/matches/{made.opportunity_id}/withdrawal"
        for _ in range(2):
            withdrawn = (await http.post(url, headers=owner.signed_in)).json()
            assert (withdrawn["state"], withdrawn["closed_because"]) == ("withdrawn", "owner")
        told = await events(f"freelancer.{freelancer.id}.opportunity.{made.project_id}.changed")
        assert [each.data["reason"] for each in told] == ["owner"]
        refused = await answer(http, made, "interested")
        assert (refused.status_code, "the owner took it back" in refused.json()["detail"]) == (409, True)

    async def test_a_freelancer_who_is_not_available_loses_what_they_have_not_answered(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
    ) -> None:
        open_offer = await match(owner, freelancer)
        answered = await interested(http, match, owner, freelancer)
        await http.patch("/freelancers/me", json={"available": False}, headers=freelancer.signed_in)
        states = {
            made.opportunity_id: (
                await http.get(f"/opportunities/{made.opportunity_id}", headers=freelancer.signed_in)
            ).json()["state"]
            for made in (open_offer, answered)
        }
        assert states == {open_offer.opportunity_id: "withdrawn", answered.opportunity_id: "interested"}
        [told] = await events(f"freelancer.{freelancer.id}.opportunity.{open_offer.project_id}.changed")
        assert told.data["reason"] == "freelancer_unavailable"


class TestDeadlines:
    async def test_an_answer_or_a_decision_ends_the_deadline(
        self, http: httpx.AsyncClient, database: Database, owner: Person, freelancer: Person, match: Match
    ) -> None:
        made = await match(owner, freelancer, state=OpportunityState.SCORED)
        offer = partial(offering.offer, project_version=1)
        await database.write(lambda session: offer(session, session.get_one(Opportunity, made.opportunity_id)))
        waits = partial(timers.get, kind=offering.EXPIRY, id=made.opportunity_id)
        assert await database.read(waits) is not None
        await decide(http, made, "shortlisted")
        assert await database.read(waits) is not None
        await answer(http, made, "interested")
        assert await database.read(waits) is None
        shown = await http.get(f"/opportunities/{made.opportunity_id}", headers=freelancer.signed_in)
        assert shown.json()["expires_at"] is None
