"""Running workflows in a process: what comes late, what modules answer, what is to be undone.

    workflows = Workflows(service, [CV_PROCESSING, PROJECT_MATCHING])
    await workflows.initialize()

Every process that runs them rings their timers; the handlers are durable and shared. Declarations are the same in all
processes of a service.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.agents import NATSAwareAgent
from trunkline.errors import ConfigurationError, InvalidPayload
from trunkline.events import Event
from trunkline.message import Message
from trunkline.retry import Retry
from trunkline.service import NATSService
from trunkline.sql import outbox
from trunkline.sql.tables import clean, dead_letters, stored_id
from trunkline.sql.timers import Timer
from trunkline.workflows import compensating, moving
from trunkline.workflows.arriving import ask
from trunkline.workflows.declared import COMPLETE, FAILED, LATE, State, Workflow
from trunkline.workflows.events import WorkflowCompleteEvent, WorkflowTriggerEvent
from trunkline.workflows.instances import COMPENSATING, Instance, Kind, get, lock
from trunkline.workflows.writing import add_step, limited, save

log = structlog.get_logger(__name__)


class Workflows(NATSAwareAgent):
    """The workflows of a service, in this process.

    Args:
        nats_service: whose database has their rows; its clock rings their timers.
        declared: the workflows.
        retry: of compensations that fail.

    Raises:
        ConfigurationError: two have one name, or the service has no database.
    """

    def __init__(self, nats_service: NATSService, declared: Iterable[Workflow], *, retry: Retry | None = None) -> None:
        super().__init__("workflows", nats_service)
        self._retry = retry or Retry()
        self._declared: dict[str, Workflow] = {}
        if nats_service.clock is None:
            raise ConfigurationError("workflows need a database: NATSService(..., database=Database(...))")
        for workflow in declared:
            if self._declared.setdefault(workflow.name, workflow) is not workflow:
                raise ConfigurationError(f"two workflows are named {workflow.name!r}")
            nats_service.clock.on(workflow.timer, Ring(workflow))

    async def setup_subscriptions(self) -> None:
        """Take what modules answer, and what is to be undone."""
        declared = self._declared.values()
        if any(state.asks for workflow in declared for state in workflow.states):
            await self.subscribe("workflow.*.*.complete", self.handle_complete, durable="workflows-complete")
        for workflow in declared:
            if workflow.compensates():
                await self.subscribe(
                    f"workflow.{workflow.name}.*.trigger",
                    self.handle_compensation,
                    durable=f"workflows-undo-{workflow.name}",
                    retry=self._retry,
                    on_buried=give_up_on(workflow),
                )

    async def handle_complete(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        """Move the instance on whose question this answers; what answers none is somebody else's, and may be anything.

        Raises:
            InvalidPayload: it answers a question, and is not as an answer should be.
        """
        if (
            data.get("workflow_id") is None
            or not isinstance(data.get("step"), int)
            or data.get("module_name") in self._declared
        ):
            return
        try:
            answer = WorkflowCompleteEvent.model_validate(data)
        except ValidationError as error:
            raise InvalidPayload(str(error)) from error
        await msg.commit(partial(answered, workflows=self._declared, answer=answer, cause=msg.event))

    async def handle_compensation(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Undo one step."""
        if data.workflow_id is None or data.step is None:
            return
        workflow = self._declared[data.module_name]
        await msg.commit(
            partial(
                compensating.compensate,
                workflow=workflow,
                id=str(data.workflow_id),
                number=data.step,
                cause=msg.event,
            )
        )


def answered(session: Session, workflows: dict[str, Workflow], answer: WorkflowCompleteEvent, cause: Event) -> None:
    """Take a module's answer to what an instance asked of it.

    Raises:
        ConfigurationError: this process does not know the workflow; another one may.
    """
    found = get(session, clean(str(answer.workflow_id)))
    if found is None:
        log.warning("answer for an unknown workflow", id=answer.workflow_id, subject=cause.subject)
        return
    workflow = workflows.get(found.workflow)
    if workflow is None:
        raise ConfigurationError(f"this process does not run the workflow {found.workflow!r}")
    instance = lock(session, found.id)
    assert instance is not None
    on = COMPLETE if answer.success else FAILED
    reason = _stale(workflow, instance, answer)
    if reason is not None:
        moving.ignore(session, workflow, instance, on, reason, cause=cause)
        return
    moving.move(session, workflow, instance.id, on, cause=cause, cause_step=answer.step, error=answer.error)


@dataclass(frozen=True, slots=True)
class Ring:
    """What a workflow does when a state of an instance has lasted as long as it may."""

    workflow: Workflow

    def __call__(self, session: Session, timer: Timer) -> None:
        """Ask again, or move the instance by `LATE`."""
        workflow, instance = self.workflow, lock(session, timer.id)
        if instance is None or instance.entered != timer.payload["entered"]:
            return
        if instance.state == COMPENSATING:
            save(session, compensating.ask(session, workflow, instance))
            return
        state = workflow.state(instance.state)
        if state is not None and state.asks is not None and instance.asked < state.asks.attempts:
            ask_again(session, workflow, instance, state)
            return
        moving.move(session, workflow, instance.id, LATE)


def ask_again(session: Session, workflow: Workflow, instance: Instance, state: State) -> None:
    """Ask the state's module once more, and give it the state's time again."""
    with outbox.noted(session) as noted:
        instance = ask(session, workflow, instance, state)
    instance = limited(session, workflow, instance, state.time_limit)
    instance, _ = add_step(session, workflow, instance, Kind.AGAIN, LATE, instance.state, effects=noted)
    save(session, instance)


def give_up_on(workflow: Workflow) -> Callable[[Session, Message], None]:
    """Return what notes that a step of the workflow could not be undone, with the reason of its dead letter."""

    def give_up(session: Session, msg: Message) -> None:
        try:
            trigger = WorkflowTriggerEvent.model_validate_json(msg.data)
        except ValidationError:  # so it names no step that waits for it; the dead letter says what is wrong
            return
        if trigger.workflow_id is None or trigger.step is None:
            return
        buried = select(dead_letters.c.error_class, dead_letters.c.error_message).where(
            dead_letters.c.event_id == stored_id(msg.event.id), dead_letters.c.replayed_at.is_(None)
        )
        letter = session.execute(buried).first()
        reason = f"{letter.error_class}: {letter.error_message}" if letter is not None else "given up"
        compensating.give_up(session, workflow, str(trigger.workflow_id), trigger.step, reason)

    return give_up


def _stale(workflow: Workflow, instance: Instance, answer: WorkflowCompleteEvent) -> str | None:
    """Say why an answer is not to what the instance asks now; None when it is."""
    state = workflow.state(instance.state)
    if state is None or state.asks is None:
        return f"state {instance.state!r} asks nothing"
    if answer.step != instance.entered:
        return f"it answers step {answer.step}, and the state was entered by step {instance.entered}"
    if (answer.module_name, answer.action) != (state.asks.module, state.asks.action):
        return f"state {instance.state!r} asks {state.asks.module}.{state.asks.action}"
    return None
