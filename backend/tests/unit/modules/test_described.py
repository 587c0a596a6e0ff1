"""The skills that only a project's words name."""

import pytest

from models import Project
from modules import described
from modules.described import note
from modules.open_projects import as_open, note_described
from tests.unit.modules.world import World


async def test_they_are_found_once_and_kept_with_the_project(world: World) -> None:
    project_id = await world.project(description="We move a billing system to Kubernetes.")
    before = await world.get(Project, project_id)
    found = as_open(before)
    assert found.requirements["described_skills"] == ["Kubernetes"]
    assert found.described.is_new
    await note_described(world.database, [found])
    project = await world.get(Project, project_id)
    again = as_open(project)
    assert again.requirements == found.requirements
    assert not again.described.is_new
    assert (project.version, project.updated_at) == (before.version, before.updated_at)


async def test_other_words_name_other_skills(world: World) -> None:
    project_id = await world.project(description="We move a billing system to Kubernetes.")
    await note_described(world.database, [as_open(await world.get(Project, project_id))])
    await world.change(Project, project_id, description="We tidy up a PostgreSQL database.")
    assert as_open(await world.get(Project, project_id)).requirements["described_skills"] == ["PostgreSQL"]


async def test_another_list_of_skills_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    project_id = await world.project(description="We move a billing system to Kubernetes.")
    await note_described(world.database, [as_open(await world.get(Project, project_id))])
    monkeypatch.setattr(described, "list_digest", lambda: "another")
    assert as_open(await world.get(Project, project_id)).described.is_new


async def test_what_was_found_in_words_that_have_changed_since_is_not_taken(world: World) -> None:
    project_id = await world.project(description="We move a billing system to Kubernetes.")
    late = as_open(await world.get(Project, project_id)).described
    await world.change(Project, project_id, description="We tidy up a PostgreSQL database.")
    await world.do(note, found=[late])
    assert as_open(await world.get(Project, project_id)).requirements["described_skills"] == ["PostgreSQL"]
