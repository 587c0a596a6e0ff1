"""What waits in the database for a handler, longer than it should, and telling the handler of it again.

Each function looks for one kind of row that only a handler can move on, and tells of it under the id that the event had
at first, or had the last time: whoever has done that event lets it pass, and who has not gets it. Clarifications, chat
messages and live updates are not among them: people find them in their lists, and no row waits for a handler.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from models import CV, CVState, Freelancer, Opportunity, Project, ProjectState
from modules import cv_analyzer
from schemas.nats_schemas import OpportunityResponseEvent
from schemas.subjects import OPPORTUNITY_RESPONSE
from services.cv_announcing import announce, hand_over
from services.outgoing import emit
from services.project_announcing import announce_again
from services.rematching import rematch
from sourcing.profiles import ReadProfile
from workflows import cv_processing

AT_ONCE = 500
"""Rows of a kind that are looked at in one sweep, oldest first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits; `name` stays the same as long as it waits for the same, `tell` tells its handler."""

    name: str
    tell: Callable[[Session], None]


def found(session: Session, before: datetime) -> Iterator[Waiting]:
    """Find all that has waited since `before`, in the order in which one leads to the next."""
    for kind in (unread_cvs, unbuilt_profiles, unmatched_projects, unmatched_freelancers, unsettled_answers):
        yield from kind(session, before)


def unread_cvs(session: Session, before: datetime) -> Iterator[Waiting]:
    """CVs that nobody reads. One that is being read has the time that its reading may take.

    A reading that kills its process every time ends here: the CV fails when it has had all its attempts.
    """
    reading_ends = timedelta(seconds=cv_analyzer.READ_LIMIT_SECONDS)
    unread = or_(
        and_(CV.state == CVState.UPLOADED, CV.updated_at < before),
        and_(CV.state == CVState.PROCESSING, CV.updated_at < before - reading_ends),
    )
    for cv in session.scalars(select(CV).where(unread).order_by(CV.updated_at).limit(AT_ONCE)):
        if cv.readings < cv_analyzer.RETRY.attempts:
            yield Waiting(f"cv {cv.id}", partial(announce, cv=cv))
        else:
            yield Waiting(f"cv {cv.id}", partial(cv_analyzer.fail, cv_id=cv.id, reason=cv_processing.FAULT))


def unbuilt_profiles(session: Session, before: datetime) -> Iterator[Waiting]:
    """Read CVs that no profile follows yet, nor one that was uploaded later."""
    current = aliased(CV)
    unbuilt = (
        select(CV)
        .join(Freelancer, Freelancer.id == CV.freelancer_id)
        .outerjoin(current, current.id == Freelancer.cv_id)
        .where(CV.state == CVState.COMPLETED, CV.updated_at < before)
        .where(or_(current.id.is_(None), current.created_at < CV.created_at))
    )
    for cv in session.scalars(unbuilt.order_by(CV.updated_at).limit(AT_ONCE)):
        profile = ReadProfile.model_validate(cv.extracted)
        yield Waiting(f"profile of {cv.id}", partial(hand_over, cv=cv, profile=profile))


def unmatched_projects(session: Session, before: datetime) -> Iterator[Waiting]:
    """Open projects that were not matched as they are."""
    unmatched = select(Project).where(
        Project.state == ProjectState.OPEN, Project.matched_version < Project.version, Project.updated_at < before
    )
    for project in session.scalars(unmatched.order_by(Project.updated_at).limit(AT_ONCE)):
        tell = partial(announce_again, project=project)
        yield Waiting(f"project {project.id} {project.version}", tell)


def unmatched_freelancers(session: Session, before: datetime) -> Iterator[Waiting]:
    """Profiles that were not matched as they are."""
    unmatched = select(Freelancer).where(
        Freelancer.matched_version < Freelancer.version, Freelancer.updated_at < before
    )
    for freelancer in session.scalars(unmatched.order_by(Freelancer.updated_at).limit(AT_ONCE)):
        yield Waiting(f"freelancer {freelancer.id} {freelancer.version}", partial(rematch, freelancer=freelancer))


def unsettled_answers(session: Session, before: datetime) -> Iterator[Waiting]:
    """Answers to opportunities that have not been worked in."""
    unsettled = select(Opportunity).where(Opportunity.unsettled_since < before)
    for row in session.scalars(unsettled.order_by(Opportunity.unsettled_since).limit(AT_ONCE)):
        yield Waiting(f"answers of {row.id} {row.unsettled_since}", partial(answer_again, row=row))


def answer_again(session: Session, row: Opportunity) -> None:
    """Tell of a freelancer's answers again, in their order."""
    subject = OPPORTUNITY_RESPONSE.build(freelancer_id=row.freelancer_id, project_id=row.project_id)
    for each in row.unsettled:
        answer = OpportunityResponseEvent.model_validate(each["answer"])
        emit(session, subject, answer, event_id=each["event_id"])
