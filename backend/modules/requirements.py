"""The requirements agent: makes sure that a project says what it asks for, so that it can be matched.

A project that names skills is ready as it is. For one that names none, they are read from its title and description;
requirements that came about so are marked (`read_from_text`) and follow the text when its owner edits it, until the
owner writes requirements of their own.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from models import Project
from modules import answering
from schemas.nats_schemas import (
    READ_FROM_TEXT,
    AgentTaskCompletedEvent,
    ProjectUpdatedEvent,
    WorkflowTriggerEvent,
)
from schemas.subjects import AGENT_TASK_COMPLETED, PROJECT_CREATED, PROJECT_UPDATED
from services.nats_service import NATSService
from services.outgoing import emit
from services.project_announcing import announce_updated
from sourcing.asked import requirements_in as read_requirements
from trunkline import Event, Message, NATSAwareAgent
from trunkline.sql import Database
from workflows import project_matching

AGENT_NAME = "requirements_agent"


@dataclass(frozen=True, slots=True)
class ProjectText:
    """A project as its owner wrote it."""

    version: int
    text: str
    requirements: dict[str, Any]


class RequirementsAgent(NATSAwareAgent):
    """Listens for new and changed projects."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__(AGENT_NAME, nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take every project, new or changed."""
        await self.subscribe(PROJECT_CREATED, self.handle_project, durable="requirements-agent-created")
        await self.subscribe(PROJECT_UPDATED, self.handle_project, durable="requirements-agent-updated")
        await self.subscribe(
            answering.trigger_of("requirements", "gather"),
            self.handle_trigger,
            durable="requirements-agent-trigger",
            on_buried=answering.give_up,
        )

    async def handle_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Gather the requirements of a project that somebody asks for, and answer."""
        project_id = await answering.subject_of(data, msg)
        if project_id is None:
            return
        project = await self.database.read(partial(read_text, project_id=project_id))
        if project is None:
            await msg.commit(partial(answering.refuse, trigger=data, error="there is no such project"))
            return
        gathered = await self._gathered(project, [])
        await msg.commit(partial(settle_asked, project_id=project_id, project=project, gathered=gathered, trigger=data))

    async def handle_project(self, subject: str, data: ProjectUpdatedEvent, msg: Message) -> None:
        """Gather what the project asks for."""
        project_id = str(data.project_id)
        project = await self.database.read(partial(read_text, project_id=project_id))
        if project is None or is_own_change(data):
            return
        gathered = await self._gathered(project, data.changed)
        await msg.commit(
            partial(settle, project_id=project_id, version=project.version, gathered=gathered, cause=msg.event)
        )

    async def _gathered(self, project: ProjectText, changed: list[str]) -> dict[str, Any] | None:
        """What the project's text asks for; None when its owner has said so otherwise."""
        if not needs_reading(project, changed):
            return None
        return await asyncio.to_thread(requirements_in, project.text, project.requirements)


def read_text(session: Session, project_id: str) -> ProjectText | None:
    """Return the project's words, if there is such a project."""
    project = session.get(Project, project_id)
    if project is None:
        return None
    return ProjectText(project.version, f"{project.title}\n{project.description}", project.requirements)


def is_own_change(data: ProjectUpdatedEvent) -> bool:
    """Whether this agent wrote the event itself: to react to it would never end."""
    return (data.model_extra or {}).get("changed_by") == AGENT_NAME


def needs_reading(project: ProjectText, changed: list[str]) -> bool:
    """Whether the requirements are to be read from the text."""
    came_from_text = bool(project.requirements.get(READ_FROM_TEXT)) and "requirements" not in changed
    return came_from_text or not names_skills(project.requirements)


def names_skills(requirements: dict[str, Any]) -> bool:
    """Whether there is any skill to match on."""
    return bool(requirements.get("required_skills") or requirements.get("wished_skills"))


def requirements_in(text: str, given: dict[str, Any]) -> dict[str, Any]:
    """The given requirements, with the skills and years that the text names; what stands beside a wish is wished."""
    found = read_requirements(text)
    return {
        **given,
        "required_skills": found.required_skills,
        "wished_skills": found.wished_skills,
        "min_years": found.min_years if given.get("min_years") is None else given["min_years"],
        READ_FROM_TEXT: True,
    }


def settle(
    session: Session, project_id: str, version: int, gathered: dict[str, Any] | None, cause: Event | None = None
) -> None:
    """Keep what was gathered, and say that the project is ready, unless it has changed meanwhile."""
    project = session.get(Project, project_id, with_for_update=True)
    if project is None or project.version != version:
        return
    project_matching.begin(session, project)
    if gathered is None:
        project.requirements = {name: value for name, value in project.requirements.items() if name != READ_FROM_TEXT}
    elif names_skills(gathered) and gathered != project.requirements:
        change(session, project, gathered, cause)
    task = AgentTaskCompletedEvent(
        agent_id=AGENT_NAME,
        task_id=f"gather_requirements_{project.id}",
        result={
            "project_id": project.id,
            "requirements": project.requirements,
            "ready_for_matching": names_skills(project.requirements),
        },
    )
    event = emit(session, AGENT_TASK_COMPLETED.build(agent_id=AGENT_NAME), task)
    on = "requirements_ready" if names_skills(project.requirements) else "requirements_missing"
    project_matching.move(session, project, on, cause, [event])


def settle_asked(
    session: Session,
    project_id: str,
    project: ProjectText,
    gathered: dict[str, Any] | None,
    trigger: WorkflowTriggerEvent,
) -> None:
    """Keep what was gathered for whoever asked, and answer them."""
    settle(session, project_id, project.version, gathered)
    row = session.get_one(Project, project_id)
    ready = names_skills(row.requirements)
    answering.done(session, trigger, {"project_id": project_id, "ready_for_matching": ready})


def change(session: Session, project: Project, gathered: dict[str, Any], cause: Event | None = None) -> None:
    """Give the project its requirements; this counts as an edit, so that it is matched again."""
    project.requirements = gathered
    project.count_edit()
    event = announce_updated(session, project, ["requirements"], changed_by=AGENT_NAME)
    project_matching.edited(session, project, cause, [event])
