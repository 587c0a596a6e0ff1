"""A task, as the function gets it that does it."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter
from sqlalchemy.orm import Session

from trunkline.errors import HandlerError
from trunkline.message import Message
from trunkline.sql import Database
from trunkline.tasks import attempts
from trunkline.tasks.attempts import Begun
from trunkline.tasks.questions import Question

Input = TypeVar("Input", bound=BaseModel)
Result = TypeVar("Result")

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Suspended(BaseException):
    """Ends a run that has asked a question; not for a function to catch."""


class Task(Generic[Input]):
    """One attempt at a task; `input` is what it was submitted with.

    What is written of it (`progress`, `partial`, `ask`, `commit`) raises `TaskOver` once the task has ended, or another
    attempt at it has begun; the function is cancelled then besides.
    """

    def __init__(self, begun: Begun, input: Input, agent: str, result: Any, database: Database, msg: Message) -> None:
        self.id = begun.id
        self.type = begun.type
        self.key = begun.key
        self.owner = begun.owner
        self.parent_id = begun.parent_id
        self.root_id = begun.root_id
        """The task that this one, and whatever it was made by, goes back to: its own id if nobody made it."""
        self.deadline: datetime | None = begun.deadline
        self.attempt = begun.attempt
        """Which attempt this is, from 1."""
        self.input = input
        self.cancelled = False
        """Whether it was canceled, or ended otherwise, while the function ran."""
        self.ended = False
        """Whether this attempt has written its end."""
        self._answers = list(begun.answers)
        self._agent = agent
        self._result: TypeAdapter[Any] = TypeAdapter(result)
        self._database = database
        self._msg = msg

    async def progress(self, fraction: float, note: str | None = None) -> None:
        """Say how far it is, from 0 to 1, and in words if there are any.

        Raises:
            ValueError: `fraction` is none.
            TaskOver: as the class says.
        """
        if not 0 <= fraction <= 1:
            raise ValueError("progress is a fraction from 0 to 1")
        await self._write(partial(attempts.progress, fraction=fraction, text=note))

    async def partial(self, data: Mapping[str, Any] | BaseModel) -> None:
        """Give a part of the result, which readers see at once. A later attempt begins the parts anew.

        Raises:
            TaskOver: as the class says.
            TaskError: the task has had 10,000 events.
        """
        await self._write(partial(attempts.partial, data=_plain(data)))

    async def ask(self, question: Question) -> JsonValue:
        """Return the answer of a person.

        Without one the run ends here: the task goes to input-required and holds no worker, for days if need be. When
        the answer is there the function runs again from its beginning, and this call returns it. So a function asks
        its questions in the same order each time, and what must not happen twice comes after the last, or in `commit`.

        Raises:
            TaskOver: as the class says.
        """
        if self._answers:
            answer: JsonValue = self._answers.pop(0)
            return answer
        suspend = partial(attempts.suspend, task_id=self.id, attempt=self.attempt, question=question)
        await self._msg.commit(suspend)
        self.ended = True
        raise Suspended

    async def commit(self, effect: Callable[[Session], Result]) -> Result:
        """Complete the task: run `effect`, a plain function of a session, and keep the result that it returns.

        It is one transaction: the effect, the end of the task, the mark that its offer is done. The events that
        the effect adds to the outbox, and those that tell of the result, are part of it. The function returns what this
        returns. A function that has no effect returns its result, without this.

        Raises:
            TaskOver: as the class says; nothing happened.
            DatabaseError: the transaction was not taken; nothing happened, and the task comes again.
            HandlerError: the effect returned something else than the task's result.
        """
        results: list[Result] = []

        def whole(session: Session) -> Mapping[str, Any]:
            results[:] = [effect(session)]
            return self._checked(results[0])

        await self._msg.commit(partial(attempts.complete, **self._attempt, agent=self._agent, effect=whole))
        self.ended = True
        if not results:
            raise asyncio.CancelledError  # the offer was done before: by an attempt that nobody heard of
        return results[0]

    async def complete(self, result: object) -> None:
        """Complete the task with what its function returned, unless it has ended."""
        if self.ended:
            return
        checked = self._checked(result)
        await self._msg.commit(
            partial(attempts.complete, **self._attempt, agent=self._agent, effect=lambda session: checked)
        )
        self.ended = True

    @property
    def _attempt(self) -> dict[str, Any]:
        return {"task_id": self.id, "attempt": self.attempt}

    async def _write(self, change: Callable[..., None]) -> None:
        await self._database.write(partial(change, **self._attempt))

    def _checked(self, result: object) -> Mapping[str, Any]:
        try:
            valid = self._result.validate_python(result)
            return _OBJECT.validate_python(self._result.dump_python(valid, mode="json"))
        except ValueError as error:
            raise HandlerError(f"task {self.type} returned what is not its result: {type(result).__name__}") from error


def _plain(data: Mapping[str, Any] | BaseModel) -> dict[str, Any]:
    if isinstance(data, BaseModel):
        return data.model_dump(mode="json")
    plain: dict[str, Any] = _OBJECT.dump_python(dict(data), mode="json")
    return plain
