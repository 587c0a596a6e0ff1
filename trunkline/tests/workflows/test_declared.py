"""A declaration is checked when it is made, and what is wrong with it is named with its place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import ConfigurationError
from trunkline.workflows import COMPLETE, FAILED, LATE, Action, State, Transition, Workflow

HOUR = timedelta(hours=1)


def nothing(session: object, instance: object) -> None: ...


async def too_slow(session: object, instance: object) -> None: ...


ORDER: dict[str, Any] = {
    "name": "order",
    "states": (
        State("placed", time_limit=HOUR),
        State("paid", asks=Action("warehouse", "pack")),
        State("shipped", end=True),
        State("failed", end=True, undoes=True),
    ),
    "transitions": (
        Transition("placed", "pay", "paid", compensation="refund"),
        Transition("placed", LATE, "failed"),
        Transition("paid", COMPLETE, "shipped"),
        Transition("paid", FAILED, "failed"),
    ),
    "functions": {"refund": nothing},
}


def declared(**changes: Any) -> Workflow:
    return Workflow(**(ORDER | changes))


def with_state(index: int, **changes: Any) -> Workflow:
    states = list(ORDER["states"])
    states[index] = replace(states[index], **changes)
    return declared(states=tuple(states))


def with_transition(index: int, **changes: Any) -> Workflow:
    transitions = list(ORDER["transitions"])
    transitions[index] = replace(transitions[index], **changes)
    return declared(transitions=tuple(transitions))


def plus(*transitions: Transition) -> Workflow:
    return declared(transitions=(*ORDER["transitions"], *transitions))


def test_a_declaration_that_can_work_is_taken() -> None:
    order = declared()
    assert order.next_state("placed") == "paid"
    assert order.next_state("shipped") is None
    assert order.compensates()


WRONG: dict[str, tuple[Callable[[], Workflow], str]] = {
    "no name": (lambda: declared(name="New Order"), "its name"),
    "no version": (lambda: declared(version=0), "version"),
    "no states": (lambda: declared(states=()), "none"),
    "no end": (lambda: declared(states=tuple(replace(s, end=False, undoes=False) for s in ORDER["states"])), "end"),
    "a state twice": (lambda: declared(states=(*ORDER["states"], State("paid"))), "'paid': is declared twice"),
    "a reserved state": (lambda: with_state(2, name="compensating"), "Trunkline's own"),
    "an unknown state": (
        lambda: with_transition(0, target="shiped"),
        "transition 1 .*'shiped'; did .*'shipped'",
    ),
    "an unknown source": (lambda: with_transition(2, source="pait"), "transition 3 .*no state 'pait'"),
    "an unreachable state": (lambda: declared(states=(*ORDER["states"], State("lost", end=True))), "'lost': nothing"),
    "a dead end": (
        lambda: declared(
            states=(*ORDER["states"], State("stuck")),
            transitions=(*ORDER["transitions"], Transition("paid", "lose", "stuck")),
        ),
        "'stuck': no end can be reached",
    ),
    "a transition twice": (lambda: plus(Transition("placed", "pay", "failed")), "transition 1 .*another"),
    "no such compensation": (
        lambda: with_transition(0, compensation="refunt"),
        "'refunt' for its compensation.*d",
    ),
    "no such effect": (lambda: with_transition(0, effect="charge"), "'charge' for its effect"),
    "a function for nothing": (lambda: declared(functions={"refund": nothing, "x": nothing}), "'x': no transition"),
    "a coroutine function": (lambda: declared(functions={"refund": too_slow}), "plain function"),
    "a limit without a way": (lambda: with_state(1, time_limit=HOUR), "'paid': a time limit and a transition"),
    "a way without a limit": (lambda: with_state(0, time_limit=None), "'placed': a time limit and a transition"),
    "a limit of nothing": (lambda: with_state(0, time_limit=timedelta(0)), "longer than nothing"),
    "an end with a limit": (lambda: with_state(2, time_limit=HOUR), "'shipped': an end has no time limit"),
    "undoing midway": (lambda: with_state(1, undoes=True), "undoes=True is for ends"),
    "nothing undoes": (lambda: with_state(3, undoes=False), "no end undoes"),
    "an answer to nothing": (lambda: with_state(1, asks=None), "asks nothing"),
    "no way on from an answer": (lambda: with_transition(2, on="done"), "no transition on 'complete'"),
    "asking itself": (lambda: with_state(1, asks=Action("order", "pack")), "asks the workflow itself"),
    "asking again without a limit": (lambda: with_state(1, asks=Action("warehouse", "pack", attempts=2)), "attempts"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_work_is_refused_with_its_place(what: str) -> None:
    declare, reason = WRONG[what]
    with pytest.raises(ConfigurationError, match=reason) as refused:
        declare()
    if what != "no name":
        assert "'order'" in str(refused.value)


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])


@given(
    states=st.lists(st.builds(State, NAMES, end=st.booleans()), min_size=1, max_size=5),
    transitions=st.lists(st.builds(Transition, NAMES, st.sampled_from(["x", "y"]), NAMES), max_size=8),
)
def test_of_any_declaration_that_is_taken_every_state_can_be_reached_and_left_for_an_end(
    states: list[State], transitions: list[Transition]
) -> None:
    try:
        workflow = Workflow("any", tuple(states), tuple(transitions))
    except ConfigurationError:
        return
    names = [state.name for state in states]
    assert len(set(names)) == len(names)
    ways = {(each.source, each.on): each.target for each in transitions}
    assert len(ways) == len(transitions)
    assert {*(source for source, _ in ways), *ways.values()} <= set(names)

    def reachable(start: str) -> set[str]:
        seen, stack = {start}, [start]
        while stack:
            here = stack.pop()
            for (source, _), target in ways.items():
                if source == here and target not in seen:
                    seen.add(target)
                    stack.append(target)
        return seen

    assert reachable(names[0]) == set(names)
    ends = {state.name for state in workflow.states if state.end}
    assert all(reachable(name) & ends for name in names)
