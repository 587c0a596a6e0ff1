"""Workflows, as the API shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from schemas.pages import PageQuery
from schemas.strict import Reference, View
from trunkline.workflows import Entry, Instance, Kind


class WorkflowQuery(PageQuery):
    """Which workflows are wanted."""

    workflow: Reference | None = Field(default=None, description="Of this declaration, as `cv_processing`.")
    state: Reference | None = Field(default=None, description="In this state.")


class WorkflowSummary(View):
    """A workflow as it stands. `version` is that of the declaration it began with; `due` is when its state's time is
    up.
    """

    id: str
    workflow: str
    version: int
    state: str
    data: dict[str, Any]
    started_at: datetime
    updated_at: datetime
    due: datetime | None
    ended_at: datetime | None


class CauseView(BaseModel):
    """The event that led to a step."""

    event_id: str
    subject: str | None


class EffectView(BaseModel):
    """An event that a step led to; `led_to` are the numbers of the steps that it led to in turn."""

    event_id: str
    subject: str
    led_to: list[int]


class StepView(BaseModel):
    """One thing that happened. `because_of` is the number of the step that led to it, where one did."""

    number: int
    kind: Kind
    on: str
    source: str | None = Field(serialization_alias="from")
    target: str = Field(serialization_alias="to")
    at: datetime
    cause: CauseView | None
    because_of: int | None
    effects: list[EffectView]
    compensation: str | None
    compensated_by: int | None
    error: str | None

    @classmethod
    def of(cls, entry: Entry) -> "StepView":
        """Show an entry of a timeline."""
        step = entry.step
        cause = CauseView(event_id=step.cause_id, subject=step.cause_subject) if step.cause_id is not None else None
        return cls(
            number=step.number,
            kind=step.kind,
            on=step.on,
            source=step.source,
            target=step.target,
            at=step.at,
            cause=cause,
            because_of=entry.because_of,
            effects=[
                EffectView(event_id=led.event_id, subject=led.subject, led_to=list(led.led_to)) for led in entry.effects
            ],
            compensation=step.compensation,
            compensated_by=step.compensated_by,
            error=step.error,
        )


class WorkflowView(WorkflowSummary):
    """A workflow and its timeline: its first 500 steps."""

    timeline: list[StepView]

    @classmethod
    def made(cls, instance: Instance, entries: list[Entry]) -> "WorkflowView":
        """Show an instance with its steps."""
        summary = WorkflowSummary.model_validate(instance)
        return cls(**summary.model_dump(), timeline=[StepView.of(entry) for entry in entries])
