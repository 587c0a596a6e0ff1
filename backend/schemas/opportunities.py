"""Opportunities as a freelancer sees and answers them."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from models import OpportunityState
from schemas.nats_schemas import ProjectRequirements
from schemas.projects import Skills
from schemas.strict import Body, Words
from sourcing.skills import skill_for


class OpportunityView(BaseModel):
    """A project offered to a freelancer: how well it fits, what is missing, and what having that would add."""

    id: str
    project_id: str
    project_title: str
    project_description: str
    requirements: ProjectRequirements
    state: OpportunityState
    score: float = Field(description="How well project and profile fit: the sum of weight times value over the parts.")
    match_confidence: float = Field(description="How likely a yes is at this score.")
    missing_skills: list[str]
    improvement_potential: float
    improvements: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    reasons: list[str]
    message: str | None
    answer: str | None = Field(description="What the freelancer said last.")
    expires_at: datetime | None = Field(description="Until when it can be answered; null: no deadline, or answered.")
    closed_because: str | None = Field(description="Why it expired or was withdrawn.")
    created_at: datetime
    updated_at: datetime


class NotOfferedView(BaseModel):
    """An open project that was not offered: which of its skills, years and languages are there, and what is missing.

    What the project is, whose, where, and what it pays are its owner's to tell: names and texts are not in it, nor the
    parts `work` and `terms`, nor any figure that depends on them. `score` is what the other parts give; an offer's is
    of all parts.
    """

    id: str
    state: Literal[OpportunityState.SCORED]
    score: float
    missing_skills: list[str]
    parts: list[dict[str, Any]]


class BestProjectsView(BaseModel):
    """The open projects that fit a freelancer best, best first, offered or not; as of `matched_version`."""

    freelancer_id: str
    version: int
    matched_version: int
    matches: list[OpportunityView | NotOfferedView]


class OpportunityAnswer(Body):
    """A freelancer's answer. It may be given again; the last one stands."""

    answer: Literal["interested", "declined"]
    confirmed_skills: Skills = Field(default_factory=list, description="Skills that the freelancer has.")
    denied_skills: Skills = Field(default_factory=list, description="Skills found in the CV that are not there.")
    message: Words | None = Field(default=None, description="A word to the owner.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        confirmed = {skill_for(name).id for name in self.confirmed_skills}
        both = [name for name in self.denied_skills if skill_for(name).id in confirmed]
        if both:
            raise ValueError(f"confirmed and denied at once: {', '.join(both)}")
        return self
