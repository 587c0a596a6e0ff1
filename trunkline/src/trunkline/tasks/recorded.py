"""Tasks that something else does than a declared agent: a handler that an application has, and that is to be seen.

`record` makes such a task, in the transaction of whatever has it done; the handler says how far it has come, in its own
transactions. Nothing is offered, and nothing is published but the changes of the task: who waits for the result hears
of it as before. A task that was canceled, or has ended otherwise, stays so, and the handler is told.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trunkline.tasks import rows
from trunkline.tasks.states import FOLLOWING, TaskState


def record(
    session: Session,
    type: str,
    input: Mapping[str, Any],
    *,
    key: str,
    owner: str | None = None,
    parent: str | None = None,
) -> str:
    """Make a task that is done elsewhere, and return its id; recorded again, it is the same task."""
    return rows.create(session, type, input, key=key, owner=owner, parent=parent)[0]


def find(session: Session, type: str, key: str) -> str | None:
    """Return the id of the task of this type and key, or None."""
    return rows.find(session, type, key)


def state(session: Session, task_id: str) -> TaskState:
    """Return the state that a task is in; raises `NoSuchTask`."""
    return rows.state_of(session, task_id)


def work(session: Session, task_id: str, agent: str) -> TaskState:
    """Say that an attempt at a task begins; return the state that it is in: `working`, or how it has ended."""
    task = rows.lock(session, task_id)
    state = TaskState(task.state)
    if state is not TaskState.WORKING and TaskState.WORKING not in FOLLOWING[state]:
        return state
    rows.begin_attempt(session, task, agent)
    return TaskState.WORKING


def complete(session: Session, task_id: str, result: Mapping[str, Any]) -> TaskState:
    """Say that a task is done; return the state that it is in: `completed`, or how it had ended."""
    return _end(session, task_id, TaskState.COMPLETED, {}, result=dict(result), progress=1.0, error=None)


def fail(session: Session, task_id: str, reason: str) -> TaskState:
    """Say that a task has failed; return the state that it is in: `failed`, or how it had ended."""
    return _end(session, task_id, TaskState.FAILED, {"reason": reason}, error=reason)


def _end(session: Session, task_id: str, state: TaskState, data: Mapping[str, Any], **more: Any) -> TaskState:
    task = rows.lock(session, task_id)
    if TaskState(task.state).is_final:
        return TaskState(task.state)
    rows.move(session, task, state, data, **more)
    return state
