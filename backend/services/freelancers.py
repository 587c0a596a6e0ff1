"""Freelancers' profiles: reading them, and what the freelancers change in their own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Freelancer, Opportunity, OpportunityState, Project, Role
from schemas.freelancers import FreelancerEdit, SkillEdit
from services import offering
from services.pages import page
from services.refusals import Invalid, NotFound
from services.rematching import rematch
from sourcing.skills import skill_for

ME = "me"
MOST_SKILLS = 1000
"""Skills that a profile grows to by what its freelancer says; each is scored for every project that it is near to."""


def get(session: Session, asker: SignedIn, freelancer_id: str) -> Freelancer:
    """Return a profile to its freelancer, to an owner whose project was offered to them, or to an operator.

    Raises:
        NotFound: there is none that the asker may know of.
    """
    wanted = asker.id if freelancer_id == ME else freelancer_id
    freelancer = session.get(Freelancer, wanted)
    if freelancer is None or not _may_read(session, asker, wanted):
        raise NotFound("freelancer")
    return freelancer


def listed(session: Session, *, limit: int, after: str | None) -> tuple[list[Freelancer], str | None]:
    """Return a page of all profiles."""
    return page(session, select(Freelancer), Freelancer.id, limit=limit, after=after)


def change(session: Session, asker: SignedIn, freelancer_id: str, edit: FreelancerEdit) -> Freelancer:
    """Change the asker's own profile and have it matched again; an edit that changes nothing says nothing.

    Raises:
        NotFound: it is not the asker's.
        Invalid: it would have too many skills.
    """
    if freelancer_id not in (ME, asker.id):
        raise NotFound("freelancer")
    freelancer = session.get(Freelancer, asker.id, with_for_update=True)
    if freelancer is None:
        raise NotFound("freelancer")
    given = edit.model_dump(include=edit.model_fields_set - {"skills"})
    changed = [name for name, value in given.items() if getattr(freelancer, name) != value]
    for name in changed:
        setattr(freelancer, name, given[name])
    freelancer.edited = sorted({*freelancer.edited, *given})
    skills = with_edits(freelancer.skills, edit.skills or [])
    if not changed and skills == freelancer.skills:
        return freelancer
    freelancer.skills = skills
    freelancer.version += 1
    if "available" in changed and not freelancer.available:
        offering.withdraw_unanswered(session, freelancer)
    rematch(session, freelancer)
    session.flush()
    return freelancer


def with_edits(skills: list[dict[str, Any]], edits: list[SkillEdit]) -> list[dict[str, Any]]:
    """Return a profile's skills with what the freelancer says of some of them; the others stay as they are.

    Raises:
        Invalid: there would be too many.
    """
    edited = {skill["id"]: skill for skill in skills}
    for edit in edits:
        skill = skill_for(edit.name)
        before = edited.get(skill.id, {"id": skill.id, "name": skill.name, "years": None, "evidence": None})
        years = edit.years if edit.years is not None else before.get("years")
        edited[skill.id] = {**before, "years": years, "status": edit.status}
    if len(edited) > max(MOST_SKILLS, len(skills)):
        raise Invalid("skills", f"a profile holds {MOST_SKILLS} skills at most, and would have {len(edited)}")
    return list(edited.values())


def edits_of(confirmed: Sequence[str], denied: Sequence[str]) -> list[SkillEdit]:
    """Return what an answer to an opportunity says of skills, as edits of the profile."""
    edits = [SkillEdit(name=name, status="confirmed") for name in confirmed]
    return edits + [SkillEdit(name=name, status="denied") for name in denied]


def _may_read(session: Session, asker: SignedIn, freelancer_id: str) -> bool:
    if asker.role is not Role.OWNER:
        return asker.role is Role.OPERATOR or asker.id == freelancer_id
    matched = (
        select(Opportunity.id)
        .join(Project, Project.id == Opportunity.project_id)
        .where(
            Opportunity.freelancer_id == freelancer_id,
            Opportunity.state != OpportunityState.SCORED,  # anybody can post a project that everybody is scored for
            Project.owner_id == asker.id,
        )
    )
    return session.scalar(matched.limit(1)) is not None
