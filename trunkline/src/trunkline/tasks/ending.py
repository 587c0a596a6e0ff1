"""Ends that come from outside: a task is canceled, its deadline passes, its attempts are used up; and its offer, which
may have been lost."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from trunkline.connection import Connection
from trunkline.errors import NoSuchTask
from trunkline.jetstream import JetStreamState
from trunkline.sql import timers
from trunkline.sql.timers import Timer
from trunkline.tasks import attempts, rows
from trunkline.tasks.states import TaskState
from trunkline.tasks.timing import OFFER, next_offer


def cancel(session: Session, task_id: str, *, by: str | None = None, reason: str | None = None) -> None:
    """Cancel a task; one that is canceled stays so.

    Raises:
        NoSuchTask: there is none of that id.
        TaskOver: it has ended otherwise.
    """
    task = rows.lock(session, task_id)
    if task.state != TaskState.CANCELED:
        rows.move(session, task, TaskState.CANCELED, {"by": by, "reason": reason}, error=reason)


def give_up(session: Session, task_id: str, round: int) -> None:
    """Let a task fail whose attempts are used up, in the transaction that makes its offer a dead letter."""
    try:
        task = rows.lock(session, task_id)
    except NoSuchTask:
        return
    if task.round != round or TaskState(task.state).is_final:
        return
    error = task.error or "its worker died in every attempt"
    rows.move(session, task, TaskState.FAILED, {"reason": error}, error=error)


def ring_deadline(session: Session, timer: Timer) -> None:
    """Let a task fail whose deadline has passed."""
    task = rows.lock(session, timer.id)
    if TaskState(task.state).is_final:
        return
    error = "its deadline has passed"
    rows.move(session, task, TaskState.FAILED, {"reason": error}, error=error)


@dataclass(frozen=True)
class OfferAgain:
    """Offers a task again that nobody works on: the server may have kept its offer for nobody, or have lost it.

    A server without JetStream hands an offer to whoever listens, once, and the worker may die with it. A stream keeps
    it until it is done, so there it is said again only after an hour, in case the stream itself was lost.
    """

    connection: Connection

    def __call__(self, session: Session, timer: Timer) -> None:
        """Look after the task, and again later."""
        task = rows.lock(session, timer.id)
        if task.state not in {TaskState.SUBMITTED, TaskState.WORKING}:
            return
        is_kept = self.connection.known_jetstream() is JetStreamState.YES
        if not attempts.is_heard(session, task) and timer.payload.get("kept", False) is is_kept:
            rows.offer(session, task)
        timers.set(session, OFFER, task.id, next_offer(kept=is_kept), {"kept": is_kept})
