"""Dead letters: an operator finds, mends, replays and discards them."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from schemas.subjects import SUBJECTS
from tests.unit.people import Person, Waiting
from trunkline import Event
from trunkline.sql import Database, deadletters, inbox
from trunkline.sql.deadletters import RELAY

URL = "/deadletters"


def bury(
    session: Session, number: int = 1, *, handler: str = "cv-analyzer", subject: str = "", payload: bytes = b""
) -> None:
    event = Event.create(subject or f"cv.{number}.uploaded", {"cv_id": number}, subjects=SUBJECTS, id=f"event-{number}")
    if payload:
        event = Event.received(event.subject, payload, event.wire_headers())
    inbox.mark(session, handler, event.id)
    error = ValueError("the file is gone")
    deadletters.add(session, handler=handler, event=event, error=error, attempts=5, stream="CV", sequence=number)


async def only(http: httpx.AsyncClient, operator: Person) -> dict[str, Any]:
    [letter] = (await http.get(URL, headers=operator.signed_in)).json()["items"]
    found: dict[str, Any] = letter
    return found


async def test_they_are_listed_page_by_page_and_by_kind(
    http: httpx.AsyncClient, database: Database, operator: Person
) -> None:
    for number in range(3):
        await database.write(partial(bury, number=number))
    await database.write(partial(bury, number=9, handler="profile-builder"))
    asked = {"handler": "cv-analyzer", "error_class": "ValueError", "type": "cv.uploaded", "limit": "2"}
    first = (await http.get(URL, params=asked, headers=operator.signed_in)).json()
    rest = (await http.get(URL, params={**asked, "after": first["next"]}, headers=operator.signed_in)).json()
    assert [each["event_id"] for each in first["items"] + rest["items"]] == ["event-0", "event-1", "event-2"]
    assert rest["next"] is None
    groups = (await http.get(f"{URL}/groups", headers=operator.signed_in)).json()
    assert [(each["handler"], each["letters"]) for each in groups] == [("cv-analyzer", 3), ("profile-builder", 1)]


async def test_one_is_read_edited_and_replayed(
    http: httpx.AsyncClient,
    database: Database,
    operator: Person,
    events: Callable[[str], Awaitable[list[Waiting]]],
) -> None:
    await database.write(bury)
    url = f"{URL}/{(await only(http, operator))['id']}"
    letter = (await http.get(url, headers=operator.signed_in)).json()
    assert (letter["payload"], letter["original_payload"]) == ({"cv_id": 1}, None)
    assert (letter["headers"]["ce-id"], letter["stream"], letter["sequence"]) == ("event-1", "CV", 1)
    assert "ValueError: the file is gone" in letter["traceback"]
    edited = await http.patch(url, json={"payload": {"cv_id": 2}}, headers=operator.signed_in)
    assert (edited.json()["payload"], edited.json()["original_payload"]) == ({"cv_id": 2}, {"cv_id": 1})
    replayed = await http.post(f"{url}/replay", headers=operator.signed_in)
    assert (replayed.status_code, replayed.json()["round"]) == (202, 1)
    assert [event.data for event in await events("cv.1")] == [{"cv_id": 2}]
    assert not await database.read(partial(inbox.done, handler="cv-analyzer", event_id="event-1"))
    again = await http.post(f"{url}/replay", headers=operator.signed_in)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trunkline:already-replayed")
    assert (await http.patch(url, json={"payload": {}}, headers=operator.signed_in)).status_code == 409
    listed = (await http.get(URL, params={"replayed": True}, headers=operator.signed_in)).json()["items"]
    assert [each["event_id"] for each in listed] == ["event-1"]


async def test_a_kind_is_replayed_as_far_as_asked_for(
    http: httpx.AsyncClient, database: Database, operator: Person, events: Callable[[str], Awaitable[list[Waiting]]]
) -> None:
    for number in range(4):
        await database.write(partial(bury, number=number, handler="cv-analyzer" if number else "profile-builder"))
    body = {"handler": "cv-analyzer", "rate": 1000, "limit": 2}
    assert (await http.post(f"{URL}/replay", json=body, headers=operator.signed_in)).json() == {
        "replayed": 2,
        "waiting": 1,
    }
    assert [event.subject for event in await events("cv.")] == ["cv.1.uploaded", "cv.2.uploaded"]


async def test_a_mistyped_subject_is_mended_with_its_key(
    http: httpx.AsyncClient, database: Database, operator: Person, events: Callable[[str], Awaitable[list[Waiting]]]
) -> None:
    await database.write(partial(bury, handler=RELAY, subject="vc.1.uploaded"))
    url = f"{URL}/{(await only(http, operator))['id']}"
    edited = await http.patch(url, json={"subject": "cv.1.uploaded"}, headers=operator.signed_in)
    assert (edited.json()["subject"], edited.json()["original_subject"]) == ("cv.1.uploaded", "vc.1.uploaded")
    await http.post(f"{url}/replay", headers=operator.signed_in)
    assert [(event.subject, event.key) for event in await events("cv.")] == [("cv.1.uploaded", "1")]


async def test_a_discarded_one_is_gone(http: httpx.AsyncClient, database: Database, operator: Person) -> None:
    await database.write(bury)
    url = f"{URL}/{(await only(http, operator))['id']}"
    assert (await http.delete(url, headers=operator.signed_in)).status_code == 204
    for call in (http.get, http.delete):
        gone = await call(url, headers=operator.signed_in)
        assert (gone.status_code, gone.json()["type"]) == (404, "urn:trunkline:no-such-dead-letter")


async def test_a_payload_that_is_no_json_is_shown_as_text(
    http: httpx.AsyncClient, database: Database, operator: Person
) -> None:
    await database.write(partial(bury, payload=b"\xff no json\x00"))
    letter = await http.get(f"{URL}/{(await only(http, operator))['id']}", headers=operator.signed_in)
    assert letter.json()["payload"] == "\\xff no json\x00"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PATCH", "/{id}", {}, "body"),
        ("PATCH", "/{id}", {"payload": [1]}, "payload"),
        ("PATCH", "/{id}", {"subject": "cv.2.uploaded"}, "subject"),
        ("POST", "/replay", {"rate": 0}, "rate"),
        ("POST", "/replay", {"limit": 1000, "rate": 10}, "body"),
        ("POST", "/replay", {"handler": "x", "other": 1}, "other"),
    ],
)
async def test_what_cannot_be_meant_is_named(
    http: httpx.AsyncClient, database: Database, operator: Person, method: str, path: str, body: Any, field: str
) -> None:
    await database.write(bury)
    id = (await only(http, operator))["id"]
    answer = await http.request(method, URL + path.format(id=id), json=body, headers=operator.signed_in)
    assert answer.status_code == 422, answer.json()
    assert [each["field"] for each in answer.json()["errors"]] == [field]
