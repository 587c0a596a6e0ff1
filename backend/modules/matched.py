"""Which projects and freelancers have been matched as they are now, and word of it when one has been."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Freelancer, Project, ProjectState
from modules import answering
from modules.open_projects import OpenProject, as_open
from trunkline import Event
from workflows import project_matching

MODULE_NAME = "freelancer_opportunity"


def project_to_match(session: Session, project_id: str) -> OpenProject | None:
    """Return the project, unless there is none, it looks for nobody, or it has been matched as it is."""
    project = session.get(Project, project_id)
    if project is None or project.matched_version >= project.version:
        return None
    return open_project(session, project_id)


def open_project(session: Session, project_id: str) -> OpenProject | None:
    """Return the project, unless there is none, or it looks for nobody."""
    project = session.get(Project, project_id)
    if project is None or project.state is not ProjectState.OPEN:
        return None
    return as_open(project)


def settle_project(
    session: Session,
    project_id: str,
    version: int,
    cause: Event | None = None,
    asked_by: Mapping[str, Any] | None = None,
) -> None:
    """Note that the project has been matched as it was then, and say so: once, or else to who asked."""
    project = session.get(Project, project_id, with_for_update=True)
    done = {"project_id": project_id, "version": version}
    if project is None or project.matched_version >= version:
        if asked_by is not None:
            answering.complete(session, MODULE_NAME, "match", done, asked_by)
        return
    project_matching.begin(session, project)
    project.matched_version = version
    event = answering.complete(session, MODULE_NAME, "match", done, asked_by)
    if version == project.version:
        project_matching.move(session, project, "match", cause, [event])


def is_matched(session: Session, freelancer_id: str, version: object) -> bool:
    """Whether the freelancer has been matched at that version, or a later one; not if it is no number."""
    matched = session.scalar(select(Freelancer.matched_version).where(Freelancer.id == freelancer_id))
    return isinstance(version, int) and matched is not None and matched >= version


def settle_freelancer(
    session: Session, freelancer_id: str, version: int, asked_by: Mapping[str, Any] | None = None
) -> None:
    """Note that the freelancer has been matched as they were then, and say so."""
    older = (Freelancer.id == freelancer_id) & (Freelancer.matched_version < version)
    settled = {"matched_version": version, "updated_at": Freelancer.updated_at}  # the profile itself is as it was
    session.execute(update(Freelancer).where(older).values(settled), execution_options={"synchronize_session": False})
    answering.complete(session, MODULE_NAME, "rematch", {"freelancer_id": freelancer_id}, asked_by)
