"""The declared form of an agent: its name, and the typed tasks that it takes.

    agent = Agent("cv_analyzer", version="1.2.0", description="Reads CVs.")

    @agent.task("analyze_cv", input=AnalyzeCV, result=ReadProfile, concurrency=2)
    async def analyze(task: Task[AnalyzeCV]) -> ReadProfile: ...

    service.agents = {agent.name: lambda: agent.on(service)}

Or as a class, whose methods are its skills::

    class Analyst(Agent):
        @skill("analyze_cv", input=AnalyzeCV, result=ReadProfile, concurrency=2)
        async def analyze(self, task: Task[AnalyzeCV]) -> ReadProfile: ...
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from trunkline.errors import ConfigurationError
from trunkline.registry.card import UNVERSIONED
from trunkline.retry import Retry
from trunkline.service import NATSService
from trunkline.subjects import token
from trunkline.tasks.task import Task

if TYPE_CHECKING:
    from trunkline.tasks.running import RunningAgent

Function = Callable[[Task[Any]], Awaitable[Any]]
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Awaitable[Any]])

_TYPE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SKILL = "__trunkline_skill__"


@dataclass(frozen=True, slots=True)
class Options:
    """How a task is to be done: see `Agent.task`."""

    task_type: str
    input: type[BaseModel]
    result: Any = dict[str, Any]
    description: str = ""
    concurrency: int = 8
    time_limit: float = 300.0
    retry: Retry = field(default_factory=Retry)

    def __post_init__(self) -> None:
        if not _TYPE.fullmatch(self.task_type):
            raise ConfigurationError(f"task type {self.task_type[:80]!a} must be 1 to 100 letters, digits, '-' or '_'")
        if self.concurrency < 1 or self.time_limit <= 0:
            raise ConfigurationError(f"task {self.task_type}: concurrency and time_limit must be positive")


class Agent:
    """An agent that takes typed tasks.

    Args:
        name: one token of a subject; results are published under it.
        version: of the agent, as https://semver.org has it.
        description: what it does, in a sentence.

    Raises:
        InvalidToken: the name cannot be a token.
        ConfigurationError: a skill of the class cannot be as declared.
    """

    def __init__(self, name: str, *, version: str = UNVERSIONED, description: str = "") -> None:
        self.name = token("name", name)
        self.version = version
        self.description = description
        self.tasks: dict[str, tuple[Options, Function]] = {}
        for _, method in inspect.getmembers(self, inspect.ismethod):
            if isinstance(options := getattr(method, _SKILL, None), Options):
                self._add(options, method)

    def task(
        self,
        type: str,
        *,
        input: type[BaseModel],
        result: Any = dict[str, Any],
        description: str | None = None,
        concurrency: int = 8,
        time_limit: float = 300.0,
        retry: Retry | None = None,
    ) -> Callable[[AnyFunction], AnyFunction]:
        """Have tasks of a type done by the decorated ``async def function(task)``.

        Args:
            type: letters, digits, ``-`` and ``_``.
            input: what a task is validated into; one whose input is not valid is rejected.
            result: what the function returns: a Pydantic model, or a kind of dict.
            description: what the task is; default: the function's docstring.
            concurrency: tasks of the type that a process does at once.
            time_limit: seconds that one attempt may take.
            retry: how often a task is tried, and when; then it fails, and its offer is a dead letter.

        Raises:
            ConfigurationError: it cannot be so, or the agent does tasks of the type already.
        """

        def declare(function: AnyFunction) -> AnyFunction:
            self._add(_options(function, type, input, result, description, concurrency, time_limit, retry), function)
            return function

        return declare

    def on(self, service: NATSService) -> "RunningAgent":
        """Return what does the agent's tasks on a service with a database, for `service.agents`.

        Raises:
            ConfigurationError: the service has no database.
        """
        from trunkline.tasks.running import RunningAgent

        return RunningAgent(self, service)

    def skills(self) -> list[dict[str, Any]]:
        """Return what it can do, as others see it: each task with the JSON Schemas of its input and its result."""
        return [
            {
                "id": options.task_type,
                "description": options.description,
                "input_schema": options.input.model_json_schema(),
                "result_schema": TypeAdapter(options.result).json_schema(mode="serialization"),
            }
            for options, _ in self.tasks.values()
        ]

    def _add(self, options: Options, function: Function) -> None:
        if options.task_type in self.tasks:
            raise ConfigurationError(f"agent {self.name} does tasks of type {options.task_type!r} already")
        self.tasks[options.task_type] = options, function


def skill(
    type: str,
    *,
    input: type[BaseModel],
    result: Any = dict[str, Any],
    description: str | None = None,
    concurrency: int = 8,
    time_limit: float = 300.0,
    retry: Retry | None = None,
) -> Callable[[AnyFunction], AnyFunction]:
    """Have tasks of a type done by the decorated method of a class of agents; as `Agent.task`."""

    def declare(function: AnyFunction) -> AnyFunction:
        options = _options(function, type, input, result, description, concurrency, time_limit, retry)
        setattr(function, _SKILL, options)
        return function

    return declare


def _options(
    function: Callable[..., Awaitable[Any]],
    type: str,
    input: type[BaseModel],
    result: Any,
    description: str | None,
    concurrency: int,
    time_limit: float,
    retry: Retry | None,
) -> Options:
    if not inspect.iscoroutinefunction(function):
        raise ConfigurationError(f"task {type}: {function!r} must be an async function")
    told = description if description is not None else inspect.getdoc(function) or ""
    return Options(type, input, result, told, concurrency, time_limit, retry or Retry())
