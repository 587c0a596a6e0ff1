"""Tasks: submitted once, done once, seen from everywhere, ended from everywhere."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from trunkline import (
    ConfigurationError,
    InvalidToken,
    Message,
    NoSuchTask,
    Registry,
    TaskOver,
    TaskRejected,
    registered,
)
from trunkline.sql import Database, deadletters, inbox
from trunkline.sql.tables import inbox as marks
from trunkline.sql.task_tables import tasks as rows
from trunkline.tasks import Agent, Question, Task, Tasks, TaskState, attempts, skill
from trunkline.tasks import running as doing

from .conftest import LIMIT, Count, Counted, World, states


class CV(BaseModel):
    """What the guide's agents are about."""

    cv_id: int


async def count(task: Task[Count]) -> Counted:
    for number in range(1, task.input.to + 1):
        await task.partial({"number": number})
        await task.progress(number / task.input.to, f"{number} of {task.input.to}")
    return Counted(total=task.input.to)


async def for_ever(task: Task[Count]) -> Counted:
    await asyncio.sleep(LIMIT * 2)
    return Counted(total=0)


class TestSubmitting:
    async def test_a_key_is_one_task_however_many_submit_it_at_once(self, database_url: str) -> None:
        databases = [Database(database_url) for _ in range(3)]
        databases[0].create_tables()
        for database in databases:
            await database.start()

        def submit(session: Session) -> str:
            return Tasks.submit_in(session, "count", Count(to=1), key="the same")

        ids = await asyncio.gather(*(database.write(submit) for database in databases for _ in range(5)))
        assert len(set(ids)) == 1
        there = await databases[0].read(lambda session: session.execute(select(func.count(rows.c.id))).scalar_one())
        assert there == 1
        await asyncio.gather(*(database.close() for database in databases))

    async def test_the_same_key_of_another_type_is_another_task(self, world: World) -> None:
        first = await world.tasks.submit("count", Count(to=1), key="k")
        assert await world.tasks.submit("other", Count(to=1), key="k") != first
        assert await world.tasks.submit("count", Count(to=2), key="k") == first
        assert (await world.tasks.get(first)).input == {"to": 1}

    async def test_a_task_exists_exactly_if_its_transaction_commits(self, world: World) -> None:
        def fail(session: Session) -> None:
            Tasks.submit_in(session, "count", Count(to=1), key="never")
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await world.database.write(fail)
        assert await world.tasks.list() == []

    async def test_a_tree_of_tasks_knows_its_root(self, world: World) -> None:
        root = await world.tasks.submit("count", Count(to=1))
        child = await world.tasks.submit("count", Count(to=1), parent=root)
        grandchild = await world.tasks.submit("count", Count(to=1), parent=child)
        task = await world.tasks.get(grandchild)
        assert (task.parent_id, task.root_id) == (child, root)
        assert (await world.tasks.get(root)).root_id == root

    async def test_what_cannot_be_is_refused(self, world: World) -> None:
        with pytest.raises(NoSuchTask):
            await world.tasks.submit("count", Count(to=1), parent="nobody")
        with pytest.raises(InvalidToken):
            await world.tasks.submit("two words", Count(to=1))
        with pytest.raises(ValueError, match="zone"):
            await world.tasks.submit("count", Count(to=1), deadline=datetime(2030, 1, 1))
        with pytest.raises(NoSuchTask):
            await world.tasks.get("nobody")


class TestDoing:
    async def test_a_task_is_done_and_its_result_told_as_the_guide_has_it(self, world: World) -> None:
        heard: list[tuple[str, dict[str, Any]]] = []

        async def note(subject: str, data: dict[str, Any], msg: Message) -> None:
            heard.append((subject, data))

        await world.service.subscribe_to_events("agent.task.completed.*", note)
        await world.service.subscribe_to_events("agent.*.result.*", note)
        await world.run(count)
        task_id = await world.tasks.submit("count", Count(to=2), owner="ada")
        task = await world.end_of(task_id)
        assert (task.state, task.result, task.attempts, task.agent) == ("completed", {"total": 2}, 1, "counter")
        assert states(task) == ["submitted", "working", "completed"]
        assert (task.progress, task.note, task.owner) == (1.0, "2 of 2", "ada")
        assert task.partials == [{"number": 1}, {"number": 2}]
        async with asyncio.timeout(LIMIT):
            while len(heard) < 2:
                await asyncio.sleep(0.05)
        told = dict(heard)
        completed = told["agent.task.completed.counter"]
        assert (completed["agent_id"], completed["task_id"]) == ("counter", task_id)
        assert completed["total"] == completed["result"]["total"] == 2
        result = told["agent.counter.result.count"]
        assert (result["agent_name"], result["result_type"], result["data"]) == ("counter", "count", {"total": 2})

    async def test_the_guides_hand_off_runs_between_declared_agents(self, world: World) -> None:
        """One agent finishes; who listens as the guide does sees `next_step`, and has the next one begin."""

        async def handle_cv_analysis_complete(subject: str, data: dict[str, Any], msg: Message) -> None:
            if data.get("next_step") == "profile_building":
                await world.tasks.submit("build", {"cv_id": data["cv_id"]}, key=str(data["cv_id"]))

        analyst, builder = Agent("cv_analyzer"), Agent("profile_builder")

        @analyst.task("analyze", input=CV)
        async def analyze(task: Task[CV]) -> dict[str, Any]:
            return {"cv_id": task.input.cv_id, "extracted_data": {}, "next_step": "profile_building"}

        @builder.task("build", input=CV)
        async def build(task: Task[CV]) -> dict[str, Any]:
            return {"built": task.input.cv_id}

        await world.service.subscribe_to_events("agent.task.completed.*", handle_cv_analysis_complete)
        await world.host(analyst)
        await world.host(builder)
        await world.end_of(await world.tasks.submit("analyze", CV(cv_id=123)))
        async with asyncio.timeout(LIMIT):
            while not (built := [task for task in await world.tasks.list() if task.type == "build"]):
                await asyncio.sleep(0.05)
        assert (await world.end_of(built[0].id)).result == {"built": 123}

    async def test_the_effect_and_the_end_are_one_transaction(self, world: World) -> None:
        tries = 0

        async def effective(task: Task[Count]) -> Counted:
            nonlocal tries
            tries += 1

            def effect(session: Session) -> Counted:
                session.execute(insert(marks).values(handler="effect", event_id=task.id, done_at=datetime.now(UTC)))
                if tries == 1:
                    raise RuntimeError("half way")
                return Counted(total=task.attempt)

            return await task.commit(effect)

        await world.run(effective)
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert (task.state, task.result, task.attempts) == ("completed", {"total": 2}, 2)
        assert states(task) == ["submitted", "working", "submitted", "working", "completed"]
        assert await world.database.read(lambda session: inbox.done(session, "effect", task.id))

    async def test_input_that_is_not_valid_is_rejected_and_never_run(self, world: World) -> None:
        await world.run(for_ever)
        task = await world.end_of(await world.tasks.submit("count", {"to": "many"}))
        assert (task.state, task.attempts) == ("rejected", 1)
        assert task.error is not None
        assert "to:" in task.error
        assert "many" not in task.error

    async def test_an_agent_may_reject_a_task(self, world: World) -> None:
        async def refuse(task: Task[Count]) -> Counted:
            raise TaskRejected("I only count sheep")

        await world.run(refuse)
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert (task.state, task.error) == ("rejected", "I only count sheep")

    async def test_a_task_whose_attempts_are_used_up_fails_and_is_a_dead_letter(self, world: World) -> None:
        async def stumble(task: Task[Count]) -> Counted:
            await task.partial({"attempt": task.attempt})
            raise LookupError("the secret of Ada")

        await world.run(stumble, attempts=2)
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert (task.state, task.attempts, task.error) == ("failed", 2, "attempt 2: LookupError")
        assert states(task) == ["submitted", "working", "submitted", "working", "failed"]
        assert task.partials == [{"attempt": 2}]
        [letter] = await world.database.read(deadletters.list)
        assert (letter.handler, letter.error_class, letter.attempts) == ("task-count", "LookupError", 2)

    async def test_a_result_of_another_shape_is_a_failure(self, world: World) -> None:
        async def mumble(task: Task[Count]) -> Any:
            return {"sum": 1}

        await world.run(mumble, attempts=1)
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert task.state is TaskState.FAILED
        assert task.error is not None
        assert "not its result" in task.error

    async def test_an_attempt_that_takes_too_long_is_cancelled(self, world: World) -> None:
        await world.run(for_ever, attempts=1, time_limit=0.2)
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert (task.state, task.error) == ("failed", "attempt 1: the task took longer than 0.2 s")

    async def test_no_more_run_at_once_than_the_agent_says(self, world: World) -> None:
        running = most = 0

        async def crowd(task: Task[Count]) -> Counted:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.1)
            running -= 1
            return Counted(total=1)

        await world.run(crowd, concurrency=2)
        ids = [await world.tasks.submit("count", Count(to=1)) for _ in range(6)]
        assert {(await world.end_of(task_id)).state for task_id in ids} == {"completed"}
        assert most == 2

    async def test_a_class_of_agents_has_its_methods_as_skills(self, world: World) -> None:
        class Counter(Agent):
            @skill("count", input=Count, result=Counted)
            async def count(self, task: Task[Count]) -> Counted:
                """Count to a number."""
                return Counted(total=len(self.name))

        agent = Counter("abc", version="1.2.0")
        [described] = agent.skills()
        assert (described["id"], described["description"]) == ("count", "Count to a number.")
        assert described["input_schema"]["properties"]["to"]["type"] == "integer"
        assert described["result_schema"]["properties"]["total"]["type"] == "integer"
        await world.host(agent)
        assert (await world.end_of(await world.tasks.submit("count", Count(to=1)))).result == {"total": 3}

    async def test_the_registry_shows_a_declared_agents_version_skills_and_load(self, world: World) -> None:
        agent = Agent("counter", version="1.2.0", description="Counts.")
        begun = asyncio.Event()

        async def hold(task: Task[Count]) -> Counted:
            begun.set()
            return await for_ever(task)

        agent.task("count", input=Count, result=Counted, concurrency=2, description="Count.")(hold)
        running = await world.host(agent)
        async with registered(world.service, {"counter": running}):
            task_id = await world.tasks.submit("count", Count(to=1))
            async with asyncio.timeout(LIMIT):
                await begun.wait()
                while not (found := await Registry(world.service).agents(skill="count")):
                    await asyncio.sleep(0.05)
            card = running.card()
            assert card.load() == 0.5
            await world.tasks.cancel(task_id)
        shown = found[0]
        assert (shown.name, shown.version, shown.description) == ("counter", "1.2.0", "Counts.")
        assert [skill.model_dump(include={"id", "description", "subject", "queue"}) for skill in shown.skills] == [
            {
                "id": "count",
                "description": "Count.",
                "subject": "agent.task.submitted.count",
                "queue": "task-count",
            }
        ]
        assert shown.skills[0].input_schema["properties"]["to"]["type"] == "integer"
        assert card.tallies["count"].begun == 1
        assert Agent("plain").on(world.service).card().version == "0.0.0"

    async def test_an_agent_that_cannot_work_is_refused(self, world: World) -> None:
        with pytest.raises(InvalidToken):
            Agent("two words")
        agent = Agent("twice")
        agent.task("count", input=Count)(count)
        with pytest.raises(ConfigurationError, match="count"):
            agent.task("count", input=Count)(count)
        with pytest.raises(ConfigurationError, match="letters"):
            agent.task("a.b", input=Count)(count)
        with pytest.raises(ConfigurationError, match="async"):
            agent.task("sync", input=Count)(lambda task: None)  # type: ignore[type-var]


class TestEnding:
    async def test_a_canceled_task_is_cancelled_where_it_runs(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doing, "PULSE_SECONDS", LIMIT * 2)  # it is told, and need not look
        ended = asyncio.Event()

        async def note_end(task: Task[Count]) -> Counted:
            try:
                return await for_ever(task)
            finally:
                assert task.cancelled
                ended.set()

        await world.run(note_end)
        task_id = await world.tasks.submit("count", Count(to=1))
        await world.until(task_id, TaskState.WORKING)
        await world.tasks.cancel(task_id, by="ada", reason="enough")
        async with asyncio.timeout(LIMIT):
            await ended.wait()
        task = await world.end_of(task_id)
        assert (states(task)[-1], task.error) == ("canceled", "enough")
        await world.tasks.cancel(task_id)
        assert len((await world.tasks.get(task_id)).transitions) == 3

    async def test_a_lost_word_of_the_end_costs_a_beat_and_not_more(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doing, "_hear", lambda run, received: None)
        ended = asyncio.Event()

        async def note_end(task: Task[Count]) -> Counted:
            try:
                return await for_ever(task)
            finally:
                ended.set()

        await world.run(note_end)
        task_id = await world.tasks.submit("count", Count(to=1))
        await world.until(task_id, TaskState.WORKING)
        await world.tasks.cancel(task_id)
        async with asyncio.timeout(LIMIT):
            await ended.wait()

    async def test_an_attempt_that_was_replaced_writes_nothing_more(self, world: World) -> None:
        task_id = await world.tasks.submit("count", Count(to=1))
        begin = partial(attempts.begin, task_id=task_id, round=0, agent="counter")
        first = await world.database.write(partial(begin, again=False))
        assert await world.database.write(partial(begin, again=False)) is None  # a second copy of the offer
        second = await world.database.write(partial(begin, again=True))  # the acknowledgement limit has passed
        assert first is not None
        assert second is not None
        await self.refuses_all_of(world, task_id, first.attempt)
        await world.database.write(partial(attempts.partial, task_id=task_id, attempt=second.attempt, data={}))
        await world.tasks.cancel(task_id)
        await self.refuses_all_of(world, task_id, second.attempt)

    async def refuses_all_of(self, world: World, task_id: str, attempt: int) -> None:
        before = await world.tasks.get(task_id)
        writes: list[Callable[..., object]] = [
            partial(attempts.progress, fraction=0.5, text=None),
            partial(attempts.partial, data={"late": True}),
            partial(attempts.suspend, question=Question(text="Who?")),
            partial(attempts.complete, agent="counter", effect=lambda session: {"total": 1}),
            partial(attempts.reject, reason="late"),
            partial(attempts.fail, reason="late", last=False),
            attempts.hand_back,
        ]
        for write in writes:
            with pytest.raises(TaskOver):
                await world.database.write(partial(write, task_id=task_id, attempt=attempt))
        assert await world.tasks.get(task_id) == before

    async def test_a_completed_task_is_not_canceled(self, world: World) -> None:
        await world.run(count)
        task_id = await world.tasks.submit("count", Count(to=0))
        await world.end_of(task_id)
        with pytest.raises(TaskOver):
            await world.tasks.cancel(task_id)

    async def test_a_deadline_that_passes_fails_a_task_that_nobody_took(self, world: World) -> None:
        task = await world.end_of(await world.tasks.submit("count", Count(to=1), deadline=timedelta(seconds=0.2)))
        assert (task.state, task.error) == ("failed", "its deadline has passed")
        await world.run(count)  # its offer comes, and does nothing
        await world.end_of(await world.tasks.submit("count", Count(to=0)))
        assert (await world.tasks.get(task.id)).attempts == 0

    async def test_a_deadline_that_passes_ends_a_task_that_runs(self, world: World) -> None:
        await world.run(for_ever)
        task_id = await world.tasks.submit("count", Count(to=1), deadline=timedelta(seconds=2))
        assert (await world.end_of(task_id)).state is TaskState.FAILED

    async def test_a_worker_that_ends_hands_back_what_it_runs(self, world: World) -> None:
        agent = await world.run(for_ever)
        task_id = await world.tasks.submit("count", Count(to=1))
        await world.until(task_id, TaskState.WORKING)
        # As a service does at its end:
        await asyncio.gather(*(each.stop(0.2) for each in agent._subscriptions.values()))
        await world.run(count)
        task = await world.end_of(task_id)
        assert states(task) == ["submitted", "working", "submitted", "working", "completed"]


class TestReading:
    async def test_a_reader_that_comes_back_misses_nothing_and_sees_nothing_twice(self, world: World) -> None:
        go_on = asyncio.Event()

        async def in_two_parts(task: Task[Count]) -> Counted:
            await task.partial({"part": 1})
            await go_on.wait()
            await task.partial({"part": 2})
            return Counted(total=2)

        await world.run(in_two_parts)
        task_id = await world.tasks.submit("count", Count(to=1))
        seen = []
        async with asyncio.timeout(LIMIT):
            async for event in world.tasks.events(task_id):
                seen.append(event)
                if event.kind == "partial":
                    break
            go_on.set()
            seen += [event async for event in world.tasks.events(task_id, after=seen[-1].number)]
        assert [event.number for event in seen] == list(range(1, len(seen) + 1))
        assert [event.data for event in seen if event.kind == "partial"] == [{"part": 1}, {"part": 2}]
        assert seen[-1].data["state"] == "completed"

    async def test_tasks_are_listed_for_their_owner_newest_first(self, world: World) -> None:
        ids = [await world.tasks.submit("count", Count(to=1), owner="ada") for _ in range(3)]
        await world.tasks.submit("count", Count(to=1), owner="bob")
        newest = await world.tasks.list(owner="ada", limit=2)
        assert [task.id for task in newest] == ids[:0:-1]
        assert [task.id for task in await world.tasks.list(owner="ada", after=newest[-1].id)] == ids[:1]


class TestCoreOnly:
    """A server that keeps nothing: the database does."""

    async def test_a_task_waits_for_a_worker_that_comes_later(self, core_world: World) -> None:
        task_id = await core_world.tasks.submit("count", Count(to=2))
        await asyncio.sleep(0.3)
        await core_world.run(count)
        task = await core_world.end_of(task_id)
        assert (task.state, task.result) == ("completed", {"total": 2})

    async def test_canceling_and_reading_work_as_ever(self, core_world: World) -> None:
        await core_world.run(for_ever)
        task_id = await core_world.tasks.submit("count", Count(to=1))
        await core_world.until(task_id, TaskState.WORKING)
        await core_world.tasks.cancel(task_id)
        assert states(await core_world.end_of(task_id)) == ["submitted", "working", "canceled"]
