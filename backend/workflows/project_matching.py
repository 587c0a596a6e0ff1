"""The way of a project: its requirements gathered, freelancers matched, again after each change, until it is closed or
filled.

The requirements agent and the matching take a project at the same time, so that either may be first. What is not
matched within the limit is told of again, and is `overdue` until it is.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from models import Project, ProjectState
from services.outgoing import SOURCE
from services.project_announcing import announce_again
from trunkline import Event, workflows
from trunkline.workflows import LATE, Instance, State, Transition, Workflow

LIMIT = timedelta(hours=1)
"""More than the attempts at a matching take, with a queue before them."""


def tell_again(session: Session, instance: Instance) -> None:
    """Have the project matched, under the id that its newest event had at first."""
    project = session.get(Project, instance.data["project_id"])
    if project is not None and project.state is ProjectState.OPEN and project.matched_version < project.version:
        announce_again(session, project)


PROJECT_MATCHING = Workflow(
    "project_matching",
    states=(
        State("posted", time_limit=LIMIT),
        State("changed", time_limit=LIMIT),
        State("ready", time_limit=LIMIT),
        State("unclear"),
        State("matched"),
        State("overdue"),
        State("closed", end=True),
        State("filled", end=True),
    ),
    transitions=(
        *(Transition(state, "requirements_ready", "ready") for state in ("posted", "changed", "overdue", "unclear")),
        *(Transition(state, "match", "matched") for state in ("ready", "posted", "changed", "overdue")),
        *(Transition(state, LATE, "overdue", effect="tell_again") for state in ("posted", "changed", "ready")),
        *(
            Transition(state, on, target)
            for on, target in (("close", "closed"), ("fill", "filled"), ("change", "changed"))
            for state in ("unclear", "matched", "posted", "changed", "ready", "overdue", "closed", "filled")
        ),
        *(
            Transition(state, "requirements_missing", "unclear")
            for state in ("posted", "changed", "ready", "matched", "overdue")
        ),
        Transition("matched", "requirements_ready", "matched"),
        Transition("unclear", "match", "unclear"),
    ),
    functions={"tell_again": tell_again},
    version=2,
    source=SOURCE,
)


def workflow_id(project_id: str) -> str:
    """Return the id of a project's workflow."""
    return f"project_match_{project_id}"


def begin(session: Session, project: Project, effects: Iterable[Event] = ()) -> None:
    """Begin the workflow of a project, or do nothing where it has begun."""
    workflows.begin(
        session,
        PROJECT_MATCHING,
        workflow_id(project.id),
        key=project.id,
        data={"project_id": project.id, "owner_id": project.owner_id},
        effects=effects,
        state=_stands(project),
    )


def move(
    session: Session, project: Project, on: str, cause: Event | None = None, effects: Iterable[Event] = ()
) -> None:
    """Move the workflow of a project on."""
    workflows.move(
        session,
        PROJECT_MATCHING,
        workflow_id(project.id),
        on,
        cause=cause,
        effects=effects,
        data={"version": project.version},
    )


def edited(session: Session, project: Project, cause: Event | None = None, effects: Iterable[Event] = ()) -> None:
    """Move the workflow of a project on that was edited: to be matched again, unless it looks for nobody."""
    on = {ProjectState.OPEN: "change", ProjectState.CLOSED: "close", ProjectState.FILLED: "fill"}[project.state]
    move(session, project, on, cause, effects)


def _stands(project: Project) -> str:
    """Return where the workflow of a project stands that was posted before there was one."""
    if project.state is not ProjectState.OPEN:
        return project.state.value
    if project.matched_version >= project.version:
        return "matched"
    return "posted" if project.version == 1 else "changed"
