"""A project is matched once for each version, whatever comes late."""

from models import Project, ProjectState
from modules.matched import project_to_match, settle_project
from tests.unit.modules.world import World

REQUIREMENTS = {"required_skills": ["Python", "Rust"]}


async def test_a_project_is_matched_once_for_each_version(world: World) -> None:
    project = await world.project(requirements=REQUIREMENTS)
    assert await world.do(project_to_match, project_id=project) is not None
    await world.do(settle_project, project_id=project, version=1)
    assert (await world.get(Project, project)).matched_version == 1
    assert await world.do(project_to_match, project_id=project) is None
    await world.change(Project, project, version=2)
    assert await world.do(project_to_match, project_id=project) is not None


async def test_a_late_matching_does_not_take_the_newer_one_back(world: World) -> None:
    project = await world.project(version=2, matched_version=2)
    await world.do(settle_project, project_id=project, version=1)
    assert (await world.get(Project, project)).matched_version == 2
    assert await world.said() == []


async def test_closed_and_unknown_projects_are_left_alone(world: World) -> None:
    closed = await world.project(state=ProjectState.CLOSED)
    assert await world.do(project_to_match, project_id=closed) is None
    assert await world.do(project_to_match, project_id="123") is None
