"""Questions to people: asked in the transaction that ends a run, answered in the one that resumes the task.

A question is answered once: whoever answers locks the task, and finds the question open or does not. At its deadline
it is escalated, if it says to whom, and has the same time once more; then its default is the answer, or, if it has
none, its task fails.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, JsonValue
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from trunkline.errors import InvalidAnswer, NoOpenQuestion
from trunkline.events import new_id
from trunkline.sql import timers
from trunkline.sql.task_tables import task_questions, tasks
from trunkline.sql.timers import Timer
from trunkline.tasks import rows, views
from trunkline.tasks.rows import TaskRow
from trunkline.tasks.states import TaskState
from trunkline.tasks.timing import QUESTION
from trunkline.tasks.views import AskedQuestion

ANSWERED, DEFAULT = "answered", "default"
QUESTION_TYPE = "question"
"""The type of a task that is nothing but a question."""


class Question(BaseModel):
    """What a task asks of a person.

    Args:
        text: the question, as the person reads it.
        choices: what can be answered; None: anything.
        default: the answer when nobody gives one in time.
        asked_of: who is to answer; None: the owner of the task. Trunkline keeps it, an application enforces it.
        escalate_to: whom to ask when the time is over; they have as much again.
        limit: how long there is to answer; None: for ever.
    """

    text: str
    choices: list[str] | None = None
    default: JsonValue = None
    asked_of: str | None = None
    escalate_to: str | None = None
    limit: timedelta | None = None


def ask(session: Session, task: TaskRow, question: Question) -> AskedQuestion:
    """Ask: the locked task goes to input-required."""
    asked = AskedQuestion(
        id=new_id(),
        text=question.text,
        choices=question.choices,
        default=question.default,
        asked_of=question.asked_of or task.owner,
        escalate_to=question.escalate_to,
        deadline=_from_now(question.limit),
        asked_at=datetime.now(UTC),
    )
    count = select(func.count()).where(task_questions.c.task_id == task.id)
    seconds = question.limit.total_seconds() if question.limit is not None else None
    more = {"task_id": task.id, "place": session.execute(count).scalar_one(), "seconds": seconds}
    session.execute(insert(task_questions).values(**asked.model_dump(), **more))
    rows.move(session, task, TaskState.INPUT_REQUIRED, {"question": asked.model_dump(mode="json", exclude={"default"})})
    if asked.deadline is not None:
        timers.set(session, QUESTION, task.id, asked.deadline, {"question": asked.id})
    return asked


def answers(session: Session, task_id: str) -> list[Any]:
    """Return the answers that a task has had, in the order of its questions."""
    given = task_questions.c.task_id == task_id, task_questions.c.ended.in_((ANSWERED, DEFAULT))
    found = select(task_questions.c.answer).where(*given).order_by(task_questions.c.place)
    return list(session.execute(found).scalars())


def answer(
    session: Session, task_id: str, given: JsonValue, *, by: str | None = None, question_id: str | None = None
) -> None:
    """Answer the question that a task asks, and have it resumed.

    Raises:
        NoSuchTask: there is no such task.
        NoOpenQuestion: it asks nothing, or not the question of that id.
        InvalidAnswer: the answer is none of the choices.
    """
    task = rows.lock(session, task_id)
    asked = views.open_question(session, task_id)
    if asked is None or question_id not in {None, asked.id}:
        raise NoOpenQuestion(task_id)
    if asked.choices is not None and given not in asked.choices:
        raise InvalidAnswer(asked.choices)
    _end(session, task, asked, given, ANSWERED, by)


def ring(session: Session, timer: Timer) -> None:
    """Do what is to be done when the time of a question is over."""
    task = rows.lock(session, timer.id)
    asked = views.open_question(session, timer.id)
    if asked is None or asked.id != timer.payload["question"]:
        return
    if asked.escalate_to is not None:
        _escalate(session, task, asked)
    elif asked.default is not None:
        _end(session, task, asked, asked.default, DEFAULT, None)
    else:
        error = "nobody answered its question in time"
        rows.move(session, task, TaskState.FAILED, {"reason": error}, error=error)


def _end(session: Session, task: TaskRow, asked: AskedQuestion, given: JsonValue, ended: str, by: str | None) -> None:
    ending = update(task_questions).where(task_questions.c.id == asked.id)
    session.execute(ending.values(answer=given, ended=ended, answered_by=by, ended_at=datetime.now(UTC)))
    timers.cancel(session, QUESTION, task.id)
    data = {"question": asked.id, "answer": given, "how": ended, "by": by}
    if task.type == QUESTION_TYPE:
        rows.move(session, task, TaskState.COMPLETED, data, result={"answer": given, "how": ended, "by": by})
        return
    rows.move(session, task, TaskState.SUBMITTED, data, round=tasks.c.round + 1)
    rows.offer(session, rows.lock(session, task.id))


def _escalate(session: Session, task: TaskRow, asked: AskedQuestion) -> None:
    of_it = task_questions.c.id == asked.id
    seconds = session.execute(select(task_questions.c.seconds).where(of_it)).scalar_one()
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    escalated = {"asked_of": asked.escalate_to, "escalate_to": None, "deadline": deadline}
    session.execute(update(task_questions).where(of_it).values(escalated))
    timers.set(session, QUESTION, task.id, deadline, {"question": asked.id})
    data = {"question": asked.id, "asked_of": asked.escalate_to, "deadline": deadline.isoformat()}
    rows.note(session, task, views.ESCALATED, data)


def _from_now(limit: timedelta | None) -> datetime | None:
    return datetime.now(UTC) + limit if limit is not None else None
