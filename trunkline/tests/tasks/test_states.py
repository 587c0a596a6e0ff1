"""The states of a task: whatever is tried, it only goes where the table lets it, and tells all of it in order."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from trunkline import TaskOver
from trunkline.sql import metadata, timers
from trunkline.sql.tables import outbox
from trunkline.tasks import FOLLOWING, Tasks, TaskState, views
from trunkline.tasks import rows as changes

FINAL = {TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELED, TaskState.REJECTED}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("states") / "tasks.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_the_last_four_states_are_final_and_no_other_is() -> None:
    assert {state for state in TaskState if state.is_final} == FINAL
    assert set(FOLLOWING) == set(TaskState)


def test_every_state_can_be_reached_and_left_for_an_end() -> None:
    reached = {TaskState.SUBMITTED}
    while more := {to for state in reached for to in FOLLOWING[state]} - reached:
        reached |= more
    assert reached == set(TaskState)
    assert all(FOLLOWING[state] & FINAL for state in set(TaskState) - FINAL)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(list(TaskState)), max_size=12))
def test_any_sequence_of_moves_keeps_to_the_table_and_is_told_in_order(engine: Engine, wanted: list[TaskState]) -> None:
    with Session(engine) as session:
        task_id = Tasks.submit_in(session, "walk", {"n": 1})
        taken = [TaskState.SUBMITTED]
        for state in wanted:
            task = changes.lock(session, task_id)
            if state in FOLLOWING[taken[-1]]:
                changes.move(session, task, state)
                taken.append(state)
                continue
            with pytest.raises(TaskOver):
                changes.move(session, task, state)
        shown = views.get(session, task_id)
        assert [event.data["state"] for event in shown.transitions] == taken
        assert [event.number for event in shown.transitions] == list(range(1, len(taken) + 1))
        assert shown.state is taken[-1]
        subject = f"agent.task.changed.{task_id}"
        told = session.execute(select(outbox.c.payload).where(outbox.c.subject == subject).order_by(outbox.c.seq))
        assert [json.loads(payload)["state"] for payload in told.scalars()] == taken
        assert (timers.get(session, "task.offer", task_id) is None) == taken[-1].is_final
        session.rollback()
