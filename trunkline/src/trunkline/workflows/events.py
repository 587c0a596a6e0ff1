"""The events of workflows: that a state has changed, what a module is asked to do, and that it has done it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trunkline.events import Event
from trunkline.subjects import Subject, Subjects

STATE_CHANGE = Subject("workflow.{workflow}.state_change")
TRIGGER = Subject("workflow.{module_name}.{action}.trigger")
COMPLETE = Subject("workflow.{module_name}.{action}.complete")

SUBJECTS = Subjects([STATE_CHANGE, TRIGGER, COMPLETE])


class _Fields(BaseModel):
    model_config = ConfigDict(extra="allow")

    timestamp: datetime = Field(default_factory=lambda: datetime.now(UTC))


class WorkflowStateChangeEvent(_Fields):
    """A workflow has gone from one state to the next; `next_state` is where it goes from there, as a rule."""

    workflow_id: int | str
    state: str
    next_state: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class WorkflowTriggerEvent(_Fields):
    """A module is asked to act; `workflow_id` and `step` say for what, when it is for a workflow."""

    module_name: str
    action: str
    data: dict[str, Any] = Field(default_factory=dict)
    workflow_id: int | str | None = None
    step: int | None = None


class WorkflowCompleteEvent(WorkflowTriggerEvent):
    """A module has done what it was asked to, or could not; it repeats `workflow_id` and `step` of the trigger."""

    success: bool = True
    error: str | None = None


def state_change(
    source: str, workflow: str, workflow_id: str, state: str, next_state: str | None, data: Mapping[str, Any]
) -> Event:
    """Make the event that tells of a workflow's new state; those of one instance keep their order."""
    change = WorkflowStateChangeEvent(workflow_id=workflow_id, state=state, next_state=next_state, data=dict(data))
    subject = STATE_CHANGE.build(workflow=workflow)
    return Event.create(subject, change, subjects=SUBJECTS, source=source, key=workflow_id)


def trigger(source: str, asked: WorkflowTriggerEvent, *, key: str, id: str) -> Event:
    """Make the event that asks a module."""
    subject = TRIGGER.build(module_name=asked.module_name, action=asked.action)
    return Event.create(subject, asked, subjects=SUBJECTS, source=source, key=key, id=id)


def complete(source: str, done: WorkflowCompleteEvent, *, key: str) -> Event:
    """Make the event that a module has done, or could not do, what it was asked to."""
    subject = COMPLETE.build(module_name=done.module_name, action=done.action)
    return Event.create(subject, done, subjects=SUBJECTS, source=source, key=key)
