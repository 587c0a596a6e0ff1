"""What is wrong with a declaration, found when it is made and not by the first instance that gets there."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from trunkline.errors import ConfigurationError
from trunkline.subjects import nearest
from trunkline.workflows.instances import COMPENSATING, COMPENSATION_FAILED

if TYPE_CHECKING:
    from trunkline.workflows.declared import State, Transition, Workflow

MOST_CHARACTERS = 80
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MOST_CHARACTERS - 1}}}")
_RESERVED = {COMPENSATING, COMPENSATION_FAILED}
_ANSWERS = ("complete", "failed")

_Refuse = Callable[[str, str], None]


def check(workflow: "Workflow") -> None:
    """Refuse a declaration that cannot work.

    Raises:
        ConfigurationError: names the workflow, and the state or transition at fault.
    """

    def refuse(place: str, reason: str) -> None:
        raise ConfigurationError(f"workflow {workflow.name!r}, {place}: {reason}")

    _check_names(workflow, refuse)
    for number, transition in enumerate(workflow.transitions, start=1):
        _check_transition(workflow, transition, _place(number, transition), refuse)
    for state in workflow.states:
        _check_state(workflow, state, refuse)
    _check_functions(workflow, refuse)
    _check_ways(workflow, refuse)


def _check_names(workflow: "Workflow", refuse: _Refuse) -> None:
    _check_name(workflow.name, "its name", refuse)
    if workflow.version < 1:
        refuse("version", "must be 1 or more")
    if not workflow.states:
        refuse("states", "there are none")
    for state in workflow.states:
        _check_name(state.name, f"state {state.name!r}", refuse)
        if state.name in _RESERVED:
            refuse(f"state {state.name!r}", "the name is Trunkline's own")
    if name := _twice(state.name for state in workflow.states):
        refuse(f"state {name!r}", "is declared twice")
    if not any(state.end for state in workflow.states):
        refuse("states", "none is an end: give one end=True")


def _check_state(workflow: "Workflow", state: "State", refuse: _Refuse) -> None:
    place = f"state {state.name!r}"
    out = {each.on for each in workflow.transitions if each.source == state.name}
    if state.undoes and not state.end:
        refuse(place, "undoes=True is for ends")
    if state.end and (state.time_limit is not None or state.asks is not None):
        refuse(place, "an end has no time limit and asks nothing")
    if state.time_limit is not None and state.time_limit <= timedelta(0):
        refuse(place, "its time limit must be longer than nothing")
    if (state.time_limit is not None) != ("late" in out):
        refuse(place, "a time limit and a transition on 'late' need each other")
    if state.asks is None:
        if answer := next((on for on in _ANSWERS if on in out), None):
            refuse(place, f"has a transition on {answer!r}, and asks nothing")
        return
    _check_name(state.asks.module, f"{place}, module", refuse)
    _check_name(state.asks.action, f"{place}, action", refuse)
    if state.asks.module == workflow.name:
        refuse(place, "asks the workflow itself; on that subject its compensations are asked for")
    if "complete" not in out:
        refuse(place, "asks a module, and has no transition on 'complete'")
    if state.asks.attempts < 1 or (state.asks.attempts > 1 and state.time_limit is None):
        refuse(place, "attempts must be 1, or more with a time limit")


def _check_transition(workflow: "Workflow", transition: "Transition", place: str, refuse: _Refuse) -> None:
    known = [state.name for state in workflow.states]
    for name in (transition.source, transition.target):
        if name not in known:
            refuse(place, f"there is no state {name!r}" + _hint(name, known))
    _check_name(transition.on, place, refuse)
    for use, function in (("effect", transition.effect), ("compensation", transition.compensation)):
        if function is not None and function not in workflow.functions:
            refuse(place, f"there is no function {function!r} for its {use}" + _hint(function, workflow.functions))
    if transition.compensation is not None:
        _check_name(transition.compensation, place, refuse)
    if sum((each.source, each.on) == (transition.source, transition.on) for each in workflow.transitions) > 1:
        refuse(place, "another transition leads out of the same state on the same")


def _check_functions(workflow: "Workflow", refuse: _Refuse) -> None:
    named = {name for each in workflow.transitions for name in (each.effect, each.compensation)}
    for name, function in workflow.functions.items():
        if name not in named:
            refuse(f"function {name!r}", "no transition names it")
        if not callable(function) or inspect.iscoroutinefunction(function):
            refuse(f"function {name!r}", "must be a plain function of session and instance")
    if any(each.compensation for each in workflow.transitions) and not any(each.undoes for each in workflow.states):
        refuse("compensations", "no end undoes anything: give one undoes=True")


def _check_ways(workflow: "Workflow", refuse: _Refuse) -> None:
    forwards = [(each.source, each.target) for each in workflow.transitions]
    reached = _reached({workflow.states[0].name}, forwards)
    ending = _reached({s.name for s in workflow.states if s.end}, [(target, source) for source, target in forwards])
    for state in workflow.states:
        if state.name not in reached:
            refuse(f"state {state.name!r}", "nothing leads to it")
        if state.name not in ending:
            refuse(f"state {state.name!r}", "no end can be reached from it")


def _reached(start: set[str], ways: list[tuple[str, str]]) -> set[str]:
    reached: set[str] = set()
    new = start
    while new:
        reached |= new
        new = {target for source, target in ways if source in new} - reached
    return reached


def _check_name(name: str, place: str, refuse: _Refuse) -> None:
    if not _NAME.fullmatch(name):
        rule = f"must be small letters, digits and underscores, at most {MOST_CHARACTERS}"
        refuse(place, f"{name[:MOST_CHARACTERS]!r} {rule}")


def _twice(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _hint(name: str, known: Iterable[str]) -> str:
    alike = nearest(name, known)
    return f"; did you mean {alike!r}?" if alike else ""


def _place(number: int, transition: "Transition") -> str:
    return f"transition {number} ({transition.source!r} on {transition.on!r} to {transition.target!r})"
