"""How the threads run what they have taken: each function as a transaction, or several with one commit.

A function that runs alone runs again, within the busy limit, when the database could not be reached or took the
transaction back. Those that share a commit run alone when that did not go well (groups.py), but not one after another
into a database that is silent: when one has found out, for as long as the busy limit allows or longer, the others are
told the same.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from trunkline.errors import DatabaseError
from trunkline.sql.committing import commit
from trunkline.sql.functions import call
from trunkline.sql.groups import Group
from trunkline.sql.trouble import diagnose
from trunkline.sql.workers import Job, Outcome

log = structlog.get_logger(__name__)

T = TypeVar("T")

Jobs = Sequence[Job[Any]]

_PAUSE_SECONDS = 0.1


class Unreachable(DatabaseError):
    """The database cannot be reached, and has had its time to come back."""


class Transactions:
    """Runs functions on connections of `engine`; `busy_limit` is in seconds."""

    def __init__(self, engine: Engine, busy_limit: float) -> None:
        self._engine = engine
        self._busy_limit = busy_limit

    def apart(self, jobs: Jobs) -> Iterator[Jobs]:
        """Run each job as a transaction of its own; yield each as it has ended."""
        for job in jobs:
            if job.take():
                self._run(job)
            yield [job]

    def together(self, jobs: Jobs) -> Iterator[Jobs]:
        """Run jobs with one commit, and alone those with which that failed; yield them as they have ended."""
        while len(jobs) > 1:
            limit = time.monotonic() + self._busy_limit
            group = Group(self._engine)
            if group.run(jobs):
                yield jobs[: group.reached]
            else:
                log.debug("transactions run one by one", begun=len(group.begun), reason=repr(group.failure))
                yield from self._one_by_one(jobs[: group.reached], group, limit)
            jobs = jobs[group.reached :]
        yield from self.apart(jobs)

    def _one_by_one(self, jobs: Jobs, group: Group, limit: float) -> Iterator[Jobs]:
        gone = _unreachable(group.failure) if time.monotonic() > limit else None
        for job in jobs:
            if job in group.begun or job.take():  # none had begun when the database did not
                gone = self._tell(job, gone) if gone is not None else self._run(job)
            yield [job]

    def _tell(self, job: Job[Any], gone: Unreachable) -> Unreachable:
        job.outcome = Outcome(error=Unreachable(str(gone)))
        return gone

    def _run(self, job: Job[Any]) -> Unreachable | None:
        """Run a job; return why there is no use in running others, if it has shown that."""
        try:
            job.outcome = Outcome(self._until_limit(job.function))
        except Unreachable as error:
            job.outcome = Outcome(error=error)
            return error
        except BaseException as error:  # noqa: BLE001, it is raised again where the work was asked for
            job.outcome = Outcome(error=error)
        return None

    def _until_limit(self, function: Callable[[Session], T]) -> T:
        limit = time.monotonic() + self._busy_limit
        while True:
            try:
                return _once(self._engine, function)
            except PoolTimeout as error:
                raise DatabaseError(f"no connection to the database was free within {self._busy_limit:g} s") from error
            except DBAPIError as error:
                trouble = diagnose(error)
                if trouble is None:
                    raise
                if not trouble.again or time.monotonic() > limit:
                    raise (Unreachable if trouble.unreachable else DatabaseError)(trouble.reason) from error
                log.warning("transaction runs again", reason=trouble.reason)
                time.sleep(_PAUSE_SECONDS)


def _unreachable(failure: BaseException | None) -> Unreachable | None:
    trouble = diagnose(failure) if isinstance(failure, DBAPIError) else None
    return Unreachable(trouble.reason) if trouble is not None and trouble.unreachable else None


def _once(engine: Engine, function: Callable[[Session], T]) -> T:
    with Session(engine, expire_on_commit=False) as session:
        result = call(function, session)
        commit(session)
        return result
