"""Writing what happens to an instance: its row, its timer and its steps, in the caller's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from trunkline.events import Event
from trunkline.sql import timers
from trunkline.sql.tables import clean, stored_id
from trunkline.sql.workflow_tables import workflow_steps, workflows
from trunkline.workflows.declared import Workflow
from trunkline.workflows.instances import Instance, Kind, Step

MOST_ERROR = 4096


def add_step(
    session: Session,
    workflow: Workflow,
    instance: Instance,
    kind: Kind,
    on: str,
    target: str,
    *,
    cause: Event | None = None,
    cause_step: int | None = None,
    effects: Iterable[Event] = (),
    compensation: str | None = None,
    error: str | None = None,
) -> tuple[Instance, Step]:
    """Write the instance's next step; return the instance as it is to be saved, and the step."""
    step = Step(
        workflow_id=instance.id,
        number=instance.steps + 1,
        kind=kind,
        on=on,
        source=instance.state if kind is not Kind.BEGIN else None,
        target=target,
        version=workflow.version,
        cause_id=stored_id(cause.id) if cause is not None else None,
        cause_subject=clean(cause.subject)[:1024] if cause is not None else None,
        cause_step=cause_step,
        effects=[{"id": event.id, "subject": event.subject} for event in effects],
        compensation=compensation,
        compensated_by=None,
        error=clean(error)[:MOST_ERROR] if error is not None else None,
        at=datetime.now(UTC),
    )
    session.execute(insert(workflow_steps).values(**{**asdict(step), "kind": kind.value}))
    return replace(instance, steps=step.number, updated_at=step.at), step


def save(session: Session, instance: Instance) -> None:
    """Write the instance's row as it is now."""
    values = asdict(instance)
    session.execute(update(workflows).where(workflows.c.id == values.pop("id")).values(**values))


def limited(session: Session, workflow: Workflow, instance: Instance, limit: timedelta | None) -> Instance:
    """Set the instance's timer, or take it back when there is no limit; return the instance with its time."""
    if limit is None:
        timers.cancel(session, workflow.timer, instance.id)
        return replace(instance, due=None)
    due = datetime.now(UTC) + limit
    timers.set(session, workflow.timer, instance.id, due, {"entered": instance.entered})
    return replace(instance, due=due)


def merged(instance: Instance, data: Mapping[str, Any] | None) -> Instance:
    """Return the instance with further fields in its data."""
    return replace(instance, data={**instance.data, **data}) if data else instance
