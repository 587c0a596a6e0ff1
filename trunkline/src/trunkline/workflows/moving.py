"""Beginning a workflow and moving it on, in the transaction of whatever moves it.

    workflows.begin(session, CV_PROCESSING, "cv_process_17", key=freelancer_id, data={"cv_id": 17})
    ...
    workflows.move(session, CV_PROCESSING, "cv_process_17", "read", cause=msg.event)

**One transaction.** The instance's row, the step, its timer, the event on ``workflow.{workflow}.state_change``, what
the new state asks of a module, and the effect that the transition names are written in the session. All of it exists
exactly if the session commits, together with whatever else the caller writes there. An effect does not move its own
instance.

**One after another.** The instance's row is locked first, so two that move it at once see each other's step. What came
by the same event before is answered with the step that it made, and makes no second one. What the present state has no
transition for is a step too, of the kind `Kind.IGNORED`, which says why: an event that comes too late, or too early,
fails nobody's handler and comes no more. The first `MOST_IGNORED` of an instance are written, the rest only logged.

**Cause and effect.** A step keeps the event that led to it (`cause`) and those that it led to: the ones of the workflow
itself, and those that the caller names, most easily with ``outbox.noted``. timeline.py joins them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.errors import ConfigurationError, InvalidEvent, NoSuchWorkflow
from trunkline.events import Event
from trunkline.sql import outbox
from trunkline.sql.dialects import insert
from trunkline.sql.tables import stored_id
from trunkline.sql.workflow_tables import workflow_steps, workflows
from trunkline.workflows import compensating
from trunkline.workflows.arriving import arrive, enter
from trunkline.workflows.declared import Transition, Workflow
from trunkline.workflows.instances import COMPENSATING, COMPENSATION_FAILED, Instance, Kind, Step, lock, step
from trunkline.workflows.writing import add_step, merged, save

MOST_IGNORED = 100
"""Ignored steps that are kept of one instance."""
MOST_ID_CHARACTERS = 200

log = structlog.get_logger(__name__)


def begin(
    session: Session,
    workflow: Workflow,
    id: str,
    *,
    key: str | None = None,
    data: Mapping[str, Any] | None = None,
    cause: Event | None = None,
    effects: Iterable[Event] = (),
    state: str | None = None,
) -> bool:
    """Begin an instance in the workflow's first state; False when there is one of that id already.

    Beginning is told to nobody: there was no state before.

    Args:
        session: the transaction that it belongs to.
        workflow: its declaration.
        id: its identity, at most 200 characters; what it is made of makes beginning idempotent.
        key: what it is about; order is kept within it for what the instance asks of modules. Default: its id.
        data: what goes out with its events, as JSON: names and figures, and nobody's own words.
        cause: the event that led to it.
        effects: events that the caller added to the outbox for it.
        state: where it stands already; for what was under way before there was a workflow of it.

    Raises:
        ConfigurationError: there is no such state.
        InvalidEvent: `id` cannot be an event's key, or is too long.
    """
    if not id or len(id) > MOST_ID_CHARACTERS:
        raise InvalidEvent(f"a workflow's id must have 1 to {MOST_ID_CHARACTERS} characters", field="workflow_id")
    first = workflow.state(state) if state is not None else workflow.states[0]
    if first is None:
        raise ConfigurationError(f"workflow {workflow.name!r} has no state {state!r}")
    time = datetime.now(UTC)
    given = {"id": id, "workflow": workflow.name, "version": workflow.version, "state": first.name, "key": key}
    counts = {"steps": 0, "entered": 0, "ignored": 0, "asked": 0}
    row = insert(session, workflows).values(**given, **counts, data=dict(data or {}), started_at=time, updated_at=time)
    if session.execute(row.on_conflict_do_nothing().returning(workflows.c.id)).first() is None:
        return False
    instance = lock(session, id)
    assert instance is not None
    with outbox.noted(session) as noted:
        instance = enter(session, workflow, replace(instance, entered=1), first)
    instance, _ = add_step(
        session, workflow, instance, Kind.BEGIN, "begin", first.name, cause=cause, effects=[*effects, *noted]
    )
    save(session, instance)
    return True


def move(
    session: Session,
    workflow: Workflow,
    id: str,
    on: str,
    *,
    cause: Event | None = None,
    cause_step: int | None = None,
    data: Mapping[str, Any] | None = None,
    effects: Iterable[Event] = (),
    error: str | None = None,
) -> Step:
    """Move an instance by what came (`on`), and return the step that it made: now, or the last time it came.

    Args:
        session: the transaction that it belongs to.
        workflow: its declaration.
        id: which instance.
        on: what came, as the transitions name it.
        cause: the event that brought it; the same event moves the instance once.
        cause_step: the step of the instance that it answers.
        data: fields for the instance's data.
        effects: events that the caller added to the outbox with it.
        error: why it came, when something failed.

    Raises:
        NoSuchWorkflow: there is no such instance of this workflow.
        OutboxFull: too many events wait; nothing is written.
    """
    instance = lock(session, id)
    if instance is None or instance.workflow != workflow.name:
        raise NoSuchWorkflow(id, workflow.name)
    earlier = _caused(session, instance, on, cause) if cause is not None else None
    if earlier is not None:
        return earlier
    transition = workflow.transition(instance.state, on)
    if transition is None:
        return ignore(session, workflow, instance, on, misfit(workflow, instance), cause=cause, effects=effects)
    with outbox.noted(session) as noted:
        instance, went_to = _follow(session, workflow, merged(instance, data), transition)
    instance, made = add_step(
        session,
        workflow,
        instance,
        Kind.TRANSITION,
        on,
        went_to,
        cause=cause,
        cause_step=cause_step,
        effects=[*effects, *noted],
        compensation=transition.compensation,
        error=error,
    )
    save(session, replace(instance, state=went_to))
    return made


def ignore(
    session: Session,
    workflow: Workflow,
    instance: Instance,
    on: str,
    reason: str,
    *,
    cause: Event | None = None,
    effects: Iterable[Event] = (),
) -> Step:
    """Write that something came to a locked instance which moves it nowhere, and why."""
    log.info("workflow step ignored", workflow=workflow.name, id=instance.id, on=on, reason=reason)
    if instance.ignored >= MOST_IGNORED:
        return Step(
            instance.id, 0, Kind.IGNORED, on, instance.state, instance.state, workflow.version,
            None, None, None, [], None, None, reason, datetime.now(UTC),
        )  # fmt: skip
    instance, made = add_step(
        session, workflow, instance, Kind.IGNORED, on, instance.state, cause=cause, effects=effects, error=reason
    )
    save(session, replace(instance, ignored=instance.ignored + 1))
    return made


def misfit(workflow: Workflow, instance: Instance) -> str:
    """Say why an instance cannot be moved."""
    if instance.state in {COMPENSATING, COMPENSATION_FAILED}:
        return f"the workflow is {instance.state.replace('_', ' ')}"
    if workflow.state(instance.state) is None:
        return f"version {workflow.version} of {workflow.name} has no state {instance.state!r}"
    known = ", ".join(each.on for each in workflow.transitions if each.source == instance.state) or "nothing"
    return f"state {instance.state!r} has no transition for it; it has for {known}"


def _follow(session: Session, workflow: Workflow, instance: Instance, transition: Transition) -> tuple[Instance, str]:
    """Do what a transition does; return the instance, and the name of the state that it leads to."""
    if transition.effect is not None:
        workflow.functions[transition.effect](session, instance)
    target, number = workflow.state(transition.target), instance.steps + 1
    assert target is not None
    if target.undoes and compensating.is_needed(session, instance):
        return compensating.start(session, workflow, instance, target, number), COMPENSATING
    return arrive(session, workflow, instance, target, number), target.name


def _caused(session: Session, instance: Instance, on: str, cause: Event) -> Step | None:
    """Return the step that the same event made before."""
    same = (workflow_steps.c.workflow_id == instance.id) & (workflow_steps.c.on == on)
    row = session.execute(
        select(workflow_steps).where(same, workflow_steps.c.cause_id == stored_id(cause.id))
    ).one_or_none()
    return step(row._mapping) if row is not None else None
