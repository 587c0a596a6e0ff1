"""Workflows as data: their states, and what leads from one to the next.

A declaration is checked when it is made, so when its module is imported (checks.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from trunkline.workflows.checks import check
from trunkline.workflows.instances import Instance

Effect = Callable[[Session, Instance], object]
"""What a transition does besides, or what undoes it: a plain function, run in the transaction that records it."""

LATE = "late"
"""What comes when a state's time limit has passed."""
COMPLETE = "complete"
"""What comes when the module that a state asks has done its part."""
FAILED = "failed"
"""What comes when it could not."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a state asks of a module, on ``workflow.{module}.{action}.trigger``.

    Args:
        module: whom.
        action: what to do.
        fields: which fields of the instance's data go along.
        attempts: how often it is asked, each time the state's time limit passes, before that counts as late. The module
            must not mind being asked twice.
    """

    module: str
    action: str
    fields: tuple[str, ...] = ()
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """Where an instance can be.

    Args:
        name: small letters, digits and underscores.
        time_limit: how long it may last until `LATE` comes.
        asks: what is asked of a module when an instance comes here; the answer is `COMPLETE` or `FAILED`.
        end: whether the workflow has ended here. Transitions may still lead out of it again.
        undoes: of an end: what was done, and names a compensation, is undone on the way here, the last first.
    """

    name: str
    time_limit: timedelta | None = None
    asks: Action | None = None
    end: bool = False
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """What leads from one state to another.

    Args:
        source: the state it leads out of.
        on: what has to come: `LATE`, `COMPLETE`, `FAILED`, or a name of the workflow's own.
        target: the state it leads to, which may be the same.
        effect: the name of a function that is run with it.
        compensation: the name of a function that undoes what was done by then.
    """

    source: str
    on: str
    target: str
    effect: str | None = None
    compensation: str | None = None


@dataclass(frozen=True)
class Workflow:
    """A workflow, declared; its instances are rows.

    Args:
        name: as it stands in subjects: ``workflow.{name}.state_change``.
        states: the first one is where an instance begins.
        transitions: the first one out of a state is the regular way, and says which state is likely to be next.
        functions: what transitions name as effect or compensation.
        version: to be counted up when the declaration changes; an instance keeps the one that it began with, its steps
            the one that they were made by.
        source: what its events say of where they come from (``ce-source``).

    Raises:
        ConfigurationError: it cannot work as declared; names the place.
    """

    name: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    functions: Mapping[str, Effect] = field(default_factory=dict)
    version: int = 1
    source: str = "trunkline"

    def __post_init__(self) -> None:
        check(self)

    @property
    def timer(self) -> str:
        """The kind of its timers."""
        return f"workflow.{self.name}"

    def state(self, name: str) -> State | None:
        """Return the state of that name, or None."""
        return next((state for state in self.states if state.name == name), None)

    def transition(self, source: str, on: str) -> Transition | None:
        """Return what leads out of a state when `on` comes, or None."""
        return next((each for each in self.transitions if (each.source, each.on) == (source, on)), None)

    def next_state(self, name: str) -> str | None:
        """Return the state to which the regular way leads from this one; None from an end."""
        state = self.state(name)
        if state is None or state.end:
            return None
        return next((each.target for each in self.transitions if each.source == name), None)

    def compensates(self) -> bool:
        """Say whether there is anything that it could undo."""
        return any(each.compensation for each in self.transitions)
