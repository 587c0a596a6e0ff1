"""What ended long ago is forgotten with all that was kept of it; what lives, or is part of what lives, stays."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from trunkline import Connection, NATSService, NatsSettings, workflows
from trunkline.events import new_id
from trunkline.sql import Database, history
from trunkline.sql.task_tables import task_events, tasks
from trunkline.sql.workflow_tables import workflow_steps
from trunkline.tasks import Tasks, TaskState
from trunkline.workflows import State, Transition, Workflow

NOW = datetime.now(UTC)
LONG_AGO, BEFORE = NOW - timedelta(days=100), NOW - timedelta(days=90)

WORKFLOW = Workflow(
    "way", states=(State("begun"), State("ended", end=True)), transitions=(Transition("begun", "end", "ended"),)
)


def old_id(number: int) -> str:
    return f"{history._id_of(LONG_AGO)}-7000-8000-{number:012d}"


def add_task(
    session: Session, id: str, state: str, *, updated_at: datetime = LONG_AGO, root: str | None = None
) -> None:
    given: dict[str, Any] = {"id": id, "type": "t", "root_id": root or id, "state": state, "input": {}}
    counts = {"attempts": 0, "round": 0, "number": 1}
    session.execute(insert(tasks).values(**given, **counts, created_at=updated_at, updated_at=updated_at))
    event = {"task_id": id, "number": 1, "kind": "state", "attempt": 0, "data": {}, "at": updated_at}
    session.execute(insert(task_events).values(**event))


def left(session: Session) -> set[str]:
    kept = set(session.scalars(select(tasks.c.id)))
    assert kept == set(session.scalars(select(task_events.c.task_id)))
    return kept


def test_ended_means_what_nothing_follows() -> None:
    assert set(history.ENDED) == {state.value for state in TaskState if state.is_final}


async def test_tasks_that_ended_long_ago_go_and_others_stay(database: Database) -> None:
    living, root = old_id(1), old_id(2)
    keeps = [(living, "working"), (old_id(3), "input-required")]
    goes = [(root, "completed"), (old_id(4), "failed"), (old_id(5), "canceled"), (old_id(6), "rejected")]

    def fill(session: Session) -> None:
        for id, state in keeps + goes:
            add_task(session, id, state)
        add_task(session, old_id(7), "completed", root=living)
        add_task(session, old_id(8), "completed", root=root)
        add_task(session, old_id(9), "completed", updated_at=NOW)
        add_task(session, new_id(), "completed", updated_at=NOW)

    await database.write(fill)
    total = await database.read(lambda session: session.scalar(select(func.count()).select_from(tasks)))
    gone = [await database.write(partial(history.prune_tasks, before=BEFORE, limit=2)) for _ in range(4)]
    assert sum(gone) == 5
    assert max(gone) == 2
    kept = await database.read(left)
    assert total is not None
    assert len(kept) == total - 5
    assert {living, old_id(3), old_id(7), old_id(9)} <= kept


async def test_workflows_that_ended_long_ago_go_with_their_steps(database: Database) -> None:
    def fill(session: Session) -> None:
        for id in ("old", "open", "new"):
            workflows.begin(session, WORKFLOW, id)
            if id != "open":
                workflows.move(session, WORKFLOW, id, "end")
        for id in ("old", "open"):
            times = {"started_at": LONG_AGO} | ({"ended_at": LONG_AGO} if id == "old" else {})
            session.execute(workflows.table.update().where(workflows.table.c.id == id).values(**times))

    await database.write(fill)
    assert await database.write(partial(history.prune_workflows, before=BEFORE)) == 1
    found = await database.read(lambda session: set(session.scalars(select(workflow_steps.c.workflow_id))))
    assert found == {"open", "new"}


async def test_a_task_that_was_submitted_just_now_is_not_taken_for_an_old_one(database: Database) -> None:
    """Ids are compared with a time."""
    service = NATSService(Connection(NatsSettings(url="nats://127.0.0.1:1")), database=database)
    task_id = await Tasks(service).submit("t", {})
    assert history._id_of(NOW - timedelta(seconds=1)) < task_id < history._id_of(NOW + timedelta(days=1))
