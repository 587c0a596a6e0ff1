"""Cause and effect: which event led to which, from the steps of one instance."""

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.workflows.instances import Step


@dataclass(frozen=True, slots=True)
class Led:
    """An event that a step led to, and the steps that it led to in turn."""

    event_id: str
    subject: str
    led_to: Sequence[int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A step with what led to it and what it led to; `because_of` is the number of an earlier step, where known."""

    step: Step
    because_of: int | None
    effects: Sequence[Led]


def timeline(steps: Sequence[Step]) -> list[Entry]:
    """Join the steps of an instance, in their order, by the events that lie between them."""
    made_by = {effect["id"]: step.number for step in reversed(steps) for effect in step.effects}
    led_to: dict[str, list[int]] = {}
    for step in steps:
        if step.cause_id is not None:
            led_to.setdefault(step.cause_id, []).append(step.number)
    return [
        Entry(
            step,
            made_by.get(step.cause_id, step.cause_step) if step.cause_id is not None else step.cause_step,
            [Led(effect["id"], effect["subject"], led_to.get(effect["id"], [])) for effect in step.effects],
        )
        for step in steps
    ]
