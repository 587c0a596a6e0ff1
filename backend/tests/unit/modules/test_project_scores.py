"""A project's scores are worked out in a few questions of the database, and explained as a subclass says."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from models import Project
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.matching import AnyRequirements
from modules.open_projects import as_open
from modules.project_scores import scores_of_project
from services.nats_service import NATSService
from tests.unit.modules.world import World, skill
from trunkline import Connection, NatsSettings

REQUIREMENTS = {"required_skills": ["Python", "Rust"]}
T = TypeVar("T")


@pytest.fixture
def service() -> NATSService:
    """It needs no server for this."""
    return NATSService(Connection(NatsSettings.model_construct(url=SecretStr("nats://127.0.0.1:1"))))


class Knowing(FreelancerOpportunityHandler):
    """Knows better what is missing, and what it would add."""

    async def identify_skill_gaps(self, freelancer_id: str, requirements: AnyRequirements) -> list[str]:
        return ["Patience"]

    async def calculate_improvement_potential(self, freelancer_id: str, requirements: AnyRequirements) -> float:
        return 0.125


async def test_who_knows_better_explains_what_may_become_an_offer(world: World, service: NATSService) -> None:
    await world.freelancer(skill("Python", "confirmed"))
    await world.freelancer(skill("Cooking", "confirmed"))
    project = as_open(await world.get(Project, await world.project(requirements=REQUIREMENTS)))
    fits, does_not = await scores_of_project(Knowing(service, world.database), world.database, project)
    assert (fits.missing_skills, fits.improvement_potential) == (["Patience"], 0.125)
    assert (does_not.missing_skills, does_not.improvement_potential) == (["Python", "Rust"], None)


async def test_the_database_is_read_as_often_for_many_as_for_one(
    world: World, service: NATSService, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = world.database.read

    async def counted(function: Callable[[Session], T]) -> T:
        nonlocal reads
        reads += 1
        return await read(function)

    monkeypatch.setattr(world.database, "read", counted)
    found = []
    for count in (1, 9):
        for _ in range(count):
            await world.freelancer(skill("Python", "confirmed"))
        project = as_open(await world.get(Project, await world.project(requirements=REQUIREMENTS)))
        reads = 0
        assert await scores_of_project(FreelancerOpportunityHandler(service, world.database), world.database, project)
        found.append(reads)
    assert found[0] == found[1]
