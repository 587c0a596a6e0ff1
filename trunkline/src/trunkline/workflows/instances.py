"""Reading workflows: an instance as it stands, and the steps that brought it there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from trunkline.sql.workflow_tables import workflow_steps
from trunkline.sql.workflow_tables import workflows as table

MOST_STEPS = 500
"""Steps that one call of `steps` returns."""

COMPENSATING = "compensating"
"""The state of an instance whose steps are being undone."""
COMPENSATION_FAILED = "compensation_failed"
"""The state of an instance of which a step could not be undone; the dead letter of that step can be replayed."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One run of a workflow.

    `version` is that of the declaration it began with; `key` is what it is about, and the key of what it asks for;
    `data` goes out with its events. `steps` counts its steps, `entered` is the number of the one that led to its
    state, `due` is when that state's time is up.
    """

    id: str
    workflow: str
    version: int
    state: str
    key: str | None
    data: Mapping[str, Any]
    steps: int
    entered: int
    ignored: int
    asked: int
    """How often the present state's module has been asked."""
    undoing: int | None
    """The step that is being undone."""
    ends_in: str | None
    """The state to come to when all is undone."""
    started_at: datetime
    updated_at: datetime
    due: datetime | None
    ended_at: datetime | None


class Kind(StrEnum):
    """What a step is."""

    BEGIN = "begin"
    TRANSITION = "transition"
    AGAIN = "again"
    """The state's module was asked once more."""
    COMPENSATION = "compensation"
    IGNORED = "ignored"
    """Something came that the state has no transition for; `error` says why it was ignored."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an instance.

    `cause_id` and `cause_subject` are of the event that led to it, `cause_step` is the step that it answers; `effects`
    are the events that it led to, each as ``{"id", "subject"}``. `compensation` names what undoes it, and
    `compensated_by` the step that did.
    """

    workflow_id: str
    number: int
    kind: Kind
    on: str
    source: str | None
    target: str
    version: int
    cause_id: str | None
    cause_subject: str | None
    cause_step: int | None
    effects: list[dict[str, str]]
    compensation: str | None
    compensated_by: int | None
    error: str | None
    at: datetime


def get(session: Session, id: str) -> Instance | None:
    """Return an instance as it stands, or None."""
    return _read(session, id, lock=False)


def lock(session: Session, id: str) -> Instance | None:
    """Return an instance that nobody else moves until the session's transaction ends, or None."""
    return _read(session, id, lock=True)


def list(
    session: Session,
    *where: ColumnElement[bool],
    workflow: str | None = None,
    state: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Sequence[Instance]:
    """Return instances, newest first: those of a workflow, in a state, for which `where` holds of `table`.

    `after` is the id of the last one that was seen; when there is no such instance, none follows it.
    """
    rows = select(table).where(*where)
    if workflow is not None:
        rows = rows.where(table.c.workflow == workflow)
    if state is not None:
        rows = rows.where(table.c.state == state)
    if after is not None:
        seen = get(session, after)
        if seen is None:
            return ()
        same_time = and_(table.c.started_at == seen.started_at, table.c.id < seen.id)
        rows = rows.where(or_(table.c.started_at < seen.started_at, same_time))
    rows = rows.order_by(table.c.started_at.desc(), table.c.id.desc()).limit(limit)
    return [Instance(**row._mapping) for row in session.execute(rows)]


def steps(session: Session, id: str, *, after: int = 0, limit: int = MOST_STEPS) -> Sequence[Step]:
    """Return an instance's steps, in order, from the one after number `after`."""
    rows = select(workflow_steps).where(workflow_steps.c.workflow_id == id, workflow_steps.c.number > after)
    return [step(row._mapping) for row in session.execute(rows.order_by(workflow_steps.c.number).limit(limit))]


def step(values: Mapping[Any, Any]) -> Step:
    """Return a row of the table of steps as what it is."""
    return Step(**{**values, "kind": Kind(values["kind"])})


def _read(session: Session, id: str, *, lock: bool) -> Instance | None:
    row = select(table).where(table.c.id == id)
    found = session.execute(row.with_for_update() if lock else row).one_or_none()
    return Instance(**found._mapping) if found is not None else None
