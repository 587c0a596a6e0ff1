"""Both sides see who or what fits best, and every score can be taken apart."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Freelancer, Opportunity, Project, Role
from modules.matching import asked, assess, profiles_of, requirements_of
from modules.offers import keep, score_of
from tests.unit.people import Person
from trunkline.sql import Database

Make = Callable[..., Awaitable[Person]]

SENTENCE = "Built payment services in Python for six years."
REQUIREMENTS = {"required_skills": ["Python", "Kubernetes"], "wished_skills": ["Rust"], "min_years": 4}


@pytest.fixture
def matched(http: httpx.AsyncClient, database: Database) -> Callable[..., Awaitable[str]]:
    """Post a project, match a freelancer as the platform does, and return the project's id."""

    async def make(owner: Person, freelancer: Person, skills: list[dict[str, Any]], **requirements: Any) -> str:
        body = {"title": "Backend work with Django", "requirements": REQUIREMENTS | requirements}
        project_id: str = (await http.post("/projects", json=body, headers=owner.signed_in)).json()["id"]

        def write(session: Session) -> None:
            session.get_one(Freelancer, freelancer.id).skills = skills
            project = session.get_one(Project, project_id)
            found = assess(asked(requirements_of(project)), profiles_of(session, [freelancer.id]))
            keep(session, [score_of(project.id, project.version, each) for each in found], threshold=0.3)

        await database.write(write)
        return project_id

    return make


def skill(name: str, status: str = "found") -> dict[str, Any]:
    return {"id": name.lower(), "name": name, "years": 6, "evidence": SENTENCE, "status": status}


class TestTakingApart:
    """Every part with its weight, its value and its evidence; the weighted values are the score."""

    async def test_the_owner_sees_each_part_with_its_evidence(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, matched: Callable[..., Awaitable[str]]
    ) -> None:
        project = await matched(owner, freelancer, [skill("Python"), skill("Docker", "confirmed")])
        ranking = await http.get(f"/projects/{project}/matches", headers=owner.signed_in)
        [match] = ranking.json()["matches"]
        assert sum(part["weight"] * part["value"] for part in match["parts"]) == pytest.approx(match["score"], abs=1e-5)
        parts = {part["name"]: part for part in match["parts"]}
        assert parts.keys() == {"required_skills", "wished_skills", "described_skills", "years", "terms"}
        python, kubernetes = parts["required_skills"]["evidence"]
        assert (python["asked"], python["how"], python["sentence"]) == ("Python", "found", SENTENCE)
        assert (kubernetes["how"], kubernetes["has"]) == ("near", "Docker")
        assert 0.5 <= kubernetes["nearness"] < 1
        assert 0 < kubernetes["credit"] < python["credit"]
        assert [each["asked"] for each in parts["described_skills"]["evidence"]] == ["Django"]
        assert parts["years"]["evidence"][0]["how"] == "unknown"

    async def test_the_freelancer_sees_the_same(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, matched: Callable[..., Awaitable[str]]
    ) -> None:
        project = await matched(owner, freelancer, [skill("Python")])
        ranking = await http.get(f"/projects/{project}/matches", headers=owner.signed_in)
        [offered] = (await http.get("/opportunities", headers=freelancer.signed_in)).json()["items"]
        assert offered["parts"] == ranking.json()["matches"][0]["parts"]
        assert offered["improvements"][0]["adds"] > 0

    async def test_a_cvs_sentences_are_for_owners_whose_project_was_offered(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, matched: Callable[..., Awaitable[str]]
    ) -> None:
        project = await matched(owner, freelancer, [skill("Rust")])
        ranking = await http.get(f"/projects/{project}/matches", headers=owner.signed_in)
        assert ranking.json()["matches"][0]["state"] == "scored"
        assert SENTENCE not in ranking.text


class TestBestProjects:
    """The other direction."""

    async def test_a_freelancers_best_projects_come_first(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, matched: Callable[..., Awaitable[str]]
    ) -> None:
        skills = [skill("Python", "confirmed"), skill("Docker", "confirmed")]
        less = await matched(owner, freelancer, skills)
        closed = await matched(owner, freelancer, skills, required_skills=["Python"])
        best = await matched(owner, freelancer, skills, required_skills=["Docker"], wished_skills=[])
        await http.patch(f"/projects/{closed}", json={"state": "closed"}, headers=owner.signed_in)
        answer = (await http.get("/opportunities/best", headers=freelancer.signed_in)).json()
        assert [match["project_id"] for match in answer["matches"]] == [best, less]
        assert (answer["freelancer_id"], answer["version"], answer["matched_version"]) == (freelancer.id, 0, 0)

    async def test_of_a_project_that_was_not_offered_they_see_how_they_fit_and_not_what_it_is(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, matched: Callable[..., Awaitable[str]]
    ) -> None:
        skills = [skill("Rust"), skill("Docker", "confirmed")]
        far = ["Oncology", "Beekeeping", "Glass blowing"]
        secret = {"max_rate": 77.7, "location": "Atlantis", "remote": False}
        project = await matched(owner, freelancer, skills, required_skills=far, wished_skills=["Rust"], **secret)
        offered = await matched(owner, freelancer, skills, required_skills=["Docker"], wished_skills=[])
        answer = await http.get("/opportunities/best", headers=freelancer.signed_in)
        first, second = answer.json()["matches"]
        assert (first["project_id"], second["state"]) == (offered, "scored")
        assert second["missing_skills"] == far
        assert {"work", "terms"}.isdisjoint(part["name"] for part in second["parts"])
        weights = {part["name"]: part["weight"] for part in second["parts"]}
        assert weights["required_skills"] / weights["wished_skills"] == pytest.approx(0.55 / 0.15, abs=1e-4)
        assert {"project_id", "project_title", "project_description", "requirements", "reasons"}.isdisjoint(second)
        for kept_back in (project, "77.7", "Atlantis"):
            assert kept_back not in answer.text
        assert (await http.get(f"/opportunities/{second['id']}", headers=freelancer.signed_in)).status_code == 404

    async def test_nothing_that_is_tried_tells_title_limit_or_place_of_a_project_that_was_not_offered(
        self,
        http: httpx.AsyncClient,
        owner: Person,
        freelancer: Person,
        database: Database,
        matched: Callable[..., Any],
    ) -> None:
        skills = [skill("Rust", "confirmed")]
        far = ["Oncology", "Beekeeping", "Glass blowing"]
        for limit in (50.0, 100.0):
            secret = {"max_rate": limit, "location": "Atlantis", "remote": False}
            await matched(owner, freelancer, skills, required_skills=far, wished_skills=["Rust"], **secret)
        answers = []
        totals = set()
        for rate, place, headline in (
            (20.0, "Oslo", ""),
            (60.0, "Oslo", ""),
            (20.0, "Atlantis", ""),
            (20.0, "Oslo", "Django developer"),
            (20.0, "Oslo", "Ship's cook"),
        ):

            def write(
                session: Session, rate: float = rate, place: str = place, headline: str = headline
            ) -> list[float]:
                profile = session.get_one(Freelancer, freelancer.id)
                profile.rate, profile.location, profile.headline = rate, place, headline
                projects = session.scalars(select(Project)).all()
                for project in projects:
                    found = assess(asked(requirements_of(project)), profiles_of(session, [freelancer.id]))
                    keep(session, [score_of(project.id, project.version, each) for each in found], threshold=0.9)
                return [row.score for row in session.scalars(select(Opportunity).order_by(Opportunity.id))]

            totals.add(tuple(await database.write(write)))
            answers.append((await http.get("/opportunities/best", headers=freelancer.signed_in)).json()["matches"])
        assert [each["state"] for each in answers[0]] == ["scored", "scored"]
        assert len(totals) == 5  # the scores themselves do depend on them
        assert all(answer == answers[0] for answer in answers)

    async def test_a_project_of_which_they_have_nothing_but_a_title_like_its_own_is_not_among_them(
        self,
        http: httpx.AsyncClient,
        owner: Person,
        freelancer: Person,
        database: Database,
        matched: Callable[..., Awaitable[str]],
    ) -> None:
        await database.write(lambda session: setattr(session.get_one(Freelancer, freelancer.id), "headline", "Backend"))
        await matched(owner, freelancer, [skill("Violin repair")])
        assert (await http.get("/opportunities/best", headers=freelancer.signed_in)).json()["matches"] == []

    async def test_what_others_are_offered_is_not_among_them(
        self, http: httpx.AsyncClient, owner: Person, freelancer: Person, person: Make, matched: Callable[..., Any]
    ) -> None:
        await matched(owner, await person(Role.FREELANCER), [skill("Python"), skill("Kubernetes")])
        assert (await http.get("/opportunities/best", headers=freelancer.signed_in)).json()["matches"] == []


async def test_a_new_matching_touches_the_rows_of_those_concerned_alone(
    http: httpx.AsyncClient,
    owner: Person,
    freelancer: Person,
    person: Make,
    database: Database,
    matched: Callable[..., Any],
) -> None:
    other = await person(Role.FREELANCER)
    project = await matched(owner, freelancer, [skill("Python")])
    await matched(owner, other, [skill("Python")])

    def rows(session: Session) -> dict[tuple[str, str], tuple[Any, ...]]:
        found = session.scalars(select(Opportunity))
        return {(row.project_id, row.freelancer_id): (row.score, row.parts, row.updated_at) for row in found}

    before = await database.read(rows)

    def confirm(session: Session) -> None:
        session.get_one(Freelancer, freelancer.id).skills = [skill("Python", "confirmed")]
        found = session.get_one(Project, project)
        assessed = assess(asked(requirements_of(found)), profiles_of(session, [freelancer.id]))
        keep(session, [score_of(found.id, found.version, each) for each in assessed], threshold=0.3)

    await database.write(partial(confirm))
    after = await database.read(rows)
    assert [pair for pair in before if before[pair] != after[pair]] == [(project, freelancer.id)]
    assert after[project, freelancer.id][0] > before[project, freelancer.id][0]
