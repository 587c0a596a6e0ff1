"""Telling of a project; each of its versions is one event, however often it is said."""

from typing import Any

from sqlalchemy.orm import Session

from models import Project
from schemas.nats_schemas import ProjectCreatedEvent, ProjectRequirements, ProjectUpdatedEvent
from schemas.subjects import PROJECT_CREATED, PROJECT_UPDATED
from services.outgoing import emit
from trunkline import Event


def announce_created(session: Session, project: Project) -> None:
    """Tell of a new project."""
    subject = PROJECT_CREATED.build(project_id=project.id)
    emit(session, subject, ProjectCreatedEvent(**_facts(project)), event_id=subject)


def announce_updated(session: Session, project: Project, changed: list[str], **more: str) -> Event:
    """Tell of a project's newest version; `more` is said besides."""
    event = ProjectUpdatedEvent(
        **_facts(project), changed=changed, version=project.version, state=project.state.value, **more
    )
    return emit(session, PROJECT_UPDATED.build(project_id=project.id), event, event_id=_updated_id(project))


def announce_again(session: Session, project: Project) -> None:
    """Tell of a project's newest version once more; whoever has done it lets it pass."""
    if project.version > 1:
        announce_updated(session, project, changed=[])
    else:
        announce_created(session, project)


def _updated_id(project: Project) -> str:
    """Return the id of the event that tells of a project's newest version."""
    return f"{PROJECT_UPDATED.build(project_id=project.id)}.{project.version}"


def _facts(project: Project) -> dict[str, Any]:
    return {
        "project_id": project.id,
        "owner_id": project.owner_id,
        "title": project.title,
        "requirements": ProjectRequirements(**project.requirements),
    }
