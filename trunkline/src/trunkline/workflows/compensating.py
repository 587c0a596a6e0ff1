"""Undoing what was done: when a workflow comes to an end that undoes, its steps are compensated, the last first.

The instance is then `COMPENSATING`. Each step that named a compensation is undone by an event of its own, on
``workflow.{workflow}.{compensation}.trigger``, which the durable handler of the workflow takes (running.py): the
function runs in one transaction with the mark that the step is undone, the step that records it, and the event for the
next one. So it happens once however often the event comes, and in order, since the next is asked for only then.

One that raises is tried again, and after its last attempt its event is a dead letter; in the same transaction the
instance becomes `COMPENSATION_FAILED`, and stays there for somebody to look at. A replay of the dead letter goes on
from there. An event that got lost, on a server that keeps nothing, is sent again under its id after `AGAIN`.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trunkline.errors import ConfigurationError
from trunkline.events import Event
from trunkline.sql import outbox
from trunkline.sql.workflow_tables import workflow_steps
from trunkline.workflows import events
from trunkline.workflows.arriving import arrive, tell
from trunkline.workflows.declared import FAILED, State, Workflow
from trunkline.workflows.instances import COMPENSATING, COMPENSATION_FAILED, Instance, Kind, Step, lock, step
from trunkline.workflows.writing import add_step, limited, save

AGAIN = timedelta(seconds=60)
"""After this time a compensation that has not happened is asked for again."""


def is_needed(session: Session, instance: Instance) -> bool:
    """Say whether the instance has steps to undo."""
    return _pending(session, instance) is not None


def start(session: Session, workflow: Workflow, instance: Instance, target: State, number: int) -> Instance:
    """Begin to undo, by step `number`, on the way to `target`."""
    tell(session, workflow, instance, COMPENSATING, target.name)
    instance = replace(instance, entered=number, asked=0, ends_in=target.name, ended_at=None)
    return ask(session, workflow, instance)


def ask(session: Session, workflow: Workflow, instance: Instance) -> Instance:
    """Ask for the last step to be undone that is not yet."""
    pending = _pending(session, instance)
    assert pending is not None
    assert pending.compensation is not None
    trigger = events.WorkflowTriggerEvent(
        module_name=workflow.name,
        action=pending.compensation,
        data=dict(instance.data),
        workflow_id=instance.id,
        step=pending.number,
    )
    id = f"{instance.id}.{pending.number}.undo"
    outbox.add(session, events.trigger(workflow.source, trigger, key=instance.key or instance.id, id=id))
    return limited(session, workflow, replace(instance, undoing=pending.number), AGAIN)


def compensate(session: Session, workflow: Workflow, id: str, number: int, cause: Event) -> None:
    """Undo step `number`, if it is what is to be undone now.

    Raises:
        ConfigurationError: the declaration no longer has the function.
        Exception: whatever the function raises.
    """
    instance = lock(session, id)
    if instance is None or instance.undoing != number:
        return
    undone = _pending(session, instance)
    if undone is None or undone.compensation is None or undone.number != number:
        return
    function = workflow.functions.get(undone.compensation)
    if function is None:
        raise ConfigurationError(f"workflow {workflow.name!r} has no function {undone.compensation!r} any more")
    made = instance.steps + 1
    with outbox.noted(session) as noted:
        function(session, instance)
        _tell_complete(session, workflow, instance, undone, None)
        _mark(session, undone, made)
        after, target = _go_on(session, workflow, instance, made)
    after, _ = add_step(
        session,
        workflow,
        after,
        Kind.COMPENSATION,
        undone.compensation,
        target,
        cause=cause,
        cause_step=number,
        effects=noted,
    )
    save(session, replace(after, state=target))


def give_up(session: Session, workflow: Workflow, id: str, number: int, reason: str | None) -> None:
    """Note that step `number` could not be undone."""
    instance = lock(session, id)
    if instance is None or instance.undoing != number or instance.state != COMPENSATING:
        return
    undone = _pending(session, instance)
    assert undone is not None
    with outbox.noted(session) as noted:
        tell(session, workflow, instance, COMPENSATION_FAILED, instance.ends_in)
        _tell_complete(session, workflow, instance, undone, reason)
    instance, _ = add_step(
        session,
        workflow,
        limited(session, workflow, instance, None),
        Kind.COMPENSATION,
        FAILED,
        COMPENSATION_FAILED,
        cause_step=number,
        effects=noted,
        error=reason,
    )
    save(session, replace(instance, state=COMPENSATION_FAILED))


def _go_on(session: Session, workflow: Workflow, instance: Instance, number: int) -> tuple[Instance, str]:
    if _pending(session, instance) is not None:
        return ask(session, workflow, replace(instance, entered=number)), COMPENSATING
    end = workflow.state(instance.ends_in or "")
    if end is None:
        raise ConfigurationError(f"workflow {workflow.name!r} has no state {instance.ends_in!r} any more")
    return arrive(session, workflow, instance, end, number), end.name


def _pending(session: Session, instance: Instance) -> Step | None:
    """Return the last step that is to be undone and is not."""
    mine = (workflow_steps.c.workflow_id == instance.id) & workflow_steps.c.compensation.is_not(None)
    rows = select(workflow_steps).where(mine, workflow_steps.c.compensated_by.is_(None))
    row = session.execute(rows.order_by(workflow_steps.c.number.desc()).limit(1)).one_or_none()
    return step(row._mapping) if row is not None else None


def _mark(session: Session, undone: Step, number: int) -> None:
    same = (workflow_steps.c.workflow_id == undone.workflow_id) & (workflow_steps.c.number == undone.number)
    session.execute(update(workflow_steps).where(same).values(compensated_by=number))


def _tell_complete(session: Session, workflow: Workflow, instance: Instance, undone: Step, error: str | None) -> None:
    done = events.WorkflowCompleteEvent(
        module_name=workflow.name,
        action=undone.compensation or "",
        workflow_id=instance.id,
        step=undone.number,
        success=error is None,
        error=error,
    )
    outbox.add(session, events.complete(workflow.source, done, key=instance.key or instance.id))
