"""The events that the index follows, and the one that has it made anew.

Whoever changes a profile asks for it to be matched again, in the same transaction or in the next step of its workflow:
``workflow.freelancer_opportunity.rematch.trigger`` tells of every change.
"""

import contextlib

from sqlalchemy.orm import Session

from schemas.nats_schemas import WorkflowTriggerEvent
from schemas.subjects import WORKFLOW_TRIGGER
from services.outgoing import emit
from trunkline import Event, Follower

STREAM = "WORKFLOW"
MODULE_NAME = "freelancer_opportunity"
REMATCH = WORKFLOW_TRIGGER.build(module_name=MODULE_NAME, action="rematch")
REINDEX = WORKFLOW_TRIGGER.build(module_name=MODULE_NAME, action="reindex")

CHANGES_AT_ONCE = 500
GATHER_SECONDS = 0.02
"""How long a change waits for others that come with it."""


def whose(event: Event, place: str | None) -> str:
    """Return whose profile an event tells of.

    Raises:
        ValueError: it does not say.
    """
    freelancer_id = WorkflowTriggerEvent.model_validate_json(event.payload).data.get("freelancer_id")
    if freelancer_id is None:
        raise ValueError("no freelancer_id")
    return str(freelancer_id)


async def gathered(follower: Follower[str], seconds: float) -> set[str]:
    """Return who has changed: whoever comes within `seconds`, and those right after; `CHANGES_AT_ONCE` at most.

    Raises:
        ClientCutOff: as `Follower.next`; whoever had come by then comes again.
    """
    changed: set[str] = set()
    with contextlib.suppress(TimeoutError):
        changed.add((await follower.next(seconds)).value)
        while len(changed) < CHANGES_AT_ONCE:
            changed.add((await follower.next(GATHER_SECONDS)).value)
    return changed


def ask_for_rebuilding(session: Session) -> None:
    """Ask every process that keeps an index to make it anew from the database."""
    emit(session, REINDEX, WorkflowTriggerEvent(module_name=MODULE_NAME, action="reindex"))
