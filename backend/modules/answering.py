"""What modules answer that are asked to act: that it is done, or why it is not. Whoever asks is never left without.

A question comes on ``workflow.{module}.{action}.trigger``; its answer goes out on
``workflow.{module}.{action}.complete`` in the transaction that does the work, and repeats which workflow's step asked.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from schemas.nats_schemas import WorkflowCompleteEvent, WorkflowTriggerEvent
from schemas.subjects import WORKFLOW_COMPLETE, WORKFLOW_TRIGGER
from services.outgoing import emit
from trunkline import Event, Message

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "cv_analyzer": {"analyze": "cv_id"},
    "profile_builder": {"build": "cv_id"},
    "requirements": {"gather": "project_id"},
    "freelancer_opportunity": {"match": "project_id", "rematch": "freelancer_id", "refill": "project_id"},
}
"""What can be asked of which module, and the field of `data` that says about what."""


_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def trigger_of(module: str, action: str) -> str:
    """Return the subject on which a module is asked."""
    return WORKFLOW_TRIGGER.build(module_name=module, action=action)


async def subject_of(trigger: WorkflowTriggerEvent, msg: Message) -> str | None:
    """Return the id of what a module is to act on; without one the question is refused, and None returned.

    So is one that names another module or action than its subject: which of them is meant, nobody knows.
    """
    told = WORKFLOW_TRIGGER.parse(msg.subject)
    if told != {"module_name": trigger.module_name, "action": trigger.action}:
        error = "module_name and action must be those of the subject"
        await msg.commit(partial(refuse, trigger=trigger.model_copy(update=told), error=error))
        return None
    field = ACTIONS[trigger.module_name][trigger.action]
    found = trigger.data.get(field)
    if isinstance(found, str | int) and _ID.fullmatch(str(found)):
        return str(found)
    await msg.commit(partial(refuse, trigger=trigger, error=f"data.{field} must be the id of what to act on"))
    return None


def done(session: Session, trigger: WorkflowTriggerEvent, data: Mapping[str, Any]) -> Event:
    """Say that what was asked is done."""
    return complete(session, trigger.module_name, trigger.action, data, asked_by(trigger))


def refuse(session: Session, trigger: WorkflowTriggerEvent, error: str) -> Event:
    """Say that what was asked will not be done, and why."""
    answer = {**asked_by(trigger), "success": False, "error": error}
    return complete(session, trigger.module_name, trigger.action, trigger.data, answer)


def complete(
    session: Session, module: str, action: str, data: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> Event:
    """Say that a module has acted; `more` is what a question's answer says besides."""
    event = WorkflowCompleteEvent(module_name=module, action=action, data=dict(data), **(more or {}))
    return emit(session, WORKFLOW_COMPLETE.build(module_name=module, action=action), event)


def give_up(session: Session, msg: Message) -> None:
    """Say that what was asked could not be done, with the last attempt at it, or could not even be read."""
    try:
        trigger = WorkflowTriggerEvent.model_validate_json(msg.data)
    except ValidationError:
        trigger = WorkflowTriggerEvent.model_validate(WORKFLOW_TRIGGER.parse(msg.subject))
        refuse(session, trigger, "it cannot be read; its dead letter says why")
        return
    refuse(session, trigger, "every attempt failed; its dead letter says why, and can be replayed")


def asked_by(trigger: WorkflowTriggerEvent) -> dict[str, Any]:
    """Return what a workflow's question says of itself, for the answer to say it too."""
    return {name: value for name, value in (trigger.model_extra or {}).items() if name in {"workflow_id", "step"}}
