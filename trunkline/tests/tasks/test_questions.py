"""Questions to people: answered once, resumed once, and never waited for longer than they say."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from pydantic import JsonValue
from sqlalchemy.orm import Session

from trunkline import InvalidAnswer, NoOpenQuestion, NoSuchTask
from trunkline.sql import timers
from trunkline.tasks import Question, Task, Tasks, TaskState

from .conftest import Count, Counted, Work, World, states

SOON = timedelta(seconds=0.3)
LATER = timedelta(days=3)


def asking(*questions: Question, answers: list[JsonValue]) -> Work:
    async def ask(task: Task[Count]) -> Counted:
        given = [await task.ask(question) for question in questions]
        answers.append(given)
        return Counted(total=len(given))

    return ask


class TestAsking:
    async def test_the_task_waits_without_a_worker_and_is_resumed_with_the_answer(self, world: World) -> None:
        answers: list[JsonValue] = []
        question = Question(text="Which?", choices=["a", "b"], default="a", limit=LATER)
        agent = await world.run(asking(question, answers=answers))
        task_id = await world.tasks.submit("count", Count(to=1), owner="ada")
        task = await world.until(task_id, TaskState.INPUT_REQUIRED)
        assert task.question is not None
        assert (task.question.text, task.question.choices, task.question.asked_of) == ("Which?", ["a", "b"], "ada")
        async with asyncio.timeout(20):
            while agent.runs:  # its worker goes a moment after the question is there
                await asyncio.sleep(0.01)
        await world.tasks.answer(task_id, "b", by="ada", question_id=task.question.id)
        task = await world.end_of(task_id)
        assert (answers, task.result, task.question) == ([["b"]], {"total": 1}, None)
        assert states(task) == ["submitted", "working", "input-required", "submitted", "working", "completed"]
        assert task.transitions[3].data["answer"] == "b"
        assert await world.database.read(partial(timers.get, kind="task.question", id=task_id)) is None

    async def test_questions_are_asked_one_after_another_and_each_answer_is_kept(self, world: World) -> None:
        answers: list[JsonValue] = []
        await world.run(asking(Question(text="One?"), Question(text="Two?"), answers=answers))
        task_id = await world.tasks.submit("count", Count(to=1))
        given: list[tuple[str, JsonValue]] = [("One?", 1), ("Two?", {"two": 2})]
        for text, answer in given:
            task = await world.until(task_id, TaskState.INPUT_REQUIRED)
            assert task.question is not None
            assert task.question.text == text
            await world.tasks.answer(task_id, answer)
        await world.end_of(task_id)
        assert answers == [[1, {"two": 2}]]

    async def test_of_many_answers_at_once_one_counts(self, world: World) -> None:
        answers: list[JsonValue] = []
        await world.run(asking(Question(text="Who?"), answers=answers))
        task_id = await world.tasks.submit("count", Count(to=1))
        await world.until(task_id, TaskState.INPUT_REQUIRED)
        answered = await asyncio.gather(
            *(world.tasks.answer(task_id, number) for number in range(8)), return_exceptions=True
        )
        refused = [each for each in answered if each is not None]
        assert len(refused) == 7
        assert all(isinstance(each, NoOpenQuestion) for each in refused)
        task = await world.end_of(task_id)
        assert answers == [[answered.index(None)]]
        assert states(task).count("working") == 2

    async def test_what_is_no_answer_is_refused(self, world: World) -> None:
        await world.run(asking(Question(text="Which?", choices=["a"]), answers=[]))
        task_id = await world.tasks.submit("count", Count(to=1))
        await world.until(task_id, TaskState.INPUT_REQUIRED)
        with pytest.raises(InvalidAnswer):
            await world.tasks.answer(task_id, "c")
        with pytest.raises(NoOpenQuestion):
            await world.tasks.answer(task_id, "a", question_id="another")
        with pytest.raises(NoSuchTask):
            await world.tasks.answer("nobody", "a")

    async def test_a_task_that_is_canceled_asks_no_more(self, world: World) -> None:
        await world.run(asking(Question(text="Who?", limit=LATER), answers=[]))
        task_id = await world.tasks.submit("count", Count(to=1))
        await world.until(task_id, TaskState.INPUT_REQUIRED)
        await world.tasks.cancel(task_id)
        with pytest.raises(NoOpenQuestion):
            await world.tasks.answer(task_id, "me")
        assert await world.database.read(partial(timers.get, kind="task.question", id=task_id)) is None


class TestDeadlines:
    async def test_the_default_is_taken_when_nobody_answers(self, world: World) -> None:
        answers: list[JsonValue] = []
        await world.run(asking(Question(text="Who?", default="nobody", limit=SOON), answers=answers))
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert (task.state, answers) == ("completed", [["nobody"]])
        assert task.transitions[3].data["how"] == "default"

    async def test_a_question_is_escalated_before_its_default_is_taken(self, world: World) -> None:
        answers: list[JsonValue] = []
        question = Question(text="Who?", default="nobody", escalate_to="boss", limit=SOON)
        await world.run(asking(question, answers=answers))
        task_id = await world.tasks.submit("count", Count(to=1), owner="ada")
        task = await world.end_of(task_id)
        assert (task.state, answers) == ("completed", [["nobody"]])
        [escalated] = [event async for event in world.tasks.events(task_id) if event.kind == "escalated"]
        assert escalated.data["asked_of"] == "boss"

    async def test_without_a_default_the_task_fails(self, world: World) -> None:
        await world.run(asking(Question(text="Who?", limit=SOON), answers=[]))
        task = await world.end_of(await world.tasks.submit("count", Count(to=1)))
        assert (task.state, task.error) == ("failed", "nobody answered its question in time")


class TestQuestionsOfTheirOwn:
    async def test_a_question_is_a_task_that_completes_with_its_answer(self, world: World) -> None:
        def ask(session: Session) -> str:
            return Tasks.ask_in(session, Question(text="When?"), key="clarification-1", owner="ada")

        task_id = await world.database.write(ask)
        assert await world.database.write(ask) == task_id
        assert (await world.tasks.get(task_id)).state is TaskState.INPUT_REQUIRED
        await world.tasks.answer(task_id, "In March.", by="ada")
        task = await world.end_of(task_id)
        assert states(task) == ["submitted", "input-required", "completed"]
        assert task.result == {"answer": "In March.", "how": "answered", "by": "ada"}
        with pytest.raises(NoOpenQuestion):
            await world.tasks.answer(task_id, "In May.")

    async def test_its_default_is_its_answer_in_the_end(self, world: World) -> None:
        question = Question(text="When?", default="never", limit=SOON)
        task_id = await world.database.write(partial(Tasks.ask_in, question=question))
        assert (await world.end_of(task_id)).result == {"answer": "never", "how": "default", "by": None}
