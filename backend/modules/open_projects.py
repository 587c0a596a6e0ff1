"""The open projects, as a freelancer meets them: all of the newest are scored, and the best kept."""

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Opportunity, Project, ProjectState
from modules.described import Described, described, note
from modules.matching import Profile, asked, assess, with_described
from modules.offers import Score, score_of
from modules.requirements import names_skills
from trunkline.sql import Database

PROJECTS_AT_ONCE = 200
PAGES_OF_PROJECTS = 100
"""Of the newest open projects, that a freelancer's new profile is scored for."""
MOST_PROJECTS = 200
"""Projects that a freelancer gets a score for at once, besides those that they have one for."""


@dataclass(frozen=True, slots=True)
class OpenProject:
    """A project to be matched, at one version; `described` is what of its requirements comes from its words."""

    id: str
    version: int
    requirements: dict[str, Any]
    described: Described


def as_open(project: Project) -> OpenProject:
    """Return the project as it is matched."""
    found = described(project)
    return OpenProject(project.id, project.version, with_described(project, found), found)


async def note_described(database: Database, projects: Sequence[OpenProject]) -> None:
    """Write down what was found in projects' words for the first time."""
    new = [project.described for project in projects if project.described.is_new]
    if new:
        await database.write(partial(note, found=new))


async def scores_of_freelancer(database: Database, profile: Profile) -> list[Score]:
    """Return the scores of the open projects that fit the freelancer best, and of those that they have a score for."""
    earlier = await database.read(partial(scored_projects, freelancer_id=profile.freelancer_id))
    best_scores: list[Score] = []
    kept: list[Score] = []
    before: str | None = None
    for _ in range(PAGES_OF_PROJECTS):
        projects, before = await database.read(partial(open_projects_before, project_id=before))
        await note_described(database, projects)
        scores = await asyncio.to_thread(scores_for, profile, projects)
        kept += [score for score in scores if score.project_id in earlier]
        others = [score for score in scores if score.project_id not in earlier]
        best_scores = heapq.nsmallest(
            MOST_PROJECTS, [*best_scores, *others], key=lambda score: (-score.match_confidence, score.project_id)
        )
        if before is None:
            break
    return kept + best_scores


def open_projects_before(session: Session, project_id: str | None) -> tuple[list[OpenProject], str | None]:
    """Read the next open projects that name skills, newest first, and the id to go on from; None begins, and ends."""
    wanted = select(Project).where(Project.state == ProjectState.OPEN)
    if project_id is not None:
        wanted = wanted.where(Project.id < project_id)
    rows = session.scalars(wanted.order_by(Project.id.desc()).limit(PROJECTS_AT_ONCE)).all()
    more = rows[-1].id if len(rows) == PROJECTS_AT_ONCE else None
    return [as_open(row) for row in rows if names_skills(row.requirements)], more


def scored_projects(session: Session, freelancer_id: str) -> set[str]:
    """Return the projects that the freelancer has a score for."""
    return set(session.scalars(select(Opportunity.project_id).where(Opportunity.freelancer_id == freelancer_id)))


def scores_for(profile: Profile, projects: Sequence[OpenProject]) -> list[Score]:
    """Score one freelancer for some projects. Takes time: for a thread."""
    return [
        score_of(project.id, project.version, assessment)
        for project in projects
        for assessment in assess(asked(project.requirements), [profile])
    ]
