"""Coming to a state: telling of it, setting its time limit, asking the module that has its part there."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from trunkline.sql import outbox
from trunkline.workflows import events
from trunkline.workflows.declared import State, Workflow
from trunkline.workflows.instances import Instance
from trunkline.workflows.writing import limited


def arrive(session: Session, workflow: Workflow, instance: Instance, state: State, number: int) -> Instance:
    """Bring an instance to a state by step `number`, and tell of it."""
    tell(session, workflow, instance, state.name, workflow.next_state(state.name))
    return enter(session, workflow, replace(instance, entered=number), state)


def enter(session: Session, workflow: Workflow, instance: Instance, state: State) -> Instance:
    """Have an instance be in a state to which its step `entered` leads."""
    ended_at = datetime.now(UTC) if state.end else None
    instance = replace(instance, asked=0, undoing=None, ends_in=None, ended_at=ended_at)
    instance = limited(session, workflow, instance, state.time_limit)
    return ask(session, workflow, instance, state) if state.asks is not None else instance


def ask(session: Session, workflow: Workflow, instance: Instance, state: State) -> Instance:
    """Ask the state's module for its part, for the first time or again."""
    assert state.asks is not None
    asked = instance.asked + 1
    trigger = events.WorkflowTriggerEvent(
        module_name=state.asks.module,
        action=state.asks.action,
        data={name: instance.data[name] for name in state.asks.fields if name in instance.data},
        workflow_id=instance.id,
        step=instance.entered,
    )
    id = f"{instance.id}.{instance.entered}.{asked}"
    outbox.add(session, events.trigger(workflow.source, trigger, key=instance.key or instance.id, id=id))
    return replace(instance, asked=asked)


def tell(session: Session, workflow: Workflow, instance: Instance, state: str, next_state: str | None) -> None:
    """Tell of an instance's new state."""
    change = events.state_change(workflow.source, workflow.name, instance.id, state, next_state, instance.data)
    outbox.add(session, change)
