"""Clarifications: between the two sides of a match, each answering the other, once."""

from collections.abc import Awaitable, Callable

import httpx

from models import Opportunity, OpportunityState, Role
from tests.unit.people import Matched, Person, Waiting
from trunkline.sql import Database

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]


async def ask(http: httpx.AsyncClient, match: Matched, asker: Person, **more: str) -> httpx.Response:
    body = {"project_id": match.project_id, "question": "When?", **more}
    return await http.post("/clarifications", json=body, headers=asker.signed_in)


async def reply(http: httpx.AsyncClient, clarification_id: str, answerer: Person) -> httpx.Response:
    url = f"/clarifications/{clarification_id}/answer"
    return await http.post(url, json={"answer": "In March."}, headers=answerer.signed_in)


async def test_an_owner_asks_and_the_freelancer_answers(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
) -> None:
    made = await match(owner, freelancer)
    asked = await ask(http, made, owner, freelancer_id=freelancer.id)
    assert asked.status_code == 201
    [request] = await events("freelancer.")
    assert request.subject == f"freelancer.{freelancer.id}.clarification.{made.project_id}.request"
    assert (request.data["asked_by"], request.data["question"]) == ("owner", "When?")

    answered = await reply(http, asked.json()["id"], freelancer)
    assert answered.json()["answer"] == "In March."
    [response] = await events(f"project.{made.project_id}.clarification.")
    assert response.subject == f"project.{made.project_id}.clarification.{freelancer.id}.response"
    assert response.data["answered_by"] == "freelancer"


async def test_a_freelancer_asks_without_naming_themselves(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
) -> None:
    asked = await ask(http, await match(owner, freelancer), freelancer)
    assert asked.json()["asked_by"] == "freelancer"
    assert (await reply(http, asked.json()["id"], owner)).status_code == 200


async def test_an_owner_must_name_the_freelancer(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    refused = await ask(http, await match(owner, freelancer), owner)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "freelancer_id"


async def test_a_question_is_answered_by_the_other_side_once(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
) -> None:
    asked = (await ask(http, await match(owner, freelancer), freelancer)).json()["id"]
    assert (await reply(http, asked, freelancer)).status_code == 409
    assert (await reply(http, asked, owner)).status_code == 200
    assert (await reply(http, asked, owner)).status_code == 409
    assert len([event for event in await events("project.") if event.subject.endswith("response")]) == 1


async def test_who_is_no_side_of_the_match_finds_nothing(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, match: Match
) -> None:
    made = await match(owner, freelancer)
    asked = (await ask(http, made, freelancer)).json()["id"]
    other_owner, other_freelancer = await person(Role.OWNER), await person(Role.FREELANCER)
    for stranger in (other_owner, other_freelancer):
        assert (await ask(http, made, stranger, freelancer_id=freelancer.id)).status_code == 404
        assert (await reply(http, asked, stranger)).status_code == 404
        assert (await http.get("/clarifications", headers=stranger.signed_in)).json()["items"] == []
    for side in (owner, freelancer):
        listed = await http.get(f"/clarifications?project_id={made.project_id}", headers=side.signed_in)
        assert [each["id"] for each in listed.json()["items"]] == [asked]


async def test_a_freelancer_who_was_not_offered_the_project_does_not_know_of_it(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer, state=OpportunityState.SCORED)
    assert (await ask(http, made, freelancer)).status_code == 404


async def test_whoever_was_asked_can_answer_and_ask_back(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer, state=OpportunityState.SCORED)
    asked = (await ask(http, made, owner, freelancer_id=freelancer.id)).json()["id"]
    assert (await reply(http, asked, freelancer)).status_code == 200
    assert (await ask(http, made, freelancer)).status_code == 201


async def test_a_question_survives_a_score_that_is_forgotten(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, database: Database
) -> None:
    """Matching forgets the lowest scores of a long ranking."""
    made = await match(owner, freelancer, state=OpportunityState.SCORED)
    asked = (await ask(http, made, owner, freelancer_id=freelancer.id)).json()["id"]
    await database.write(lambda session: session.delete(session.get_one(Opportunity, made.opportunity_id)))
    assert (await reply(http, asked, freelancer)).status_code == 200
    assert (await ask(http, made, owner, freelancer_id=freelancer.id)).status_code == 201
