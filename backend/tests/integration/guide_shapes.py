"""Code in the shape that the integration guide gives it, with what it leaves out filled in.

This is how somebody who holds the guide writes: typing's old generics, naive times, no return types. It is kept so
on purpose, and must run on our service unchanged.
"""
# ruff: noqa: UP006, UP035, RUF013
# mypy: disable-error-code="type-arg,no-untyped-def,no-untyped-call,var-annotated,assignment"

from datetime import datetime
from typing import Any, Dict, List

from schemas.nats_schemas import FreelancerOpportunityEvent, ProjectCreatedEvent
from schemas.subjects import OPPORTUNITY_RESPONSE
from services.nats_service import NATSService


class HandOff:
    """The agent that takes over when an analysis is complete."""

    def __init__(self):
        self.started = []

    async def start_profile_building_task(self, cv_id, extracted_data):
        self.started.append((cv_id, extracted_data))

    async def handle_cv_analysis_complete(self, subject: str, data: Dict[str, Any], msg):
        if data.get("next_step") == "profile_building":
            await self.start_profile_building_task(data["cv_id"], data["extracted_data"])


class CVReactions:
    """A service that reacts to uploads."""

    def __init__(self):
        self.started = []

    async def start_cv_processing(self, cv_id):
        self.started.append(cv_id)

    async def handle_cv_uploaded(self, subject: str, data: Dict[str, Any], msg):
        cv_id = data["cv_id"]
        await self.start_cv_processing(cv_id)


class FreelancerOpportunityHandler:
    """Matching as the guide's pattern has it, with two known freelancers."""

    def __init__(self, nats_service: NATSService):
        self.nats_service = nats_service
        self.responses = []

    async def setup_event_subscriptions(self):
        await self.nats_service.subscribe_to_events("project.*.created", self.handle_project_created)
        await self.nats_service.subscribe_to_events(
            "freelancer.*.opportunity.*.response", self.handle_freelancer_opportunity_response
        )

    async def handle_project_created(self, subject: str, data: ProjectCreatedEvent, msg):
        project_id = data.project_id
        project_requirements = data.requirements
        potential_matches = await self.find_potential_freelancer_matches(project_requirements)
        for freelancer_id, match_score in potential_matches:
            opportunity_event = FreelancerOpportunityEvent(
                project_id=project_id,
                freelancer_id=freelancer_id,
                match_confidence=match_score,
                missing_skills=await self.identify_skill_gaps(freelancer_id, project_requirements),
                improvement_potential=await self.calculate_improvement_potential(freelancer_id, project_requirements),
            )
            await self.nats_service.publish_event(
                subject=f"freelancer.{freelancer_id}.opportunity.{project_id}.available",
                data=opportunity_event.dict(),
                persistent=True,
            )

    async def handle_freelancer_opportunity_response(self, subject: str, data: Dict, msg):
        freelancer_id = self.extract_id_from_subject(subject, "freelancer")
        project_id = self.extract_id_from_subject(subject, "project")
        updated_match_score = await self.process_skill_confirmations(freelancer_id, project_id, data)
        await self.nats_service.publish_event(
            subject=f"matching.project.{project_id}.scores.updated",
            data={
                "freelancer_id": freelancer_id,
                "updated_score": updated_match_score,
                "timestamp": datetime.utcnow().isoformat(),
            },
            persistent=True,
        )

    async def find_potential_freelancer_matches(self, requirements):
        return [("f1", 0.9), ("f2", 0.6)]

    async def identify_skill_gaps(self, freelancer_id, requirements):
        return [skill for skill in requirements.required_skills if skill != "python"]

    async def calculate_improvement_potential(self, freelancer_id, requirements):
        return 0.1

    async def process_skill_confirmations(self, freelancer_id, project_id, data):
        self.responses.append((freelancer_id, project_id, data))
        return 0.95

    def extract_id_from_subject(self, subject, kind):
        return OPPORTUNITY_RESPONSE.parse(subject)[f"{kind}_id"]


class NATSAwareAgent:
    """An agent on the guide's template, written out by its user."""

    def __init__(self, agent_name: str, nats_service: NATSService):
        self.agent_name = agent_name
        self.nats_service = nats_service
        self.subscriptions = []
        self.messages = []

    async def initialize(self):
        await self.setup_subscriptions()

    async def setup_subscriptions(self):
        self.subscriptions.append(
            await self.nats_service.subscribe_to_events("agent.*.result.*", self.handle_agent_message)
        )

    async def publish_agent_result(self, result_type: str, data: Dict, target_agents: List[str] = None):
        subject = f"agent.{self.agent_name}.result.{result_type}"
        event_data = {
            "agent_name": self.agent_name,
            "result_type": result_type,
            "data": data,
            "target_agents": target_agents,
            "timestamp": datetime.utcnow().isoformat(),
        }
        await self.nats_service.publish_event(subject=subject, data=event_data, persistent=True)

    async def handle_agent_message(self, subject: str, data: Dict, msg):
        self.messages.append((subject, data))
