"""Agents as operators see them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from schemas.strict import View
from trunkline import Liveness


class AgentQuery(BaseModel, extra="forbid"):
    """Which agents are wanted; what is left out may be anything."""

    skill: Annotated[str | None, Field(max_length=255, description="The id of something that it can do.")] = None
    liveness: Liveness | None = None


class SkillView(View):
    """Something that an agent can do. An empty schema takes, or gives, anything."""

    id: str
    description: str
    subject: str = Field(description="Where it listens.")
    queue: str = Field(description="The name that its instances share there.")
    input_schema: dict[str, Any]
    result_schema: dict[str, Any]


class InstanceView(View):
    """One instance of an agent: what runs in one process."""

    id: str
    liveness: Liveness
    stopped: bool = Field(description="Whether it has ended in order, and was not lost.")
    version: str
    load: float | None = Field(description="What it last said: 0 idle, 1 all that it can do at once.")
    started: datetime
    last_seen: datetime
    host: str
    pid: int


class AgentView(View):
    """An agent, as alive as its liveliest instance, whose version, description and skills are shown."""

    name: str
    liveness: Liveness
    version: str
    description: str
    skills: list[SkillView]
    load: float | None = Field(description="The mean of the instances that are alive.")
    last_seen: datetime
    instances: list[InstanceView] = Field(description="The liveliest first; of those that are gone the last ones.")
