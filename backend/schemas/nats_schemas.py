"""The events of the platform, as they travel.

Fields that are not declared survive (a newer sender may say more); fields that are wrong are refused by name. Ids are
strings or integers. A field marked ``personal`` holds a person's own words.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from schemas import subjects
from schemas.subjects import CROSS_JOURNEY_SUBJECTS
from trunkline import Subject

__all__ = [
    "CROSS_JOURNEY_SUBJECTS",
    "READ_FROM_TEXT",
    "AgentResultEvent",
    "AgentTaskCompletedEvent",
    "AnalyticsPlatformMetricEvent",
    "AnalyticsUserJourneyEvent",
    "BudgetExceededEvent",
    "CVProcessingCompletedEvent",
    "CVProcessingFailedEvent",
    "CVProcessingStartedEvent",
    "CVUploadedEvent",
    "ChatMessageCreatedEvent",
    "ClarificationRequestEvent",
    "ClarificationResponseEvent",
    "CommunicationRouteEvent",
    "EventSchema",
    "FreelancerIdentifiedEvent",
    "FreelancerOpportunityEvent",
    "Id",
    "OpportunityChangedEvent",
    "OpportunityDecisionEvent",
    "OpportunityResponseEvent",
    "ProjectCreatedEvent",
    "ProjectRequirements",
    "ProjectUpdatedEvent",
    "ScoresUpdatedEvent",
    "WorkflowCompleteEvent",
    "WorkflowStateChangeEvent",
    "WorkflowTriggerEvent",
    "schema_of",
]


def _whole_or_text(value: object) -> object:
    """Refuse in one sentence what would otherwise be refused once as an integer and once as a string."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise PydanticCustomError("id_type", "must be an integer or a string")
    return value


Id = Annotated[int | str, BeforeValidator(_whole_or_text)]

_PERSONAL: dict[str, JsonValue] = {"personal": True}


def _now() -> datetime:
    return datetime.now(UTC)


class EventSchema(BaseModel):
    """What all events share."""

    model_config = ConfigDict(extra="allow")

    timestamp: datetime = Field(default_factory=_now)

    def dict(self, **options: Any) -> dict[str, Any]:
        """Return the event's fields; Pydantic's older name for `model_dump`, kept without its warning."""
        return self.model_dump(**options)


class CVUploadedEvent(EventSchema):
    """A CV has been stored and waits to be read."""

    cv_id: Id
    filename: str = Field(max_length=1024, json_schema_extra=_PERSONAL)
    freelancer_id: Id | None = None


class CVProcessingStartedEvent(EventSchema):
    """An analyser has begun to read a CV."""

    cv_id: Id
    session_id: Id


class CVProcessingCompletedEvent(EventSchema):
    """A CV has been read."""

    cv_id: Id
    session_id: Id
    success: Literal[True] = True


class CVProcessingFailedEvent(EventSchema):
    """A CV could not be read; `error` says why, in words for its owner."""

    cv_id: Id
    session_id: Id
    success: Literal[False] = False
    error: str | None = None


class ChatMessageCreatedEvent(EventSchema):
    """A chat message has been written."""

    message_id: Id
    role: str = Field(max_length=64)
    content: str = Field(json_schema_extra=_PERSONAL)
    sender_id: Id | None = None
    recipient_id: Id | None = None
    project_id: Id | None = None


class AgentTaskCompletedEvent(EventSchema):
    """An agent has finished a task.

    Readers look for the result's fields both under `result` and beside it, so it is written to both places; where a
    name stands in the envelope as well, the envelope's own field wins.
    """

    agent_id: Id
    task_id: Id
    result: dict[str, Any] = Field(default_factory=dict, json_schema_extra=_PERSONAL)

    @model_serializer(mode="wrap")
    def _unfold_result(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        return {**fields.get("result", {}), **fields}


class AgentTaskSubmittedEvent(EventSchema):
    """A task waits for an agent; what it is about stands in the database. `round` counts its resumptions."""

    task_id: Id
    task_type: str
    round: int


class AgentTaskChangedEvent(EventSchema):
    """Something happened to a task: the event `number` of its own, of a `kind`; the rest stands in the database."""

    task_id: Id
    task_type: str
    number: int
    kind: str
    state: str
    attempt: int
    owner: Id | None = None


class AgentResultEvent(EventSchema):
    """A result that an agent offers to other agents."""

    agent_name: str
    result_type: str
    data: dict[str, Any] = Field(default_factory=dict, json_schema_extra=_PERSONAL)
    target_agents: list[str] | None = None


class BudgetExceededEvent(EventSchema):
    """What a task tree, named by its root, may spend on language models does not hold another call; told once."""

    root: str
    over: list[str]
    limits: dict[str, float] = Field(default_factory=dict)
    spent: dict[str, float] = Field(default_factory=dict)


class WorkflowStateChangeEvent(EventSchema):
    """A workflow has gone from one state to the next."""

    workflow_id: Id
    state: str
    next_state: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class WorkflowTriggerEvent(EventSchema):
    """A module is asked to act."""

    module_name: str
    action: str
    data: dict[str, Any] = Field(default_factory=dict)


class WorkflowCompleteEvent(WorkflowTriggerEvent):
    """A module has done what it was asked to."""

    success: bool = True


READ_FROM_TEXT = "read_from_text"
"""Marks requirements that were read from the project's text, and follow it."""


class ProjectRequirements(BaseModel):
    """What a project asks of a freelancer."""

    model_config = ConfigDict(extra="allow")

    required_skills: list[str] = Field(default_factory=list, max_length=100)
    wished_skills: list[str] = Field(default_factory=list, max_length=100)
    min_years: float | None = Field(default=None, ge=0, le=80)
    languages: list[str] = Field(default_factory=list, max_length=30)
    remote: bool = True
    location: str | None = Field(default=None, max_length=200)
    max_rate: float | None = Field(default=None, ge=0)


class ProjectCreatedEvent(EventSchema):
    """A project has been posted."""

    project_id: Id
    owner_id: Id | None = None
    title: str = ""
    requirements: ProjectRequirements = Field(default_factory=ProjectRequirements)


class ProjectUpdatedEvent(ProjectCreatedEvent):
    """A project has changed; `changed` names the fields."""

    changed: list[str] = Field(default_factory=list)


class FreelancerIdentifiedEvent(EventSchema):
    """A freelancer fits a project; told to the project's owner."""

    project_id: Id
    freelancer_id: Id
    match_confidence: float = Field(ge=0, le=1)
    reasons: list[str] = Field(default_factory=list)


class FreelancerOpportunityEvent(EventSchema):
    """A project fits a freelancer; told to the freelancer."""

    project_id: Id
    freelancer_id: Id
    match_confidence: float = Field(ge=0, le=1)
    missing_skills: list[str] = Field(default_factory=list)
    improvement_potential: float = Field(default=0.0, ge=0, le=1)


class OpportunityResponseEvent(EventSchema):
    """A freelancer has answered an opportunity; `score` is the score that it had then.

    `skills_noted` says that the profile has the skills already; without it, whoever takes the answer notes them.
    """

    project_id: Id
    freelancer_id: Id
    answer: Literal["interested", "declined"]
    score: float | None = Field(default=None, ge=0, le=1)
    confirmed_skills: list[str] = Field(default_factory=list)
    denied_skills: list[str] = Field(default_factory=list)
    skills_noted: bool = False


class OpportunityChangedEvent(EventSchema):
    """An opportunity can no longer be answered, or can be again; `reason` says why, as `project_filled`."""

    project_id: Id
    freelancer_id: Id
    state: Literal["available", "expired", "withdrawn"]
    reason: str


class OpportunityDecisionEvent(EventSchema):
    """A project's owner has decided on a freelancer; `previous_decision` is what the owner had decided before."""

    project_id: Id
    freelancer_id: Id
    decision: Literal["shortlisted", "rejected", "hired"]
    match_confidence: float = Field(ge=0, le=1)
    previous_decision: str | None = None


class ScoresUpdatedEvent(EventSchema):
    """A freelancer's score for a project has moved."""

    freelancer_id: Id
    updated_score: float = Field(ge=0, le=1)
    previous_score: float | None = Field(default=None, ge=0, le=1)


class ClarificationRequestEvent(EventSchema):
    """One side of a match asks the other."""

    clarification_id: Id
    project_id: Id
    freelancer_id: Id
    asked_by: Literal["owner", "freelancer"]
    question: str = Field(json_schema_extra=_PERSONAL)


class ClarificationResponseEvent(EventSchema):
    """The other side has answered."""

    clarification_id: Id
    project_id: Id
    freelancer_id: Id
    answered_by: Literal["owner", "freelancer"]
    answer: str = Field(json_schema_extra=_PERSONAL)


class CommunicationRouteEvent(EventSchema):
    """A message of some kind is to reach a person, by the `channel` that they chose."""

    message_type: str
    message_id: Id
    sender_id: Id | None = None
    recipient_id: Id
    channel: Literal["live", "email", "none"] = "live"


class AnalyticsUserJourneyEvent(EventSchema):
    """A user has reached a stage of their journey."""

    user_id: Id
    stage: str


class AnalyticsPlatformMetricEvent(EventSchema):
    """A figure of the platform at one time."""

    metric_type: str
    value: float = Field(ge=-1e15, le=1e15, allow_inf_nan=False)  # sums of them are numbers too


_SCHEMAS: dict[Subject, type[EventSchema]] = {
    subjects.CV_UPLOADED: CVUploadedEvent,
    subjects.CV_PROCESSING_STARTED: CVProcessingStartedEvent,
    subjects.CV_PROCESSING_COMPLETED: CVProcessingCompletedEvent,
    subjects.CV_PROCESSING_FAILED: CVProcessingFailedEvent,
    subjects.CHAT_MESSAGE_CREATED: ChatMessageCreatedEvent,
    subjects.AGENT_TASK_COMPLETED: AgentTaskCompletedEvent,
    subjects.AGENT_TASK_SUBMITTED: AgentTaskSubmittedEvent,
    subjects.AGENT_TASK_CHANGED: AgentTaskChangedEvent,
    subjects.AGENT_RESULT: AgentResultEvent,
    subjects.AGENT_BUDGET_EXCEEDED: BudgetExceededEvent,
    subjects.WORKFLOW_STATE_CHANGE: WorkflowStateChangeEvent,
    subjects.WORKFLOW_TRIGGER: WorkflowTriggerEvent,
    subjects.WORKFLOW_COMPLETE: WorkflowCompleteEvent,
    subjects.PROJECT_CREATED: ProjectCreatedEvent,
    subjects.PROJECT_UPDATED: ProjectUpdatedEvent,
    subjects.PROJECT_DECISION: OpportunityDecisionEvent,
    subjects.FREELANCER_IDENTIFIED: FreelancerIdentifiedEvent,
    subjects.SCORES_UPDATED: ScoresUpdatedEvent,
    subjects.OPPORTUNITY_AVAILABLE: FreelancerOpportunityEvent,
    subjects.OPPORTUNITY_RESPONSE: OpportunityResponseEvent,
    subjects.OPPORTUNITY_CHANGED: OpportunityChangedEvent,
    subjects.COMMUNICATION_ROUTE: CommunicationRouteEvent,
    subjects.CLARIFICATION_REQUEST: ClarificationRequestEvent,
    subjects.CLARIFICATION_RESPONSE: ClarificationResponseEvent,
    subjects.ANALYTICS_USER_JOURNEY: AnalyticsUserJourneyEvent,
    subjects.ANALYTICS_PLATFORM_METRIC: AnalyticsPlatformMetricEvent,
}


def schema_of(subject: str) -> type[EventSchema] | None:
    """Return the schema of the events on `subject`, or None where none is declared."""
    found = subjects.SUBJECTS.find(subject)
    return _SCHEMAS.get(found[0]) if found is not None else None
