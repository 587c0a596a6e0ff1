"""The skills that only a project's words name: found once for a text, and kept with the project's row.

Finding them takes some two milliseconds, and a freelancer's new profile is scored for every open project. The row says
of which text they are, and by which list of skills (`described_by`): when either has changed, whoever reads the project
next finds them anew, and writes them down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import Project
from sourcing.asked import skills_named_in
from sourcing.skill_list import list_digest

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Described:
    """What a project's words name; `is_new` says that it is not written down yet."""

    project_id: str
    skills: list[str]
    by: str
    is_new: bool


def described(project: Project) -> Described:
    """Return what the project's words name, from its row or, when that is out of date, from the words."""
    by = _source(project.title, project.description)
    if project.described_by == by:
        return Described(project.id, project.described_skills, by, is_new=False)
    return Described(project.id, skills_named_in(project.title, project.description), by, is_new=True)


def note(session: Session, found: Iterable[Described]) -> None:
    """Write down what is new; the projects themselves are as they were."""
    for each in sorted(found, key=lambda each: each.project_id):
        if each.is_new:
            kept = {"described_skills": each.skills, "described_by": each.by, "updated_at": Project.updated_at}
            changing = update(Project).where(Project.id == each.project_id).values(kept)
            session.execute(changing, execution_options={"synchronize_session": False})


def _source(title: str, description: str) -> str:
    digest = blake2b(f"{title}\n{description}".encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
    return f"{list_digest()}/{digest.hexdigest()}"
