"""Agents, for operators: which there are, what they can do, and whether they are alive; see docs/registry.md."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.problems import problem_responses
from core.nats import get_registry
from core.security import require_role
from models import Role
from schemas.agents import AgentQuery, AgentView
from trunkline import Registry

router = APIRouter(
    prefix="/agents",
    tags=["Agents"],
    dependencies=[Depends(require_role(Role.OPERATOR))],
    responses=problem_responses(401, 403),
)

KnownAgents = Annotated[Registry, Depends(get_registry)]


@router.get("", summary="List agents", responses=problem_responses(422, 503))
async def list_agents(query: Annotated[AgentQuery, Query()], registry: KnownAgents) -> list[AgentView]:
    """Return the agents that are known, in whatever process they run, by name; also those that are gone."""
    found = await registry.agents(skill=query.skill)
    return [
        AgentView.model_validate(agent) for agent in found if query.liveness is None or agent.liveness is query.liveness
    ]
