"""Instances move as declared, each step once, together with everything it leads to."""

import asyncio
import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline import Event, InvalidEvent, NoSuchWorkflow, workflows
from trunkline.sql import Database, outbox, timers
from trunkline.sql.tables import outbox as waiting
from trunkline.workflows import COMPLETE, LATE, Action, Instance, Kind, State, Step, Transition, Workflow, moving

HOUR = timedelta(hours=1)


def note(session: Session, instance: Instance) -> None:
    outbox.add(session, Event.create("events.noted", {"id": instance.id}, id=f"noted.{instance.id}"))


TEA = Workflow(
    "tea",
    states=(
        State("ordered", time_limit=HOUR),
        State("brewing", time_limit=HOUR, asks=Action("kettle", "boil", fields=("cup",))),
        State("served", end=True),
        State("spilt", end=True),
    ),
    transitions=(
        Transition("ordered", "begin", "brewing"),
        Transition("ordered", LATE, "spilt", effect="note"),
        Transition("brewing", COMPLETE, "served"),
        Transition("brewing", LATE, "spilt"),
        Transition("spilt", "again", "ordered"),
    ),
    functions={"note": note},
    source="kitchen",
)


def event(id: str = "cause", subject: str = "events.tea") -> Event:
    return Event.create(subject, {}, id=id)


async def begin(database: Database, id: str = "t1", **options: Any) -> bool:
    return await database.write(partial(workflows.begin, workflow=TEA, id=id, data={"cup": 3, "who": "x"}, **options))


async def move(database: Database, on: str, id: str = "t1", **options: Any) -> Step:
    return await database.write(partial(workflows.move, workflow=TEA, id=id, on=on, **options))


async def at(database: Database, id: str = "t1") -> Instance:
    found = await database.read(partial(workflows.get, id=id))
    assert found is not None
    return found


async def steps(database: Database, id: str = "t1") -> list[Step]:
    return list(await database.read(partial(workflows.steps, id=id)))


async def said(database: Database) -> list[tuple[str, str | None, dict[str, Any]]]:
    rows = select(waiting).order_by(waiting.c.seq)
    found = await database.read(lambda session: session.execute(rows).all())
    return [(row.subject, row.key, json.loads(row.payload)) for row in found]


class TestBeginning:
    async def test_an_instance_begins_in_the_first_state_with_its_time_limit(self, database: Database) -> None:
        assert await begin(database, key="k", cause=event())
        instance = await at(database)
        assert (instance.state, instance.version, instance.key, instance.data["cup"]) == ("ordered", 1, "k", 3)
        timer = await database.read(partial(timers.get, kind="workflow.tea", id="t1"))
        assert timer is not None
        assert instance.due is not None
        assert abs((timer.due - instance.due).total_seconds()) < 1
        [step] = await steps(database)
        assert (step.number, step.kind, step.source, step.target, step.cause_id) == (
            1, Kind.BEGIN, None, "ordered", "cause",
        )  # fmt: skip

    async def test_an_id_begins_once(self, database: Database) -> None:
        assert await begin(database)
        await move(database, "begin")
        assert not await begin(database)
        assert (await at(database)).state == "brewing"

    @pytest.mark.parametrize("id", ["", "x" * 201])
    async def test_an_id_that_cannot_be_kept_is_refused(self, database: Database, id: str) -> None:
        with pytest.raises(InvalidEvent, match="200"):
            await begin(database, id)


class TestMoving:
    async def test_a_transition_tells_of_itself_and_asks_the_module_of_its_state(self, database: Database) -> None:
        await begin(database, key="cup 3")
        await move(database, "begin")
        [change, trigger] = await said(database)
        assert change[:2] == ("workflow.tea.state_change", "t1")
        told = {name: value for name, value in change[2].items() if name != "timestamp"}
        assert told == {
            "workflow_id": "t1",
            "state": "brewing",
            "next_state": "served",
            "data": {"cup": 3, "who": "x"},
        }
        assert trigger[:2] == ("workflow.kettle.boil.trigger", "cup 3")
        assert trigger[2]["data"] == {"cup": 3}
        assert (trigger[2]["workflow_id"], trigger[2]["step"]) == ("t1", 2)

    async def test_what_it_leads_to_is_kept_with_the_step(self, database: Database) -> None:
        await begin(database)
        mine = event("mine", "events.mine")

        def work(session: Session) -> Step:
            with outbox.noted(session) as events:
                outbox.add(session, mine)
            return workflows.move(session, TEA, "t1", "begin", cause=event(), effects=events)

        step = await database.write(work)
        subjects = [effect["subject"] for effect in step.effects]
        assert subjects == ["events.mine", "workflow.tea.state_change", "workflow.kettle.boil.trigger"]
        assert (await steps(database))[1] == step

    async def test_an_effect_runs_with_it_and_its_events_are_the_steps(self, database: Database) -> None:
        await begin(database)
        step = await move(database, LATE)
        assert step.effects[0] == {"id": "noted.t1", "subject": "events.noted"}
        assert (await at(database)).ended_at is not None

    async def test_the_same_event_moves_it_once(self, database: Database) -> None:
        await begin(database)
        first = await move(database, "begin", cause=event())
        again = await move(database, "begin", cause=event())
        assert again == first
        assert len(await steps(database)) == 2
        assert len(await said(database)) == 2

    async def test_what_does_not_fit_is_kept_with_the_reason_and_changes_nothing(self, database: Database) -> None:
        await begin(database)
        before = await at(database)
        step = await move(database, "again", cause=event())
        assert step.kind is Kind.IGNORED
        assert "'ordered' has no transition for it" in str(step.error)
        assert await move(database, "again", cause=event()) == step
        after = await at(database)
        assert (after.state, after.due, after.entered) == (before.state, before.due, before.entered)
        assert await said(database) == []

    async def test_what_is_ignored_does_not_pile_up(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(moving, "MOST_IGNORED", 3)
        await begin(database)
        for number in range(5):
            await move(database, "again", cause=event(str(number)))
        assert len(await steps(database)) == 1 + 3

    async def test_nothing_remains_of_a_transaction_that_fails(self, database: Database) -> None:
        await begin(database)

        def work(session: Session) -> None:
            workflows.move(session, TEA, "t1", "begin")
            raise RuntimeError("power failure")

        with pytest.raises(RuntimeError):
            await database.write(work)
        assert (await at(database)).state == "ordered"
        assert len(await steps(database)) == 1
        assert await said(database) == []

    async def test_an_end_has_no_timer_and_may_be_left_again(self, database: Database) -> None:
        await begin(database)
        await move(database, LATE)
        assert await database.read(partial(timers.get, kind="workflow.tea", id="t1")) is None
        await move(database, "again")
        instance = await at(database)
        assert (instance.state, instance.ended_at) == ("ordered", None)
        assert await database.read(partial(timers.get, kind="workflow.tea", id="t1")) is not None

    async def test_an_unknown_instance_is_an_error(self, database: Database) -> None:
        with pytest.raises(NoSuchWorkflow, match="t1"):
            await move(database, "begin")

    async def test_many_at_once_move_it_one_after_another(self, database_url: str) -> None:
        databases = [Database(database_url) for _ in range(3)]
        databases[0].create_tables()
        await asyncio.gather(*(database.start() for database in databases))
        await begin(databases[0])
        rounds = 12
        await asyncio.gather(
            *(move(databases[n % 3], on, cause=event(f"{on}{n}")) for n in range(rounds) for on in (LATE, "again"))
        )
        made = await steps(databases[0])
        assert [step.number for step in made] == list(range(1, 2 * rounds + 2))
        state = "ordered"
        for step in made[1:]:
            assert step.source == state
            state = step.target
        assert (await at(databases[0])).state == state
        await asyncio.gather(*(database.close() for database in databases))

    async def test_a_declaration_without_its_state_leaves_it_where_it_is(self, database: Database) -> None:
        await begin(database)
        newer = Workflow(
            "tea", (State("asked"), State("given", end=True)), (Transition("asked", "give", "given"),), version=2
        )
        step = await database.write(partial(workflows.move, workflow=newer, id="t1", on="give"))
        assert (step.kind, step.version) == (Kind.IGNORED, 2)
        assert "version 2 of tea has no state 'ordered'" in str(step.error)


class TestSequences:
    @hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        coming=st.lists(st.tuples(st.sampled_from(["begin", LATE, COMPLETE, "again"]), st.integers(1, 6)), max_size=12)
    )
    async def test_any_sequence_goes_as_declared_and_each_event_acts_once(
        self, one_database: Database, coming: list[tuple[str, int]]
    ) -> None:
        """Compared with the declaration walked by hand."""
        database, id = one_database, Event.create("a", {}).id
        await begin(database, id)
        state, seen, expected = "ordered", set[tuple[str, int]](), 1
        ways = {(each.source, each.on): each.target for each in TEA.transitions}
        for on, cause in coming:
            step = await move(database, on, id, cause=event(f"{id}.{cause}"))
            if (on, cause) not in seen:
                seen.add((on, cause))
                expected += 1
                assert (step.kind is Kind.TRANSITION) == ((state, on) in ways)
                state = ways.get((state, on), state)
            assert (await at(database, id)).state == state
        made = await steps(database, id)
        assert [step.number for step in made] == list(range(1, expected + 1))
        instance = await at(database, id)
        assert (instance.due is not None) == (TEA.state(state).time_limit is not None)  # type: ignore[union-attr]


class TestReading:
    async def test_a_list_comes_in_pages_newest_first(self, database: Database) -> None:
        for number in range(5):
            await begin(database, f"t{number}")
        await move(database, "begin", "t2")

        async def page(**wanted: Any) -> list[str]:
            found = await database.read(lambda session: workflows.list(session, **wanted))
            return [each.id for each in found]

        assert await page(limit=3) == ["t4", "t3", "t2"]
        assert await page(limit=3, after="t2") == ["t1", "t0"]
        assert await page(state="brewing") == ["t2"]
        assert await page(workflow="coffee") == []
        assert await page(after="nothing") == []

    async def test_a_timeline_says_which_step_led_to_which(self, database: Database) -> None:
        start = event("start", "events.start")
        await begin(database, cause=event("root"), effects=[start])
        await move(database, "begin", cause=start)
        await move(database, COMPLETE, cause=event("answer"), cause_step=2)
        [first, second, third] = workflows.timeline(await steps(database))
        assert [first.because_of, second.because_of, third.because_of] == [None, 1, 2]
        assert [(led.event_id, led.led_to) for led in first.effects] == [("start", [2])]
