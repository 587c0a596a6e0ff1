"""A question can be drafted for either side of a match; it is shown, and not sent."""

from collections.abc import Awaitable, Callable

import httpx

from models import Role
from tests.unit.people import Matched, Person, Waiting

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]


async def draft(http: httpx.AsyncClient, asker: Person, **wanted: str) -> httpx.Response:
    return await http.post("/clarifications/drafts", json=wanted, headers=asker.signed_in)


async def test_an_owner_gets_a_question_about_what_is_missing(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
) -> None:
    made = await match(owner, freelancer)
    answer = await draft(http, owner, project_id=made.project_id, freelancer_id=freelancer.id)
    assert answer.status_code == 200, answer.text
    assert answer.json()["question"].startswith("Your profile does not name NATS.")
    assert answer.json()["reasoning"]["runner"] == "plain"
    assert await events("freelancer.") == []


async def test_what_was_asked_is_not_drafted_again(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer)
    wanted = {"project_id": made.project_id, "freelancer_id": freelancer.id}
    first = (await draft(http, owner, **wanted)).json()["question"]
    await http.post("/clarifications", json={**wanted, "question": first}, headers=owner.signed_in)
    assert (await draft(http, owner, **wanted)).json()["question"] != first


async def test_a_freelancer_need_not_name_themselves(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer)
    assert "?" in (await draft(http, freelancer, project_id=made.project_id)).json()["question"]
    assert (await draft(http, owner, project_id=made.project_id)).status_code == 422


async def test_strangers_get_none(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, match: Match
) -> None:
    made = await match(owner, freelancer)
    stranger = await person(Role.OWNER)
    answer = await draft(http, stranger, project_id=made.project_id, freelancer_id=freelancer.id)
    assert answer.status_code == 404
