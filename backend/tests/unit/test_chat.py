"""Chat: between the two sides of a match, and read by them only."""

from collections.abc import Awaitable, Callable

import httpx

from models import OpportunityState, Role
from tests.unit.people import Matched, Person, Waiting

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]
Match = Callable[..., Awaitable[Matched]]


async def write(
    http: httpx.AsyncClient, project_id: str, sender: Person, recipient: Person, content: str = "Hello!"
) -> httpx.Response:
    body = {"project_id": project_id, "recipient_id": recipient.id, "content": content}
    return await http.post("/chat/messages", json=body, headers=sender.signed_in)


async def test_a_message_is_told_and_read_by_both(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match, events: Events
) -> None:
    made = await match(owner, freelancer)
    first = await write(http, made.project_id, owner, freelancer, "Hello! 😀")
    second = await write(http, made.project_id, freelancer, owner, "x" * 10_000)
    assert (first.status_code, second.status_code) == (201, 201)
    ids = [first.json()["id"], second.json()["id"]]
    told = await events("chat.")
    assert [event.subject for event in told] == [f"chat.message.{each}.created" for each in ids]
    assert told[0].data["role"] == "owner"
    assert (told[0].data["sender_id"], told[0].data["recipient_id"]) == (owner.id, freelancer.id)
    for reader, other in ((owner, freelancer), (freelancer, owner)):
        query = {"project_id": made.project_id, "with": other.id}
        page = (await http.get("/chat/messages", params=query, headers=reader.signed_in)).json()
        assert [each["id"] for each in page["items"]] == ids[::-1]


async def test_strangers_neither_write_nor_read(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, match: Match, events: Events
) -> None:
    made = await match(owner, freelancer)
    await write(http, made.project_id, owner, freelancer)
    other_owner, other_freelancer = await person(Role.OWNER), await person(Role.FREELANCER)
    pairs = [(other_owner, freelancer), (other_freelancer, owner), (freelancer, other_owner), (owner, other_freelancer)]
    for sender, recipient in pairs:
        assert (await write(http, made.project_id, sender, recipient)).status_code == 404
    for stranger in (other_owner, other_freelancer):
        assert (await http.get("/chat/messages", headers=stranger.signed_in)).json()["items"] == []
    assert len(await events("chat.")) == 1


async def test_below_the_threshold_only_the_owner_can_begin(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer, state=OpportunityState.SCORED)
    assert (await write(http, made.project_id, freelancer, owner)).status_code == 404
    assert (await write(http, made.project_id, owner, freelancer)).status_code == 201
    assert (await write(http, made.project_id, freelancer, owner)).status_code == 201


async def test_on_a_closed_project_both_sides_may_still_write(
    http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match
) -> None:
    made = await match(owner, freelancer)
    await http.patch(f"/projects/{made.project_id}", json={"state": "closed"}, headers=owner.signed_in)
    assert (await write(http, made.project_id, owner, freelancer)).status_code == 201
    assert (await write(http, made.project_id, freelancer, owner)).status_code == 201


async def test_a_message_needs_words(http: httpx.AsyncClient, owner: Person, freelancer: Person, match: Match) -> None:
    made = await match(owner, freelancer)
    for content in ("", "   ", "x" * 10_001, "a\x00b"):
        assert (await write(http, made.project_id, owner, freelancer, content)).status_code == 422
