"""The questions of matching are answered from the profiles."""

from typing import Any

import pytest
from pydantic import SecretStr

from core.security import SignedIn
from models import Freelancer, Role, now
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from schemas.freelancers import FreelancerEdit, SkillEdit
from schemas.nats_schemas import ProjectRequirements
from schemas.opportunities import OpportunityAnswer
from services import freelancers, opportunities
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


async def test_an_answer_that_is_taken_late_leaves_what_was_said_since(
    world: World, handler: FreelancerOpportunityHandler
) -> None:
    """As after hours without a server."""
    freelancer_id = await world.freelancer(skill("Python"))
    project_id = await world.project(requirements={"required_skills": ["Python", "Rust"]})
    opportunity_id = await world.opportunity(project_id, freelancer_id)
    freelancer = SignedIn(freelancer_id, "Ada", "ada@example.org", Role.FREELANCER, now())
    answer = OpportunityAnswer(answer="interested", confirmed_skills=["Rust"])
    await world.do(opportunities.respond, freelancer=freelancer, opportunity_id=opportunity_id, answer=answer)
    profile = await world.get(Freelancer, freelancer_id)
    assert (profile.version, [each["id"] for each in profile.skills]) == (2, ["python", "rust"])
    edit = FreelancerEdit(skills=[SkillEdit(name="Rust", status="denied")])
    await world.do(freelancers.change, asker=freelancer, freelancer_id="me", edit=edit)
    [(_, told)] = await world.said("freelancer.*.opportunity.*.response")
    await handler.process_skill_confirmations(freelancer_id, project_id, told)
    profile = await world.get(Freelancer, freelancer_id)
    assert (profile.version, profile.skills[-1]["status"]) == (3, "denied")


async def test_an_answer_of_another_program_is_brought_into_the_profile(
    world: World, handler: FreelancerOpportunityHandler
) -> None:
    freelancer_id = await world.freelancer(skill("Python"))
    project_id = await world.project(requirements={"required_skills": ["Python", "Rust"]})
    told: dict[str, Any] = {"project_id": project_id, "freelancer_id": freelancer_id, "answer": "interested"}
    before = await handler.process_skill_confirmations(freelancer_id, project_id, told)
    told |= {"confirmed_skills": ["Rust"]}
    assert await handler.process_skill_confirmations(freelancer_id, project_id, told) > before
    assert (await world.get(Freelancer, freelancer_id)).version == 2
