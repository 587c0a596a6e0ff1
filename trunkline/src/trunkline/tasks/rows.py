"""A task's row and its events: every change of a task goes through here.

A change locks the task's row, is checked against the states that may follow (states.py), and writes row, event and
message together. So events have their numbers in the order of what they tell, and the outbox sends them in it.

Attempts are numbered as they begin, and an attempt writes under its number. A worker that was frozen, and whose task
another has taken over, still has the old one, and whatever it writes is refused.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from trunkline.errors import NoSuchTask, TaskError, TaskOver
from trunkline.events import Event, new_id
from trunkline.sql import dialects, outbox, timers
from trunkline.sql.tables import stored_id
from trunkline.sql.task_tables import task_events, task_questions, tasks
from trunkline.tasks import views
from trunkline.tasks.states import FOLLOWING, TaskState
from trunkline.tasks.subjects import TASK_CHANGED, TASK_SUBMITTED
from trunkline.tasks.timing import DEADLINE, OFFER, QUESTION, next_offer

SOURCE = "trunkline.tasks"
MOST_EVENTS = 10_000
"""Events that a task may have: one that reports without end is stopped, not kept."""

TaskRow = Row[Any]


def create(
    session: Session,
    type: str,
    input: Mapping[str, Any],
    *,
    key: str | None = None,
    owner: str | None = None,
    parent: str | None = None,
    deadline: datetime | None = None,
) -> tuple[str, bool]:
    """Write a task in `submitted`, and return its id and whether it is new; a key that is there names its task.

    Raises:
        NoSuchTask: there is no parent of that id.
    """
    id, now = new_id(), datetime.now(UTC)
    row = dialects.insert(session, tasks).values(
        id=id,
        type=type,
        key=stored_id(key) if key is not None else None,
        owner=owner,
        parent_id=parent,
        root_id=_root(session, parent) or id,
        state=TaskState.SUBMITTED,
        input=dict(input),
        attempts=0,
        round=0,
        number=0,
        deadline=deadline,
        created_at=now,
        updated_at=now,
    )
    written = session.execute(row.on_conflict_do_nothing(index_elements=["type", "key"]).returning(tasks.c.id))
    if written.one_or_none() is None:
        assert key is not None
        same = find(session, type, key)
        assert same is not None
        return same, False
    task = lock(session, id)
    note(session, task, views.TRANSITION, {"state": TaskState.SUBMITTED})
    if deadline is not None:
        timers.set(session, DEADLINE, id, deadline)
    return id, True


def find(session: Session, type: str, key: str) -> str | None:
    """Return the id of the task of this type and key, or None."""
    same = select(tasks.c.id).where(tasks.c.type == type, tasks.c.key == stored_id(key))
    return session.execute(same).scalar_one_or_none()


def offer(session: Session, task: TaskRow) -> None:
    """Offer a submitted task to whoever can do it; told again, it is the same offer."""
    subject = TASK_SUBMITTED.build(task_type=task.type)
    data = {"task_id": task.id, "task_type": task.type, "round": task.round}
    event_id = f"{task.id}.submitted.{task.round}"
    outbox.add(session, Event.create(subject, data, source=SOURCE, id=event_id, key=task.id))
    timers.set(session, OFFER, task.id, next_offer())


def lock(session: Session, task_id: str, *, attempt: int | None = None) -> TaskRow:
    """Return the task's row, which nobody else changes until the transaction ends.

    Raises:
        NoSuchTask: there is none of that id.
        TaskOver: it is not being worked on by that attempt.
    """
    row = session.execute(select(tasks).where(tasks.c.id == task_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchTask(task_id)
    if attempt is not None and (row.state != TaskState.WORKING or row.attempts != attempt):
        raise TaskOver(task_id, row.state, "this attempt at it has ended")
    return row


def state_of(session: Session, task_id: str) -> TaskState:
    """Return a task's state; raises `NoSuchTask`."""
    state = session.execute(select(tasks.c.state).where(tasks.c.id == task_id)).scalar_one_or_none()
    if state is None:
        raise NoSuchTask(task_id)
    return TaskState(state)


def move(session: Session, task: TaskRow, state: TaskState, data: Mapping[str, Any] | None = None, **more: Any) -> None:
    """Take a locked task to another state; `data` goes into its event, `more` into its row.

    Raises:
        TaskOver: `state` may not follow the one that it is in.
    """
    if state not in FOLLOWING[TaskState(task.state)]:
        raise TaskOver(task.id, task.state, f"it cannot become {state}")
    note(session, task, views.TRANSITION, {"state": state, **(data or {})}, state=state, **more)
    if not state.is_final:
        return
    for kind in (DEADLINE, OFFER, QUESTION):
        timers.cancel(session, kind, task.id)
    opened = task_questions.c.task_id == task.id, task_questions.c.ended.is_(None)
    session.execute(update(task_questions).where(*opened).values(ended="closed", ended_at=datetime.now(UTC)))


def begin_attempt(session: Session, task: TaskRow, agent: str, **more: Any) -> None:
    """Begin the next attempt at a locked task that is submitted or being worked on; `more` goes into its row."""
    begun = {"attempts": tasks.c.attempts + 1, "agent": agent, **more}
    if task.state == TaskState.WORKING:
        note(session, task, views.ATTEMPT, {"agent": agent}, **begun)
    else:
        move(session, task, TaskState.WORKING, {"agent": agent}, **begun)


def note(session: Session, task: TaskRow, kind: str, data: Mapping[str, Any], **more: Any) -> None:
    """Write what happened to a locked task: an event, a message, and `more` in its row.

    Raises:
        TaskError: it has had as many events as a task may have.
    """
    changed = update(tasks).where(tasks.c.id == task.id)
    now = datetime.now(UTC)
    values = {"number": tasks.c.number + 1, "updated_at": now, **more}
    written = session.execute(changed.values(values).returning(tasks.c.number, tasks.c.attempts, tasks.c.state)).one()
    if written.number > MOST_EVENTS and not TaskState(written.state).is_final:
        raise TaskError(f"task {task.id} has had {MOST_EVENTS} events, as many as a task may have")
    event = {"task_id": task.id, "number": written.number, "kind": kind, "attempt": written.attempts, "at": now}
    session.execute(insert(task_events).values(**event, data=dict(data)))
    told = {**event, "task_type": task.type, "state": written.state, "owner": task.owner}
    subject, event_id = TASK_CHANGED.build(task_id=task.id), f"{task.id}.{written.number}"
    outbox.add(session, Event.create(subject, told, source=SOURCE, id=event_id, key=task.id))


def _root(session: Session, parent: str | None) -> str | None:
    if parent is None:
        return None
    root = session.execute(select(tasks.c.root_id).where(tasks.c.id == parent)).scalar_one_or_none()
    if root is None:
        raise NoSuchTask(parent)
    return str(root)
