"""The main job, from upload to answer, through the HTTP API of a running platform on its embedded defaults."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.application import Application, free_port
from tests.e2e.people import Person, until
from trunkline.server import NatsServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEMO_CVS = Path(__file__).resolve().parents[3] / "demo" / "cvs"

PYTHON_CV = b"""Ada Example
Data engineer
ada@example.org

Summary
Builds data pipelines in Python.

Experience
Data engineer, Acme Ltd
2018 - 2024
Python and PostgreSQL pipelines, Docker deployments.

Skills
Python, PostgreSQL, Docker

Languages
English (C1)
"""

DESIGN_CV = b"""Grace Example
Graphic designer
grace@example.org

Experience
Designer, Studio Example
2020 - 2024
Posters and packaging in Adobe Photoshop and Adobe Illustrator.

Skills
Adobe Photoshop, Adobe Illustrator, Typography
"""

PROJECT = {
    "title": "A pipeline for sensor data",
    "description": "Sensors write; we want to read.",
    "requirements": {
        "required_skills": ["Python", "PostgreSQL"],
        "wished_skills": ["Kafka"],
        "min_years": 3,
        "languages": ["English"],
        "remote": True,
    },
}


async def with_profile(application: Application, cv: bytes, filename: str = "cv.txt") -> Person:
    """A freelancer whose CV has been read."""
    person = await Person.register(application, "freelancer")
    cv_id = await person.upload(cv, filename)
    assert (await person.cv_ended(cv_id))["state"] == "completed"
    await person.profile()
    return person


class TestCVs:
    async def test_an_uploaded_cv_becomes_a_profile_and_its_freelancer_sees_it_happen(self, freelancer: Person) -> None:
        async with freelancer.live() as live:
            cv_id = await freelancer.upload(PYTHON_CV)
            cv = await freelancer.cv_ended(cv_id)
            assert (cv["state"], cv["error"]) == ("completed", None)
            await live.one(f"cv.{cv_id}.processing.completed")
            assert live.subjects == [
                f"cv.{cv_id}.uploaded",
                f"cv.{cv_id}.processing.started",
                f"cv.{cv_id}.processing.completed",
            ]
        profile = await freelancer.profile()
        assert {"Python", "PostgreSQL", "Docker"} <= {skill["name"] for skill in profile["skills"]}
        assert profile["years_of_experience"] >= 5
        assert [language["name"] for language in profile["languages"]] == ["English"]
        assert profile["cv_id"] == cv_id

    @pytest.mark.parametrize("kind", ["pdf", "docx"])
    async def test_documents_of_other_kinds_are_read_too(self, application: Application, kind: str) -> None:
        path = sorted(DEMO_CVS.glob(f"*.{kind}"))[0]
        person = await with_profile(application, path.read_bytes(), path.name)
        assert len((await person.profile())["skills"]) >= 3

    async def test_a_cv_that_cannot_be_read_fails_with_the_reason(self, freelancer: Person) -> None:
        async with freelancer.live() as live:
            cv_id = await freelancer.upload(b"%PDF-1.7\nnothing follows", "cv.pdf")
            cv = await freelancer.cv_ended(cv_id)
            assert cv["state"] == "failed"
            assert "read" in cv["error"] or "damaged" in cv["error"]
            failed = await live.one(f"cv.{cv_id}.processing.failed")
            assert failed["data"]["error"] == cv["error"]

    async def test_what_a_freelancer_edited_survives_the_next_cv(self, application: Application) -> None:
        person = await with_profile(application, PYTHON_CV)
        edit = {"headline": "My own words", "skills": [{"name": "Docker", "status": "denied"}]}
        await person.patch("/freelancers/me", edit)
        cv_id = await person.upload(PYTHON_CV.replace(b"PostgreSQL", b"Kubernetes"))

        async def follows_the_new_cv() -> Any:
            profile = await person.get("/freelancers/me")
            return profile if profile["cv_id"] == cv_id else None

        profile = await until(follows_the_new_cv)
        status = {skill["name"]: skill["status"] for skill in profile["skills"]}
        assert profile["headline"] == "My own words"
        assert status["Docker"] == "denied"
        assert "Kubernetes" in status
        assert "PostgreSQL" not in status


class TestMatching:
    async def test_a_project_finds_its_people_and_says_why(self, application: Application, owner: Person) -> None:
        engineer, designer = await asyncio.gather(
            with_profile(application, PYTHON_CV), with_profile(application, DESIGN_CV)
        )
        async with owner.live() as seen_by_owner, engineer.live() as seen_by_engineer:
            project = await owner.post("/projects", PROJECT)
            matches = await owner.ranking(project["id"])
            ranked = {match["freelancer_id"]: match for match in matches}
            assert designer.id not in ranked
            best = ranked[engineer.id]
            assert best["state"] == "available"
            assert best["missing_skills"] == ["Apache Kafka"] or best["missing_skills"] == ["Kafka"]
            assert best["improvement_potential"] > 0
            assert best["reasons"]

            opportunity = await seen_by_engineer.one(f"freelancer.{engineer.id}.opportunity.{project['id']}.available")
            assert opportunity["data"]["match_confidence"] == best["match_confidence"]
            assert opportunity["data"]["missing_skills"] == best["missing_skills"]
            await seen_by_owner.one(f"matching.project.{project['id']}.freelancer.{engineer.id}.identified")
            assert f"project.{project['id']}.created" in seen_by_owner.subjects

    async def test_an_answer_moves_the_score(self, application: Application, owner: Person) -> None:
        engineer = await with_profile(application, PYTHON_CV)
        project = await owner.post("/projects", PROJECT)
        before = next(m for m in await owner.ranking(project["id"]) if m["freelancer_id"] == engineer.id)
        async with owner.live() as seen_by_owner:
            answer = {"answer": "interested", "confirmed_skills": before["missing_skills"], "denied_skills": []}
            await engineer.post(f"/opportunities/{before['opportunity_id']}/response", answer)
            event = await seen_by_owner.one(f"matching.project.{project['id']}.scores.updated")
            await seen_by_owner.one(f"freelancer.{engineer.id}.opportunity.{project['id']}.response")
        assert event["data"]["previous_score"] == before["match_confidence"]
        assert event["data"]["updated_score"] > before["match_confidence"]
        after = next(m for m in await owner.ranking(project["id"]) if m["freelancer_id"] == engineer.id)
        assert after["match_confidence"] == event["data"]["updated_score"]
        assert (after["state"], after["missing_skills"]) == ("interested", [])

    async def test_a_changed_project_is_matched_again_and_offers_nothing_twice(
        self, application: Application, owner: Person
    ) -> None:
        engineer = await with_profile(application, PYTHON_CV)
        async with owner.live() as seen_by_owner, engineer.live() as seen_by_engineer:
            project = await owner.post("/projects", PROJECT)
            await owner.ranking(project["id"])
            await seen_by_engineer.one(f"freelancer.{engineer.id}.opportunity.{project['id']}.available")
            changed = PROJECT["requirements"] | {"wished_skills": ["Docker"]}  # type: ignore[operator]
            await owner.patch(f"/projects/{project['id']}", {"requirements": changed})
            after = next(m for m in await owner.ranking(project["id"]) if m["freelancer_id"] == engineer.id)
            assert after["missing_skills"] == []
            await seen_by_owner.one(f"project.{project['id']}.updated")

            async def told() -> Any:
                events = [e for e in seen_by_owner.events if e["subject"].endswith("scores.updated")]
                return any(e["data"]["freelancer_id"] == engineer.id for e in events)

            await until(told)
            offered = f"freelancer.{engineer.id}.opportunity.{project['id']}.available"
            assert seen_by_engineer.subjects.count(offered) == 1

    async def test_a_new_profile_is_matched_with_the_projects_that_are_there(
        self, application: Application, owner: Person
    ) -> None:
        project = await owner.post("/projects", PROJECT)
        await owner.ranking(project["id"])
        engineer = await with_profile(application, PYTHON_CV)

        async def offered() -> Any:
            items = (await engineer.get("/opportunities"))["items"]
            return [item for item in items if item["project_id"] == project["id"]]

        [opportunity] = await until(offered)
        assert opportunity["state"] == "available"

    async def test_a_project_that_names_no_skills_gets_them_from_its_text(
        self, application: Application, owner: Person
    ) -> None:
        engineer = await with_profile(application, PYTHON_CV)
        project = await owner.post(
            "/projects", {"title": "Pipelines", "description": "We need Python and PostgreSQL.", "requirements": {}}
        )

        async def matched() -> Any:
            matches = await owner.ranking(project["id"])
            return next((match for match in matches if match["freelancer_id"] == engineer.id), None)

        assert (await until(matched))["state"] == "available"
        requirements = (await owner.get(f"/projects/{project['id']}"))["requirements"]
        assert requirements["required_skills"] == ["Python", "PostgreSQL"]


class TestCommunication:
    async def test_messages_and_clarifications_reach_the_other_side(
        self, application: Application, owner: Person
    ) -> None:
        engineer = await with_profile(application, PYTHON_CV)
        project = await owner.post("/projects", PROJECT)
        await owner.ranking(project["id"])
        async with owner.live() as seen_by_owner, engineer.live() as seen_by_engineer:
            message = await owner.post(
                "/chat/messages", {"project_id": project["id"], "recipient_id": engineer.id, "content": "Hello!"}
            )
            heard = await seen_by_engineer.one(f"chat.message.{message['id']}.created")
            assert heard["data"]["content"] == "Hello!"
            routed = await seen_by_engineer.one("communication.chat.route")
            assert routed["data"]["recipient_id"] == engineer.id

            question = {"project_id": project["id"], "freelancer_id": engineer.id, "question": "From when on?"}
            asked = await owner.post("/clarifications", question)
            await seen_by_engineer.one(f"freelancer.{engineer.id}.clarification.{project['id']}.request")
            await engineer.post(f"/clarifications/{asked['id']}/answer", {"answer": "From March on."})
            answered = await seen_by_owner.one(f"project.{project['id']}.clarification.{engineer.id}.response")
            assert answered["data"]["answer"] == "From March on."
            await seen_by_owner.one("communication.clarification_response.route")


class TestAnalytics:
    async def test_the_journey_of_a_freelancer_is_counted(self, application: Application) -> None:
        person = await with_profile(application, PYTHON_CV)

        async def counted() -> Any:
            journey = await person.get(f"/analytics/journeys/{person.id}")
            stages = {stage["stage"]: stage["count"] for stage in journey["stages"]}
            return {"registered": 1, "cv_uploaded": 1, "cv_processed": 1}.items() <= stages.items()

        await until(counted)


class TestPrivacy:
    async def test_nobody_sees_what_does_not_concern_them(self, application: Application, owner: Person) -> None:
        stranger = await Person.register(application, "freelancer")
        other_owner = await Person.register(application, "owner")
        async with stranger.live() as seen_by_stranger, other_owner.live() as seen_by_other:
            engineer = await with_profile(application, PYTHON_CV)
            project = await owner.post("/projects", PROJECT)
            await owner.ranking(project["id"])
            async with engineer.live() as seen_by_engineer:
                await owner.post(
                    "/chat/messages", {"project_id": project["id"], "recipient_id": engineer.id, "content": "Hello!"}
                )
                await seen_by_engineer.one("chat.message.*.created")
            assert seen_by_stranger.events == []
            assert seen_by_other.events == []


class TestOtherServers:
    async def test_it_works_on_a_server_without_jetstream(self, tmp_path: Path) -> None:
        server = NatsServer(jetstream=False)
        await server.start()
        try:
            async with Application(tmp_path, nats_url=server.url) as application:
                await application.connected()
                owner = await Person.register(application, "owner")
                engineer = await with_profile(application, PYTHON_CV)
                async with engineer.live() as live:
                    project = await owner.post("/projects", PROJECT)
                    [match] = await owner.ranking(project["id"])
                    assert (match["freelancer_id"], match["state"]) == (engineer.id, "available")
                    await live.one(f"freelancer.{engineer.id}.opportunity.{project['id']}.available")
        finally:
            await server.stop()

    async def test_what_was_taken_without_a_server_is_done_when_there_is_one(self, tmp_path: Path) -> None:
        server = NatsServer(port=free_port())
        async with Application(tmp_path, nats_url=f"nats://127.0.0.1:{server.port}") as application:
            owner = await Person.register(application, "owner")
            freelancer = await Person.register(application, "freelancer")
            cv_id = await freelancer.upload(PYTHON_CV)
            project = await owner.post("/projects", PROJECT)
            assert (await freelancer.get(f"/cvs/{cv_id}"))["state"] == "uploaded"
            await server.start()
            try:
                assert (await freelancer.cv_ended(cv_id))["state"] == "completed"
                await freelancer.profile()
                await owner.ranking(project["id"])

                async def offered() -> Any:
                    return (await freelancer.get("/opportunities"))["items"]

                [opportunity] = await until(offered)
                assert opportunity["project_id"] == project["id"]
            finally:
                await server.stop()
