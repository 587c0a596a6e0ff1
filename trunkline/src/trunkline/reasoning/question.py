"""What is asked of a runner, and what comes back: a result of the type asked for, with a note on its making."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

Result = TypeVar("Result", bound=BaseModel)

OnText = Callable[[str], Awaitable[None]]
"""Is given all that the model has written so far, again and again. A second try begins from nothing."""

Reason = Literal["budget_exceeded", "model_unavailable", "unusable_answer"]


@dataclass(frozen=True, slots=True)
class Question(Generic[Result]):
    """A piece of work.

    `work` names its kind, which is what a plain function is registered for. `instructions` are the application's own
    words; `data` is what they are to be applied to, and may be anybody's.
    """

    work: str
    instructions: str
    data: BaseModel
    result_type: type[Result]


class Note(BaseModel):
    """How a result came about. It holds no key, and no word of what was asked or answered.

    With a `reason`, a model was asked, or was to be, and the plain runner answered in its place; `detail` says more.
    `calls`, `tokens`, `cost` and `seconds` are what the model's calls spent, those that failed included; a call whose
    tokens nobody told counts all that was reserved for it.
    """

    model_config = ConfigDict(frozen=True)

    runner: str
    model: str | None = None
    reason: Reason | None = None
    detail: str | None = None
    repaired: bool = False
    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer(Generic[Result]):
    """A result, and how it came about."""

    result: Result
    note: Note
