"""Projects: the owner's own, each change told once, and the ranking for the owner's eyes."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy.orm import Session

from models import OpportunityState, Project, Role
from schemas.nats_schemas import READ_FROM_TEXT
from tests.unit.people import Matched, Person, Waiting
from trunkline.sql import Database

BODY = {
    "title": "An event-driven backend",
    "description": "Rebuild our order system.",
    "requirements": {
        "required_skills": ["Python", "FastAPI"],
        "wished_skills": ["NATS"],
        "min_years": 3,
        "languages": ["English"],
        "remote": True,
        "location": None,
        "max_rate": None,
    },
}

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]


class TestPosting:
    """A project and its event exist together."""

    async def test_a_posted_project_is_told(self, http: httpx.AsyncClient, owner: Person, events: Events) -> None:
        answer = await http.post("/projects", json=BODY, headers=owner.signed_in)
        assert answer.status_code == 201
        project = answer.json()
        assert (project["state"], project["version"], project["matched_version"]) == ("open", 1, 0)
        [event] = await events("project.")
        assert event.subject == f"project.{project['id']}.created"
        assert event.key == project["id"]
        assert event.data["owner_id"] == owner.id
        assert event.data["requirements"]["required_skills"] == ["Python", "FastAPI"]
        read = await http.get(f"/projects/{project['id']}", headers=owner.signed_in)
        assert read.json() == project

    async def test_requirements_may_be_left_to_the_text(self, http: httpx.AsyncClient, owner: Person) -> None:
        answer = await http.post("/projects", json={"title": "A backend"}, headers=owner.signed_in)
        assert answer.json()["requirements"]["required_skills"] == []

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"description": "x" * 20_001}, "description"),
            ({"requirements": {"required_skill": ["Python"]}}, "requirements.required_skill"),
            ({"requirements": {"required_skills": ["x" * 101]}}, "requirements.required_skills.0"),
            ({"requirements": {"required_skills": ["x"] * 101}}, "requirements.required_skills"),
            ({"requirements": {"min_years": -1}}, "requirements.min_years"),
            ({"owner_id": "somebody"}, "owner_id"),
        ],
    )
    async def test_what_is_wrong_is_named_and_nothing_is_kept(
        self, http: httpx.AsyncClient, owner: Person, events: Events, wrong: dict[str, object], field: str
    ) -> None:
        answer = await http.post("/projects", json=BODY | wrong, headers=owner.signed_in)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert await events("project.") == []

    async def test_a_full_outbox_refuses_the_project_too(
        self, http: httpx.AsyncClient, database: Database, owner: Person
    ) -> None:
        await http.post("/projects", json=BODY, headers=owner.signed_in)
        database.outbox_limit = 1
        answer = await http.post("/projects", json=BODY, headers=owner.signed_in)
        assert answer.status_code == 503
        assert len((await http.get("/projects", headers=owner.signed_in)).json()["items"]) == 1


class TestChanging:
    """What changed is told, once, with the version."""

    async def test_a_change_is_told_with_what_changed(
        self, http: httpx.AsyncClient, owner: Person, events: Events
    ) -> None:
        project = (await http.post("/projects", json=BODY, headers=owner.signed_in)).json()
        edit = {"title": "Another title", "requirements": BODY["requirements"], "state": "closed"}
        answer = await http.patch(f"/projects/{project['id']}", json=edit, headers=owner.signed_in)
        assert (answer.json()["title"], answer.json()["version"]) == ("Another title", 2)
        [_, event] = await events("project.")
        assert event.subject == f"project.{project['id']}.updated"
        assert event.data["changed"] == ["title", "state"]

    @pytest.mark.parametrize("edit", [{}, BODY])
    async def test_a_change_of_nothing_is_not_told(
        self, http: httpx.AsyncClient, owner: Person, events: Events, edit: dict[str, object]
    ) -> None:
        project = (await http.post("/projects", json=BODY, headers=owner.signed_in)).json()
        answer = await http.patch(f"/projects/{project['id']}", json=edit, headers=owner.signed_in)
        assert answer.json() == project
        assert len(await events("project.")) == 1

    async def test_what_is_shown_may_come_back(
        self, http: httpx.AsyncClient, owner: Person, database: Database
    ) -> None:
        """Also requirements that were read from the text; they are the owner's own from then on."""
        made = (await http.post("/projects", json={"title": "A backend"}, headers=owner.signed_in)).json()

        def read(session: Session) -> None:
            project = session.get_one(Project, made["id"])
            project.requirements = {**project.requirements, "required_skills": ["Python"], READ_FROM_TEXT: True}

        await database.write(read)
        shown = (await http.get(f"/projects/{made['id']}", headers=owner.signed_in)).json()
        assert shown["requirements"][READ_FROM_TEXT] is True
        body = {name: shown[name] for name in ("title", "description", "requirements", "state")}
        answer = await http.patch(f"/projects/{made['id']}", json=body, headers=owner.signed_in)
        assert answer.status_code == 200
        assert READ_FROM_TEXT not in answer.json()["requirements"]

    async def test_nothing_can_be_emptied_by_null(self, http: httpx.AsyncClient, owner: Person) -> None:
        project = (await http.post("/projects", json=BODY, headers=owner.signed_in)).json()
        answer = await http.patch(f"/projects/{project['id']}", json={"title": None}, headers=owner.signed_in)
        assert answer.status_code == 422


class TestReading:
    """An owner sees their own, an operator all, page by page."""

    async def test_another_owners_project_does_not_exist(
        self, http: httpx.AsyncClient, owner: Person, person: Make
    ) -> None:
        project = (await http.post("/projects", json=BODY, headers=owner.signed_in)).json()
        other = await person(Role.OWNER)
        for method, path in [("GET", ""), ("PATCH", ""), ("GET", "/matches")]:
            url = f"/projects/{project['id']}{path}"
            body = {"json": {"title": "Mine"}} if method == "PATCH" else {}
            answer = await http.request(method, url, headers=other.signed_in, **body)  # type: ignore[arg-type]
            missing = await http.request(
                method,
                url.replace(project["id"], "nothing"),
                headers=other.signed_in,
                **body,  # type: ignore[arg-type]
            )
            assert (answer.status_code, missing.status_code) == (404, 404)
            assert answer.json()["detail"] == missing.json()["detail"]
        assert (await http.get("/projects", headers=other.signed_in)).json()["items"] == []

    async def test_an_operator_sees_all(
        self, http: httpx.AsyncClient, owner: Person, person: Make, operator: Person
    ) -> None:
        for each in (owner, await person(Role.OWNER)):
            await http.post("/projects", json=BODY, headers=each.signed_in)
        assert len((await http.get("/projects", headers=operator.signed_in)).json()["items"]) == 2

    async def test_pages_are_whole_and_end(self, http: httpx.AsyncClient, owner: Person) -> None:
        made = [
            (await http.post("/projects", json={"title": f"No. {n}"}, headers=owner.signed_in)).json()["id"]
            for n in range(5)
        ]
        seen: list[str] = []
        after: str | None = None
        for size in (2, 2, 1):
            query = {"limit": 2} | ({"after": after} if after else {})
            page = (await http.get("/projects", params=query, headers=owner.signed_in)).json()
            assert len(page["items"]) == size
            seen += [project["id"] for project in page["items"]]
            after = page["next"]
        assert (seen, after) == (made[::-1], None)

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"page": 1}])
    async def test_a_page_has_bounds(self, http: httpx.AsyncClient, owner: Person, query: dict[str, int]) -> None:
        assert (await http.get("/projects", params=query, headers=owner.signed_in)).status_code == 422


class TestRanking:
    """Best first, with the reasons."""

    async def test_matches_come_best_first(
        self, http: httpx.AsyncClient, owner: Person, person: Make, match: Callable[..., Awaitable[Matched]]
    ) -> None:
        one = await match(owner, await person(Role.FREELANCER, "Less"), confidence=0.4)
        await match(owner, await person(Role.FREELANCER, "Best"), confidence=0.9, project_id=one.project_id)
        await match(
            owner,
            await person(Role.FREELANCER, "Least"),
            state=OpportunityState.SCORED,
            confidence=0.1,
            project_id=one.project_id,
        )
        ranking = (await http.get(f"/projects/{one.project_id}/matches", headers=owner.signed_in)).json()
        assert [each["freelancer_name"] for each in ranking["matches"]] == ["Best", "Less", "Least"]
        first = ranking["matches"][0]
        assert (first["match_confidence"], first["missing_skills"], first["reasons"]) == (
            0.9,
            ["NATS"],
            ["Knows Python."],
        )
        assert (ranking["version"], ranking["matched_version"]) == (1, 0)

    async def test_who_does_not_fit_at_all_is_not_in_it(
        self, http: httpx.AsyncClient, owner: Person, person: Make, match: Callable[..., Awaitable[Matched]]
    ) -> None:
        """But whoever was offered the project stays, whatever has become of the score."""
        one = await match(owner, await person(Role.FREELANCER, "Offered"), confidence=0.0)
        stranger = await person(Role.FREELANCER, "Stranger")
        await match(owner, stranger, state=OpportunityState.SCORED, confidence=0.0, project_id=one.project_id)
        ranking = (await http.get(f"/projects/{one.project_id}/matches", headers=owner.signed_in)).json()
        assert [each["freelancer_name"] for each in ranking["matches"]] == ["Offered"]


async def test_a_closed_project_is_settled_until_it_opens_again(http: httpx.AsyncClient, owner: Person) -> None:
    """Nobody matches it, so nobody waits for that."""
    url = f"/projects/{(await http.post('/projects', json=BODY, headers=owner.signed_in)).json()['id']}"
    seen = []
    for edit in ({"state": "closed"}, {"title": "Closed"}, {"state": "open"}):
        changed = (await http.patch(url, json=edit, headers=owner.signed_in)).json()
        seen.append((changed["version"], changed["matched_version"]))
    assert seen == [(2, 2), (3, 3), (4, 3)]
