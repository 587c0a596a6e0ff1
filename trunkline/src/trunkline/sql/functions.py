"""What a transaction is written as: a plain function of a session."""

import inspect
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")


def refuse_coroutine_function(function: Callable[[Session], object]) -> None:
    """Raise `TypeError` for what could only be awaited."""
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"{function.__qualname__} is a coroutine function; a transaction is a plain function of a Session, which "
            "cannot hold a lock while it awaits: do what must be awaited first"
        )


def call(function: Callable[[Session], T], session: Session) -> T:
    """Call the function and return its result; `TypeError` when that is something to await."""
    result = function(session)
    if not inspect.isawaitable(result):
        return result
    if inspect.iscoroutine(result):
        result.close()
    raise TypeError("a transaction returned something to await; it must be a plain function that has done its work")
