"""Projects and their matches as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models import OpportunityState, ProjectState
from schemas.nats_schemas import READ_FROM_TEXT, ProjectRequirements
from schemas.strict import Body, Line, NotNull, ShortLine, Text, View

Decision = Literal["shortlisted", "rejected", "hired"]
Places = Annotated[int, Field(ge=1, le=1000, description="How many freelancers are wanted.")]
Skills = Annotated[list[ShortLine], Field(max_length=100)]


class Requirements(ProjectRequirements):
    """What a project asks of a freelancer; with no skills named, they are read from the project's text."""

    model_config = ConfigDict(extra="forbid")

    required_skills: Skills = Field(default_factory=list, examples=[["Python", "FastAPI"]])
    wished_skills: Skills = Field(default_factory=list, examples=[["NATS"]])
    languages: Annotated[list[ShortLine], Field(max_length=30)] = Field(default_factory=list)
    location: Line | None = None
    max_rate: float | None = Field(default=None, ge=0, le=1_000_000)

    @model_validator(mode="before")
    @classmethod
    def _as_shown(cls, value: object) -> object:
        """Let what the API shows come back: a mark that they were read from the text is not the owner's to set."""
        if isinstance(value, dict):
            return {name: each for name, each in value.items() if name != READ_FROM_TEXT}
        return value


class ProjectDraft(Body):
    """A project to be posted."""

    title: Line = Field(examples=["An event-driven backend"])
    description: Text = ""
    requirements: Requirements = Field(default_factory=Requirements)
    places: Places = 1


class ProjectEdit(Body):
    """What an owner changes in a project; `requirements` are replaced as a whole."""

    title: Annotated[Line | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    requirements: Annotated[Requirements | None, NotNull] = None
    places: Annotated[Places | None, NotNull] = None
    state: Annotated[ProjectState | None, NotNull] = None


class ProjectView(View):
    """A project; matched as it is now, or not open, when `matched_version` has reached `version`."""

    id: str
    owner_id: str
    title: str
    description: str
    requirements: ProjectRequirements
    state: ProjectState
    places: int
    version: int
    matched_version: int
    created_at: datetime
    updated_at: datetime


class OwnersDecision(Body):
    """What the owner decides on a freelancer; it may be changed as long as the project looks for somebody."""

    decision: Decision


class MatchView(BaseModel):
    """How well a freelancer fits a project, and why; what the freelancer answered, and the owner decided."""

    opportunity_id: str
    freelancer_id: str
    freelancer_name: str
    state: OpportunityState
    answer: str | None
    decision: str | None
    closed_because: str | None = Field(description="Why it expired or was withdrawn.")
    expires_at: datetime | None = Field(description="Until when the freelancer can answer.")
    score: float = Field(description="How well project and profile fit: the sum of weight times value over the parts.")
    match_confidence: float = Field(description="How likely a yes is at this score.")
    missing_skills: list[str]
    improvement_potential: float
    improvements: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    reasons: list[str]
    message: str | None = Field(description="What the freelancer wrote when answering.")


class RankingView(BaseModel):
    """A project's matches, best first."""

    project_id: str
    version: int
    matched_version: int
    matches: list[MatchView]
