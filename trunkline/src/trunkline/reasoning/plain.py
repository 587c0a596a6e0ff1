"""The plain runner: a Python function for each kind of work. The default: it works offline, and says the same again."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from trunkline.errors import NoPlainFunction
from trunkline.reasoning.question import Question, Result

PlainFunction = Callable[[Any], BaseModel]
"""Takes a question's `data` and returns its result; called in a thread."""


class Plain:
    """Functions by the kind of work that they do."""

    name = "plain"

    def __init__(self, functions: Mapping[str, PlainFunction]) -> None:
        self._functions = dict(functions)

    def knows(self, work: str) -> bool:
        """Say whether there is a function for this kind of work."""
        return work in self._functions

    async def run(self, question: Question[Result]) -> Result:
        """Return what the function of the question's work makes of its data.

        Raises:
            NoPlainFunction: there is none for this kind of work.
            TypeError: it returned something else than the question asks for.
        """
        function = self._functions.get(question.work)
        if function is None:
            raise NoPlainFunction(question.work, tuple(self._functions))
        result = await asyncio.to_thread(function, question.data)
        if not isinstance(result, question.result_type):
            raise TypeError(
                f"the plain function of {question.work!r} returned {type(result).__name__}, "
                f"not {question.result_type.__name__}"
            )
        return result
