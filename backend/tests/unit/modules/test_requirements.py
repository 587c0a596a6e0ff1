"""A project that names no skills gets those that its text names."""

from typing import Any

from models import Project
from modules.requirements import (
    AGENT_NAME,
    ProjectText,
    is_own_change,
    names_skills,
    needs_reading,
    requirements_in,
    settle,
)
from schemas.nats_schemas import ProjectUpdatedEvent
from tests.unit.modules.world import World

TEXT = """A web shop
We need a developer with at least 5 years of Python and PostgreSQL.
Experience with Docker would be a plus."""

GIVEN = {"required_skills": [], "wished_skills": [], "min_years": None, "languages": ["German"], "remote": True}


def needs(requirements: dict[str, Any], *changed: str) -> bool:
    return needs_reading(ProjectText(1, TEXT, requirements), list(changed))


class TestReading:
    def test_skills_and_years_come_from_the_text_and_wishes_are_told_apart(self) -> None:
        found = requirements_in(TEXT, GIVEN)
        assert found["required_skills"] == ["Python", "PostgreSQL"]
        assert found["wished_skills"] == ["Docker"]
        assert found["min_years"] == 5.0
        assert found["languages"] == ["German"]

    def test_a_text_without_skills_gives_none(self) -> None:
        assert not names_skills(requirements_in("Somebody nice.", GIVEN))


class TestWhenToRead:
    def test_what_the_owner_named_is_left_alone(self) -> None:
        assert not needs({"required_skills": ["Python"]})
        assert not needs({"wished_skills": ["Python"]}, "description")

    def test_what_was_read_from_the_text_follows_the_text(self) -> None:
        assert needs(requirements_in(TEXT, GIVEN), "description")

    def test_until_the_owner_writes_requirements(self) -> None:
        assert not needs(requirements_in(TEXT, GIVEN), "requirements")


class TestSettling:
    async def test_what_was_gathered_counts_as_an_edit(self, world: World) -> None:
        project = await world.project(requirements=GIVEN)
        gathered = requirements_in(TEXT, GIVEN)
        await world.do(settle, project_id=project, version=1, gathered=gathered)
        row = await world.get(Project, project)
        assert (row.version, row.requirements) == (2, gathered)
        said = dict(await world.said())
        updated = said[f"project.{project}.updated"]
        assert (updated["changed"], updated["version"], updated["state"]) == (["requirements"], 2, "open")
        task = said["agent.task.completed.requirements_agent"]
        assert task["ready_for_matching"] is True
        assert task["requirements"]["required_skills"] == ["Python", "PostgreSQL"]

    async def test_its_own_edit_is_not_reacted_to(self, world: World) -> None:
        project = await world.project(requirements=GIVEN)
        await world.do(settle, project_id=project, version=1, gathered=requirements_in(TEXT, GIVEN))
        [(_, event)] = await world.said("project.*.updated")
        assert is_own_change(ProjectUpdatedEvent.model_validate(event))
        assert event["changed_by"] == AGENT_NAME

    async def test_a_project_that_names_skills_is_ready_and_not_edited(self, world: World) -> None:
        project = await world.project(requirements={"required_skills": ["Python"]})
        await world.do(settle, project_id=project, version=1, gathered=None)
        assert (await world.get(Project, project)).version == 1
        [(subject, event)] = await world.said("agent.>")
        assert (subject, event["ready_for_matching"]) == ("agent.task.completed.requirements_agent", True)

    async def test_a_project_in_whose_text_nothing_is_found_is_said_not_to_be_ready(self, world: World) -> None:
        project = await world.project(requirements=GIVEN)
        await world.do(settle, project_id=project, version=1, gathered=requirements_in("Somebody nice.", GIVEN))
        [(_, event)] = await world.said("agent.>")
        assert event["ready_for_matching"] is False
        assert (await world.get(Project, project)).version == 1

    async def test_a_project_that_has_changed_meanwhile_is_left_to_the_newer_event(self, world: World) -> None:
        project = await world.project(requirements=GIVEN, version=2)
        await world.do(settle, project_id=project, version=1, gathered=requirements_in(TEXT, GIVEN))
        assert await world.said() == []
        assert (await world.get(Project, project)).requirements == GIVEN
