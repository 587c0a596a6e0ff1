"""The task that shows how far a CV's reading has come: `analyze_cv`, one for each CV, seen by the CV's freelancer.

It goes along with the CV, in the same transactions. CVs of before there were tasks have none, and need none.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from models import CV
from trunkline.tasks import TaskState, recorded

ANALYZE = "analyze_cv"


def record(session: Session, cv: CV) -> None:
    """Make the task of a CV that was uploaded."""
    about = {"cv_id": cv.id, "filename": cv.filename}
    recorded.record(session, ANALYZE, about, key=cv.id, owner=cv.freelancer_id)


def work(session: Session, cv_id: str, agent: str) -> None:
    """Say that a reading begins."""
    if (task_id := recorded.find(session, ANALYZE, cv_id)) is not None:
        recorded.work(session, task_id, agent)


def complete(session: Session, cv_id: str, result: Mapping[str, Any]) -> None:
    """Say that the CV was read."""
    if (task_id := recorded.find(session, ANALYZE, cv_id)) is not None:
        recorded.complete(session, task_id, result)


def fail(session: Session, cv_id: str, reason: str) -> None:
    """Say that the CV could not be read."""
    if (task_id := recorded.find(session, ANALYZE, cv_id)) is not None:
        recorded.fail(session, task_id, reason)


def is_canceled(session: Session, cv_id: str) -> bool:
    """Whether the CV's freelancer does not want it read any more."""
    task_id = recorded.find(session, ANALYZE, cv_id)
    return task_id is not None and recorded.state(session, task_id) is TaskState.CANCELED
