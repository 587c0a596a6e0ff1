"""Asking for a freelancer to be matched again, because the profile has changed."""

from sqlalchemy.orm import Session

from models import Freelancer
from schemas.nats_schemas import WorkflowTriggerEvent
from schemas.subjects import WORKFLOW_TRIGGER
from services.outgoing import emit


def rematch(session: Session, freelancer: Freelancer) -> None:
    """Ask for it, once for each version of the profile; those of a freelancer are taken in their order."""
    trigger = WorkflowTriggerEvent(
        module_name="freelancer_opportunity",
        action="rematch",
        data={"freelancer_id": freelancer.id, "version": freelancer.version},
    )
    subject = WORKFLOW_TRIGGER.build(module_name=trigger.module_name, action=trigger.action)
    emit(session, subject, trigger, key=freelancer.id, event_id=f"rematch.{freelancer.id}.{freelancer.version}")
