"""Who may see a task, and what to do about it: its owner, whom it asks, and operators."""

from functools import partial

from pydantic import JsonValue, ValidationError
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Clarification, Role
from schemas.clarifications import Answer
from services import clarifications
from services.refusals import Forbidden, Invalid, NotFound
from trunkline import NoSuchTask
from trunkline.sql import Database
from trunkline.tasks import QUESTION_TYPE, Tasks, TaskView


async def visible(tasks: Tasks, asker: SignedIn, task_id: str) -> TaskView:
    """Return a task to whom it concerns.

    Raises:
        NotFound: there is none that the asker may know of.
    """
    try:
        task = await tasks.get(task_id)
    except NoSuchTask:
        raise NotFound("task") from None
    if asker.role is not Role.OPERATOR and asker.id not in {task.owner, _asked(task)}:
        raise NotFound("task")
    return task


async def cancel(tasks: Tasks, database: Database, asker: SignedIn, task_id: str, reason: str | None) -> TaskView:
    """Cancel a task of the asker's own; any, for an operator.

    Raises:
        NotFound: as `visible`.
        Forbidden: the asker is only asked something by it.
        TaskOver: it has ended otherwise.
    """
    task = await visible(tasks, asker, task_id)
    if asker.role is not Role.OPERATOR and asker.id != task.owner:
        raise Forbidden("this task is another's; you are only asked")
    await database.write(partial(_cancel, task=task, by=asker.id, reason=reason))
    return await tasks.get(task_id)


async def answer(
    tasks: Tasks, database: Database, answerer: SignedIn, task_id: str, given: JsonValue, question_id: str | None
) -> TaskView:
    """Answer what a task asks of the answerer; whatever it asks, for an operator.

    Raises:
        NotFound: as `visible`.
        Forbidden: it asks somebody else.
        NoOpenQuestion, InvalidAnswer: as `Tasks.answer`.
        Conflict, Invalid: it is a clarification, and was answered or withdrawn, or the answer is no text.
    """
    task = await visible(tasks, answerer, task_id)
    if task.question is not None and answerer.role is not Role.OPERATOR and answerer.id != _asked(task):
        raise Forbidden("this question is for somebody else")
    await database.write(partial(_answer, task=task, answerer=answerer, given=given, question_id=question_id))
    return await tasks.get(task_id)


def _cancel(session: Session, task: TaskView, by: str, reason: str | None) -> None:
    """Cancel, as a clarification if the task is one."""
    if task.type == QUESTION_TYPE and task.key is not None and session.get(Clarification, task.key) is not None:
        clarifications.withdraw(session, task.key, task.id, by, reason)
        return
    Tasks.cancel_in(session, task.id, by=by, reason=reason)


def _answer(session: Session, task: TaskView, answerer: SignedIn, given: JsonValue, question_id: str | None) -> None:
    """Answer, as a clarification if the task is one."""
    if task.type == QUESTION_TYPE and task.key is not None and session.get(Clarification, task.key) is not None:
        try:
            text = Answer.model_validate({"answer": given}).answer
        except ValidationError as error:
            raise Invalid("answer", error.errors()[0]["msg"]) from None
        clarifications.answer(session, answerer, task.key, text)
        return
    Tasks.answer_in(session, task.id, given, by=answerer.id, question_id=question_id)


def _asked(task: TaskView) -> str | None:
    return task.question.asked_of if task.question is not None else None
