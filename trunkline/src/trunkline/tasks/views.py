"""A task as it is shown: to whoever asks through `Tasks`, and by an API as it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from trunkline.errors import NoSuchTask
from trunkline.sql.task_tables import task_events, task_questions, tasks
from trunkline.tasks.states import TaskState

TRANSITION = "state"
ATTEMPT = "attempt"
PROGRESS = "progress"
PARTIAL = "partial"
ESCALATED = "escalated"


class TaskEvent(BaseModel):
    """Something that happened to a task; `number` counts from 1, and is what a reader resumes after.

    `kind` is ``state`` (a transition), ``attempt`` (another worker took over), ``progress``, ``partial`` or
    ``escalated``.
    """

    number: int
    kind: str
    attempt: int
    data: dict[str, Any]
    at: datetime


class AskedQuestion(BaseModel):
    """A question that a task asks; `asked_of` may answer it."""

    id: str
    text: str
    choices: list[str] | None
    default: Any
    asked_of: str | None
    escalate_to: str | None
    deadline: datetime | None
    asked_at: datetime


class TaskSummary(BaseModel):
    """A task in a list."""

    id: str
    type: str
    key: str | None
    owner: str | None
    parent_id: str | None
    root_id: str
    state: TaskState
    progress: float | None
    note: str | None
    error: str | None
    agent: str | None
    attempts: int
    deadline: datetime | None
    created_at: datetime
    updated_at: datetime


class TaskView(TaskSummary):
    """A task with what went in, what came out, and all that happened in between.

    `partials` are those of the last attempt, which begins them anew.
    """

    input: dict[str, Any]
    result: dict[str, Any] | None
    question: AskedQuestion | None
    transitions: list[TaskEvent]
    partials: list[dict[str, Any]]


def get(session: Session, task_id: str) -> TaskView:
    """Return a task.

    Raises:
        NoSuchTask: there is none of that id.
    """
    row = session.execute(select(tasks).where(tasks.c.id == task_id)).one_or_none()
    if row is None:
        raise NoSuchTask(task_id)
    shown = task_events.c.kind.in_((TRANSITION, PARTIAL))
    happened = _events(session, task_id, shown)
    partials = [event for event in happened if event.kind == PARTIAL]
    return TaskView(
        **row._mapping,
        question=open_question(session, task_id),
        transitions=[event for event in happened if event.kind == TRANSITION],
        partials=[event.data for event in partials if event.attempt == partials[-1].attempt],
    )


def listed(
    session: Session, *, owner: str | None = None, after: str | None = None, limit: int = 50
) -> list[TaskSummary]:
    """Return tasks, newest first: of `owner`, or of all; older than the one whose id is `after`."""
    rows = select(tasks).order_by(tasks.c.id.desc()).limit(limit)
    if owner is not None:
        rows = rows.where(tasks.c.owner == owner)
    if after is not None:
        rows = rows.where(tasks.c.id < after)
    return [TaskSummary(**row._mapping) for row in session.execute(rows)]


def events(session: Session, task_id: str, *, after: int = 0, limit: int = 100) -> list[TaskEvent]:
    """Return what happened to a task after the event of that number, in order."""
    return _events(session, task_id, task_events.c.number > after, limit)


def open_question(session: Session, task_id: str) -> AskedQuestion | None:
    """Return the question that the task waits for, or None."""
    asked = select(task_questions).where(task_questions.c.task_id == task_id, task_questions.c.ended.is_(None))
    row = session.execute(asked).one_or_none()
    return question_of(row) if row is not None else None


def question_of(row: Row[Any]) -> AskedQuestion:
    """Return a question as its row has it."""
    return AskedQuestion(**row._mapping)


def _events(session: Session, task_id: str, which: Any, limit: int | None = None) -> list[TaskEvent]:
    rows = select(task_events).where(task_events.c.task_id == task_id, which).order_by(task_events.c.number)
    found: Sequence[Row[Any]] = session.execute(rows.limit(limit)).all()
    return [TaskEvent(**row._mapping) for row in found]
