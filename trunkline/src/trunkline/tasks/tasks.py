"""Tasks: submit them, see how far they have come, cancel them, answer what they ask; in any process."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel, JsonValue
from sqlalchemy.orm import Session

from trunkline.connection import Connection
from trunkline.errors import ConfigurationError, NotConnected
from trunkline.service import NATSService
from trunkline.sql import Database
from trunkline.tasks import ending, questions, rows, views
from trunkline.tasks.questions import Question
from trunkline.tasks.subjects import TASK_CHANGED
from trunkline.tasks.timing import DEADLINE, OFFER, QUESTION
from trunkline.tasks.views import TaskEvent, TaskSummary, TaskView
from trunkline.waiting import within
from trunkline.wire import Received

LOOK_SECONDS = 5.0
"""After which a reader looks for events that nobody told it of."""


class Tasks:
    """The tasks of a service's database.

    Every process that may ring their timers makes one: deadlines, questions and lost offers are looked after wherever
    it is. (An `Agent` on a service makes its own.)

    Raises:
        ConfigurationError: the service has no database.
    """

    def __init__(self, service: NATSService) -> None:
        if service.database is None or service.clock is None:
            raise ConfigurationError("tasks need a database: NATSService(..., database=Database(...))")
        self._database: Database = service.database
        self._connection: Connection = service.connection
        service.clock.on(DEADLINE, ending.ring_deadline)
        service.clock.on(QUESTION, questions.ring)
        service.clock.on(OFFER, ending.OfferAgain(service.connection))

    async def submit(
        self,
        type: str,
        input: BaseModel | Mapping[str, Any],
        *,
        key: str | None = None,
        owner: str | None = None,
        parent: str | None = None,
        deadline: datetime | timedelta | None = None,
    ) -> str:
        """Submit a task and return its id; see `submit_in`."""
        write = partial(self.submit_in, type=type, input=input, key=key, owner=owner, parent=parent, deadline=deadline)
        return await self._database.write(write)

    @staticmethod
    def submit_in(
        session: Session,
        type: str,
        input: BaseModel | Mapping[str, Any],
        *,
        key: str | None = None,
        owner: str | None = None,
        parent: str | None = None,
        deadline: datetime | timedelta | None = None,
    ) -> str:
        """Submit a task in a transaction of the caller's and return its id: it exists exactly if that commits.

        Args:
            session: the transaction.
            type: which task; whoever does such tasks takes it.
            input: what it is about.
            key: submitting the same type and key again is the same task, as it was submitted first.
            owner: whose it is; an application decides by it who may see the task.
            parent: the task in which this one is made.
            deadline: when it fails if it has not ended, or how long from now.

        Raises:
            InvalidToken: `type` cannot be a token of a subject.
            NoSuchTask: there is no such parent.
            ValueError: the deadline has no time zone.
            OutboxFull: too many events wait.
        """
        given = input.model_dump(mode="json") if isinstance(input, BaseModel) else dict(input)
        due = datetime.now(UTC) + deadline if isinstance(deadline, timedelta) else deadline
        task_id, new = rows.create(session, type, given, key=key, owner=owner, parent=parent, deadline=due)
        if new:
            rows.offer(session, rows.lock(session, task_id))
        return task_id

    @staticmethod
    def ask_in(
        session: Session,
        question: Question,
        *,
        key: str | None = None,
        owner: str | None = None,
        parent: str | None = None,
    ) -> str:
        """Ask a question that is a task of its own, and return its id: it completes with its answer, and once.

        Its type is ``question``, its result ``{"answer": ..., "how": "answered" or "default", "by": ...}``, and its
        state is told on ``agent.task.changed.{id}`` like any other's. A key asks it once. Raises as `submit_in`.
        """
        about = {"text": question.text}
        task_id, new = rows.create(session, questions.QUESTION_TYPE, about, key=key, owner=owner, parent=parent)
        if new:
            questions.ask(session, rows.lock(session, task_id), question)
        return task_id

    async def get(self, task_id: str) -> TaskView:
        """Return a task as it is now; raises `NoSuchTask`."""
        return await self._database.read(partial(views.get, task_id=task_id))

    async def list(self, *, owner: str | None = None, after: str | None = None, limit: int = 50) -> "list[TaskSummary]":
        """Return tasks, newest first: of `owner`, or of all; older than the one whose id is `after`."""
        return await self._database.read(partial(views.listed, owner=owner, after=after, limit=limit))

    async def cancel(self, task_id: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Cancel a task, wherever it runs: its function is cancelled, and can write no more.

        Raises:
            NoSuchTask: there is none of that id.
            TaskOver: it has ended otherwise.
        """
        await self._database.write(partial(self.cancel_in, task_id=task_id, by=by, reason=reason))

    @staticmethod
    def cancel_in(session: Session, task_id: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Cancel a task in a transaction of the caller's; raises as `cancel`."""
        ending.cancel(session, task_id, by=by, reason=reason)

    @staticmethod
    def answer_in(
        session: Session, task_id: str, answer: JsonValue, *, by: str | None = None, question_id: str | None = None
    ) -> None:
        """Answer what a task asks in a transaction of the caller's; raises as `answer`."""
        questions.answer(session, task_id, answer, by=by, question_id=question_id)

    async def answer(
        self, task_id: str, answer: JsonValue, *, by: str | None = None, question_id: str | None = None
    ) -> None:
        """Answer what a task asks; it is resumed with the answer, once.

        Raises:
            NoSuchTask: there is no such task.
            NoOpenQuestion: it asks nothing, or not the question of that id: it has its answer.
            InvalidAnswer: the answer is none of the choices.
        """
        write = partial(self.answer_in, task_id=task_id, answer=answer, by=by, question_id=question_id)
        await self._database.write(write)

    async def events(self, task_id: str, *, after: int = 0) -> AsyncGenerator[TaskEvent]:
        """Give what happened to a task after the event of that number, and what happens, in order, until it has ended.

        What is given comes from the database, so a reader that comes back with the last number it saw misses nothing
        and sees nothing twice, in whichever process. Raises `NoSuchTask`.
        """
        changed = asyncio.Event()

        def wake(received: Received) -> None:
            changed.set()

        heard = None
        with suppress(NotConnected):
            heard = await self._connection.listen(TASK_CHANGED.build(task_id=task_id), wake)
        try:
            while True:
                changed.clear()
                found, is_final = await self._database.read(partial(_news, task_id=task_id, after=after))
                for event in found:
                    yield event
                    after = event.number
                if found:
                    continue
                if is_final:
                    return
                await within(LOOK_SECONDS, changed)
        finally:
            if heard is not None:
                await heard.unsubscribe()

    async def wait(self, task_id: str) -> TaskView:
        """Return a task when it has ended; as long as that takes. Raises `NoSuchTask`."""
        async for _ in self.events(task_id):
            pass
        return await self.get(task_id)


def _news(session: Session, task_id: str, after: int) -> tuple[list[TaskEvent], bool]:
    return views.events(session, task_id, after=after), rows.state_of(session, task_id).is_final
