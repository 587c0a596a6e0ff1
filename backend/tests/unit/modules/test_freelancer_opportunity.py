"""The handler as the integration guide shows it: a subclass answers the questions, and events travel both ways."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.matching import AnyRequirements
from schemas.nats_schemas import OpportunityResponseEvent, ProjectRequirements
from services.nats_service import NATSService
from trunkline import InvalidSubject, Message
from trunkline.server import NatsServer


class Knowing(FreelancerOpportunityHandler):
    """Answers without a database."""

    async def find_potential_freelancer_matches(self, requirements: AnyRequirements) -> list[tuple[str, float]]:
        return [("ada", 0.9), ("grace", 0.5)]

    async def identify_skill_gaps(self, freelancer_id: str, requirements: AnyRequirements) -> list[str]:
        assert isinstance(requirements, ProjectRequirements)
        return requirements.required_skills if freelancer_id == "grace" else []

    async def calculate_improvement_potential(self, freelancer_id: str, requirements: AnyRequirements) -> float:
        return 0.25

    async def process_skill_confirmations(
        self, freelancer_id: str, project_id: str, data: OpportunityResponseEvent | Mapping[str, Any]
    ) -> float:
        assert not isinstance(data, OpportunityResponseEvent)
        return 0.95 if data["confirmed_skills"] else 0.1


@pytest.fixture
async def client(nats_server: NatsServer) -> AsyncIterator[Client]:
    """A plain nats-py client."""
    client = await nats.connect(nats_server.url)
    yield client
    await client.close()


@pytest.fixture
async def service(client: Client) -> NATSService:
    """A service around it, which needs nothing else."""
    return NATSService(client)


async def listening(service: NATSService, pattern: str) -> asyncio.Queue[tuple[str, dict[str, Any]]]:
    received: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    async def note(subject: str, data: dict[str, Any], msg: Message) -> None:
        received.put_nowait((subject, data))

    await service.subscribe_to_events(pattern, note)
    return received


class TestWithoutDatabase:
    async def test_a_project_is_offered_to_those_whom_the_subclass_finds(
        self, client: Client, service: NATSService
    ) -> None:
        await Knowing(service).setup_event_subscriptions()
        offers = await listening(service, "freelancer.*.opportunity.*.available")
        await client.flush()
        project = {"project_id": 7, "requirements": {"required_skills": ["Python"]}}
        await service.publish_event("project.7.created", project, persistent=True)
        async with asyncio.timeout(30):
            found = dict([await offers.get(), await offers.get()])
        assert found.keys() == {"freelancer.ada.opportunity.7.available", "freelancer.grace.opportunity.7.available"}
        grace = found["freelancer.grace.opportunity.7.available"]
        assert (grace["match_confidence"], grace["missing_skills"], grace["improvement_potential"]) == (
            0.5,
            ["Python"],
            0.25,
        )

    async def test_an_answer_moves_the_score(self, client: Client, service: NATSService) -> None:
        await Knowing(service).setup_event_subscriptions()
        scores = await listening(service, "matching.project.*.scores.updated")
        await client.flush()
        answer = {"project_id": 7, "freelancer_id": "ada", "answer": "interested", "confirmed_skills": ["Rust"]}
        await service.publish_event("freelancer.ada.opportunity.7.response", answer, persistent=True)
        async with asyncio.timeout(30):
            subject, data = await scores.get()
        assert subject == "matching.project.7.scores.updated"
        assert (data["freelancer_id"], data["updated_score"]) == ("ada", 0.95)
        assert data["timestamp"]

    async def test_the_platforms_own_answers_need_a_database(self, service: NATSService) -> None:
        with pytest.raises(NotImplementedError):
            await FreelancerOpportunityHandler(service).find_potential_freelancer_matches(ProjectRequirements())


class TestSubjects:
    async def test_both_ids_are_found_in_the_subject_of_an_answer(self, service: NATSService) -> None:
        handler = FreelancerOpportunityHandler(service)
        subject = "freelancer.f-1.opportunity.p-2.response"
        assert handler.extract_id_from_subject(subject, "freelancer") == "f-1"
        assert handler.extract_id_from_subject(subject, "project") == "p-2"

    @pytest.mark.parametrize("subject", ["project.7.created", "freelancer.opportunity", "events.custom.freelancer"])
    async def test_a_subject_without_such_an_id_is_refused(self, service: NATSService, subject: str) -> None:
        with pytest.raises(InvalidSubject):
            FreelancerOpportunityHandler(service).extract_id_from_subject(subject, "freelancer")
