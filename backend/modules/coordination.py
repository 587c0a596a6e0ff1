"""Coordination: answers what is asked of no module, so that nobody waits for an answer that never comes.

What can be asked stands in `modules.answering.ACTIONS`; the module itself answers that. What a workflow asks to have
undone is its own affair, and so is what the calibration asks itself; that the search index be made anew is asked of
every process. None of these is answered.
"""

from functools import partial

import structlog

from modules.answering import ACTIONS, refuse, trigger_of
from modules.calibration import APPLY, FIT
from modules.search.changes import REINDEX
from schemas.nats_schemas import WorkflowTriggerEvent
from schemas.subjects import WORKFLOW_TRIGGER
from services.nats_service import NATSService
from trunkline import Message, NATSAwareAgent
from trunkline.sql import Database
from workflows.declared import DECLARED

UNANSWERED = {REINDEX, FIT, APPLY}

log = structlog.get_logger(__name__)


class Coordination(NATSAwareAgent):
    """Listens for everything that modules are asked."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__("coordination", nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take every question."""
        await self.subscribe(WORKFLOW_TRIGGER, self.handle_trigger, durable="coordination")

    async def handle_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Refuse what no module does."""
        asked = data.model_copy(update=WORKFLOW_TRIGGER.parse(subject))
        error = why_not(asked.module_name, asked.action)
        if error is not None:
            log.info("trigger_refused", subject=subject, reason=error)
            await msg.commit(partial(refuse, trigger=asked, error=error))


def why_not(module: str, action: str) -> str | None:
    """Return why a module cannot be asked for an action; None when it can, or nobody answers."""
    if any(workflow.name == module for workflow in DECLARED) or trigger_of(module, action) in UNANSWERED:
        return None
    if module not in ACTIONS:
        return f"there is no module {module!r} that can be asked; there are {', '.join(ACTIONS)}"
    if action not in ACTIONS[module]:
        return f"module {module!r} has no action {action!r}; it has {', '.join(ACTIONS[module])}"
    return None
