"""Functions of several callers that share one commit, so that the disk is waited for once.

They run one after another on one session; each is flushed, and its objects are detached, before the next begins, so
that none sees or changes another's. No savepoint lies between them: it would cost what sharing saves. So when one
raises, or the commit fails, all is rolled back, and every function that had begun runs again alone: what it raises then
is its own, and nobody's failure undoes what another was told is done.

The inbox's marks are written together, before the commit: an event that turns out to have been done is such a failure.

**What no function may do in company** is end the transaction, for it would end that of the others. Committing it is
refused before it happens. A rollback, or an error of the database that the function swallowed (PostgreSQL takes nothing
after it, and turns the commit into a rollback without a word), is seen when the function has returned. Either way that
function too runs again alone, where it may do as it likes.

A group takes no further function when it has lasted `GROUP_SECONDS`: a slow function holds up those before it, not
those behind it. On PostgreSQL it waits for a lock no longer than `LOCK_SECONDS`: a group holds many locks, so two
groups may well wait for each other, and the server takes a second to see that.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, SessionTransaction

from trunkline.sql import inbox
from trunkline.sql.committing import OutcomeUnknown, Standing, commit, standing
from trunkline.sql.functions import call
from trunkline.sql.sessions import keep_own_notes
from trunkline.sql.workers import Job, Outcome

GROUP_SECONDS = 0.1
LOCK_SECONDS = 0.5


class EndedInCompany(Exception):
    """A function ended the transaction that it shared, or tried to."""


class Group:
    """One attempt to run jobs with one commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.reached = 1
        """How many of the jobs are dealt with; when the database does not even begin, the first shall find out why."""
        self.begun: list[Job[Any]] = []
        self.failure: BaseException | None = None
        """Why those that have begun must run alone."""

    def run(self, jobs: Sequence[Job[Any]]) -> bool:
        """Run the jobs from the first; True when those that began have their outcomes."""
        try:
            with _Shared(self._engine, expire_on_commit=False) as session:
                inbox.mark_together(session)
                results = self._run_each(session, jobs)
                inbox.write_marks(session)
                session.may_commit = True
                commit(session)
        except OutcomeUnknown as error:
            for job in self.begun:
                job.outcome = Outcome(error=OutcomeUnknown(str(error)))
            return True
        except BaseException as error:  # noqa: BLE001, whose it is will show when each runs alone
            self.failure = error
            return False
        for job, result in zip(self.begun, results, strict=True):
            job.outcome = Outcome(result)
        return True

    def _run_each(self, session: "_Shared", jobs: Sequence[Job[Any]]) -> list[Any]:
        transaction = _begin(session)
        limit = time.monotonic() + GROUP_SECONDS
        results = []
        for self.reached, job in enumerate(jobs, start=1):
            if not job.take():
                continue
            self.begun.append(job)
            results.append(call(job.function, session))
            session.flush()
            _check(session, transaction)
            session.expunge_all()
            keep_own_notes(session)
            if time.monotonic() > limit:
                break
        return results


class _Shared(Session):
    """A session whose transaction is not its functions' to commit."""

    may_commit = False


@event.listens_for(_Shared, "before_commit")
def _refuse_commit(session: _Shared) -> None:
    if not session.may_commit and not session.in_nested_transaction():
        raise EndedInCompany("commit")


def _begin(session: Session) -> SessionTransaction:
    """Begin in the database too, so that its transaction can be told from a later one."""
    transaction = session.begin()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(LOCK_SECONDS * 1000)}")
    return transaction


def _check(session: Session, transaction: SessionTransaction) -> None:
    same = session.get_transaction() is transaction and not session.in_nested_transaction()
    if not same or standing(session) is not Standing.OPEN:
        raise EndedInCompany("rollback")
