"""The questions of matching are answered from the profiles."""

import pytest
from pydantic import SecretStr

from modules.freelancer_opportunity import FreelancerOpportunityHandler
from schemas.nats_schemas import ProjectRequirements
from services.nats_service import NATSService
from tests.unit.modules.world import World, skill
from trunkline import Connection, InvalidPayload, NatsSettings


@pytest.fixture
def handler(world: World) -> FreelancerOpportunityHandler:
    """The platform's own, which needs no server for this."""
    return FreelancerOpportunityHandler(
        NATSService(Connection(NatsSettings.model_construct(url=SecretStr("nats://127.0.0.1:1")))), world.database
    )


async def test_they_are_answered_from_the_profiles(world: World, handler: FreelancerOpportunityHandler) -> None:
    requirements = ProjectRequirements(required_skills=["Python", "Rust"])
    good = await world.freelancer(skill("Python", "confirmed"), skill("Rust", "confirmed"))
    partly = await world.freelancer(skill("Python", "confirmed"))
    found = [
        (freelancer_id, score) for freelancer_id, score in await handler.find_potential_freelancer_matches(requirements)
    ]
    assert [freelancer_id for freelancer_id, _ in found] == [good, partly]
    assert found[0][1] > found[1][1]
    assert await handler.identify_skill_gaps(partly, requirements) == ["Rust"]
    assert await handler.identify_skill_gaps(good, requirements) == []
    potential = await handler.calculate_improvement_potential(partly, requirements)
    assert found[1][1] + potential == pytest.approx(found[0][1])


async def test_a_project_that_names_no_skills_fits_nobody_yet(
    world: World, handler: FreelancerOpportunityHandler
) -> None:
    await world.freelancer(skill("Python"))
    assert await handler.find_potential_freelancer_matches(ProjectRequirements(languages=["English"])) == []


async def test_a_malformed_answer_is_no_reason_to_try_again(
    world: World, handler: FreelancerOpportunityHandler
) -> None:
    with pytest.raises(InvalidPayload):
        await handler.process_skill_confirmations("f", "p", {"answer": "perhaps"})
