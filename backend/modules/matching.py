"""Who fits a project: profiles read from the database, scored, and kept in mind with the versions they were read at.

Nothing is written here. The versions let the writer see whether a score is still true when it is written.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Freelancer, Project
from modules.described import Described, described
from schemas.nats_schemas import ProjectRequirements
from sourcing.calibration import Calibration
from sourcing.scoring import Candidate, Match, Requirements, score

READ_AT_ONCE = 500

T = TypeVar("T")

AnyRequirements = ProjectRequirements | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A freelancer as the scoring sees them, at one version of the profile."""

    freelancer_id: str
    version: int
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Assessment:
    """How well a freelancer fits, at one version of the profile."""

    freelancer_id: str
    freelancer_version: int
    match: Match


class PotentialMatch(tuple[str, float]):
    """The pair (freelancer_id, match_confidence), which remembers the assessment that it comes from."""

    assessment: Assessment

    def __new__(cls, assessment: Assessment, calibration: Calibration) -> "PotentialMatch":
        """Make the pair of an assessment."""
        pair = super().__new__(cls, (assessment.freelancer_id, calibration.confidence(assessment.match.score)))
        pair.assessment = assessment
        return pair


def asked(requirements: AnyRequirements) -> Requirements:
    """Return a project's requirements in the scoring's words."""
    return Requirements.model_validate(requirements)


def requirements_of(project: Project) -> dict[str, Any]:
    """Return what a project asks for, with the skills that only its words name."""
    return with_described(project, described(project))


def with_described(project: Project, found: Described) -> dict[str, Any]:
    """Return what a project asks for, with its title and what was found in its words."""
    return {**project.requirements, "title": project.title, "described_skills": found.skills}


def profile(freelancer: Freelancer) -> Profile:
    """Return what the scoring may know of a freelancer; the name is not part of it."""
    return Profile(freelancer.id, freelancer.version, Candidate.model_validate(freelancer))


def profiles_of(session: Session, freelancer_ids: Iterable[str]) -> list[Profile]:
    """Read the profiles of some freelancers, at most as many as are read at once."""
    return [profile(row) for row in session.scalars(select(Freelancer).where(Freelancer.id.in_(freelancer_ids)))]


def assess(requirements: Requirements, profiles: Iterable[Profile]) -> list[Assessment]:
    """Score profiles. Takes time: for a thread."""
    return [Assessment(each.freelancer_id, each.version, score(requirements, each.candidate)) for each in profiles]


def best(assessments: Iterable[Assessment], count: int) -> list[Assessment]:
    """Return the best, best first; among equals the order of ids decides."""
    return heapq.nsmallest(count, assessments, key=lambda each: (-each.match.score, each.freelancer_id))


def batches(whole: list[T], size: int) -> Iterator[list[T]]:
    """Cut a list into parts of at most `size`."""
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
