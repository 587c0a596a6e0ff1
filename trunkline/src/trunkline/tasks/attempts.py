"""What an attempt at a task writes, each as a function of a session; all but the first are refused once it is over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trunkline.agents import result_event
from trunkline.errors import NoSuchTask
from trunkline.events import Event
from trunkline.sql import outbox
from trunkline.sql.tables import database_time
from trunkline.sql.task_tables import tasks
from trunkline.tasks import questions, rows, views
from trunkline.tasks.questions import Question
from trunkline.tasks.rows import TaskRow
from trunkline.tasks.states import TaskState
from trunkline.tasks.subjects import AGENT_RESULT, TASK_COMPLETED

HEARD_SECONDS = 20.0
"""For how long a worker that has said nothing is believed to be at work."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that has begun, and what it needs to know of its task."""

    id: str
    type: str
    key: str | None
    owner: str | None
    parent_id: str | None
    root_id: str
    deadline: datetime | None
    attempt: int
    input: Mapping[str, Any]
    answers: Sequence[Any]


def begin(session: Session, task_id: str, round: int, agent: str, *, again: bool) -> Begun | None:
    """Begin an attempt; None when there is nothing to do: the task has ended, waits for a person, or is worked on.

    `again` says that the offer came before: then whoever works on the task is taken for dead, and is so from now on.
    """
    try:
        task = rows.lock(session, task_id)
    except NoSuchTask:
        return None
    if task.round != round or task.state not in {TaskState.SUBMITTED, TaskState.WORKING}:
        return None
    if not again and is_heard(session, task):
        return None
    rows.begin_attempt(session, task, agent, heard_at=database_time())
    return Begun(
        task.id,
        task.type,
        task.key,
        task.owner,
        task.parent_id,
        task.root_id,
        task.deadline,
        task.attempts + 1,
        task.input,
        questions.answers(session, task_id),
    )


def heard(session: Session, running: Mapping[str, int]) -> set[str]:
    """Say that these attempts (task and number) are alive; return the tasks of those that are not theirs any more."""
    ours = tasks.c.id.in_(running), tasks.c.state == TaskState.WORKING
    alive = session.execute(select(tasks.c.id, tasks.c.attempts).where(*ours)).all()
    mine = {row.id for row in alive if running[row.id] == row.attempts}
    session.execute(update(tasks).where(tasks.c.id.in_(mine)).values(heard_at=database_time()))
    return set(running) - mine


def progress(session: Session, task_id: str, attempt: int, fraction: float, text: str | None) -> None:
    """Say how far it is."""
    task = rows.lock(session, task_id, attempt=attempt)
    rows.note(session, task, views.PROGRESS, {"progress": fraction, "note": text}, progress=fraction, note=text)


def partial(session: Session, task_id: str, attempt: int, data: Mapping[str, Any]) -> None:
    """Keep a part of the result."""
    rows.note(session, rows.lock(session, task_id, attempt=attempt), views.PARTIAL, data)


def suspend(session: Session, task_id: str, attempt: int, question: Question) -> None:
    """End the run with a question."""
    questions.ask(session, rows.lock(session, task_id, attempt=attempt), question)


def complete(
    session: Session, task_id: str, attempt: int, agent: str, effect: Callable[[Session], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Run the effect, whose return value is the result, and tell those who wait for it."""
    task = rows.lock(session, task_id, attempt=attempt)
    result = effect(session)
    rows.move(session, task, TaskState.COMPLETED, {"agent": agent}, result=dict(result), progress=1.0, error=None)
    told = {"agent_id": agent, "task_id": task_id, "result": result, "timestamp": datetime.now(UTC).isoformat()}
    completed = TASK_COMPLETED.build(agent_id=agent), {**result, **told}
    offered = AGENT_RESULT.build(agent_name=agent, result_type=task.type), result_event(agent, task.type, result)
    for (subject, data), what in ((completed, "completed"), (offered, "result")):
        event_id = f"{task_id}.{what}"
        outbox.add(session, Event.create(subject, data, source=rows.SOURCE, id=event_id, key=task.root_id))
    return result


def reject(session: Session, task_id: str, attempt: int, reason: str) -> None:
    """End a task that its agent will not do."""
    task = rows.lock(session, task_id, attempt=attempt)
    rows.move(session, task, TaskState.REJECTED, {"reason": reason}, error=reason)


def fail(session: Session, task_id: str, attempt: int, reason: str, *, last: bool) -> None:
    """Note that an attempt has failed; the task waits for the next one, if there is one."""
    task = rows.lock(session, task_id, attempt=attempt)
    if last:
        session.execute(update(tasks).where(tasks.c.id == task_id).values(error=reason))
    else:
        rows.move(session, task, TaskState.SUBMITTED, {"reason": reason}, error=reason)


def hand_back(session: Session, task_id: str, attempt: int) -> None:
    """Let another worker take the task: this one ends."""
    task = rows.lock(session, task_id, attempt=attempt)
    rows.move(session, task, TaskState.SUBMITTED, {"reason": "handed back by a worker that ended"}, error=None)


def is_heard(session: Session, task: TaskRow) -> bool:
    """Say whether a worker has said lately that it is at work on the task."""
    if task.state != TaskState.WORKING:
        return False
    heard = tasks.c.id == task.id, tasks.c.heard_at > database_time() - HEARD_SECONDS
    return session.execute(select(tasks.c.id).where(*heard)).first() is not None
