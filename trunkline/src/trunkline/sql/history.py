"""Forgetting tasks and workflows that ended long ago, a page at a time, with everything that was kept of them.

A task of a tree goes only when the tree's root has ended as long ago, or is gone: whoever looks at the whole sees all
of it. What began last is not looked at: ids of tasks, and `started_at` of workflows, are indexed by time.
"""

from datetime import datetime

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from trunkline.sql.task_tables import task_events, task_questions, tasks
from trunkline.sql.workflow_tables import workflow_steps, workflows

ENDED = ("completed", "failed", "canceled", "rejected")
"""The states of tasks that nothing follows (tasks/states.py)."""
AT_ONCE = 1000


def prune_tasks(session: Session, before: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget tasks that ended before then, at most `limit` of them; return how many."""
    root = tasks.alias("root")
    lives = exists().where(root.c.id == tasks.c.root_id, or_(root.c.state.not_in(ENDED), root.c.updated_at >= before))
    has_ended = tasks.c.state.in_(ENDED) & (tasks.c.updated_at < before)
    old = select(tasks.c.id).where(tasks.c.id < _id_of(before), has_ended, ~lives).order_by(tasks.c.id).limit(limit)
    gone = session.scalars(delete(tasks).where(tasks.c.id.in_(old), has_ended).returning(tasks.c.id)).all()
    for table in (task_events, task_questions):
        session.execute(delete(table).where(table.c.task_id.in_(gone)))
    return len(gone)


def prune_workflows(session: Session, before: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget workflows that ended before then, at most `limit` of them; return how many."""
    has_ended = workflows.c.ended_at < before
    old = select(workflows.c.id).where(workflows.c.started_at < before, has_ended)
    old = old.order_by(workflows.c.started_at, workflows.c.id).limit(limit)
    gone = session.scalars(delete(workflows).where(workflows.c.id.in_(old), has_ended).returning(workflows.c.id)).all()
    session.execute(delete(workflow_steps).where(workflow_steps.c.workflow_id.in_(gone)))
    return len(gone)


def _id_of(time: datetime) -> str:
    """Return what the ids (UUIDv7) of tasks that began before a time are smaller than."""
    digits = f"{int(time.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"
