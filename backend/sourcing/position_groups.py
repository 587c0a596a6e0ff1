"""Positions that belong together: dated projects within a job, and roles below a line that says how long they lasted.

Such a project, and such a line, are no position of their own. They are kept as parts: they tell what was used when.
"""

import re
from dataclasses import replace
from datetime import MAXYEAR

from sourcing.education import SCHOOLS
from sourcing.header_lines import is_labelled
from sourcing.positions import Position
from sourcing.punctuation import APOSTROPHES
from sourcing.roles import ORGANISATIONS, ROLES

PROJECT = re.compile(r"(?:project|projekt|projet|proyecto|progetto)\b\s*(?:\w{1,3}\s*)?[:\u2013\u2014-]", re.IGNORECASE)
PROJECTS_LABEL = re.compile(
    r"\W*(?:\w+ )?(?:projects|projekte|projets|proyectos|progetti)(?: \w+)?\s*:?\s*", re.IGNORECASE
)
LINES_ABOUT_AN_EMPLOYER = 3
STUDY = re.compile(
    rf"^(?:\w*studium|studies|bachelor|b\.?\s?sc|b\.?\s?a|b\.?\s?eng|m\.?\s?sc|m\.?\s?a|"
    rf"master(?:[{APOSTROPHES}]s| of)|abitur|high school)\b",
    re.IGNORECASE,
)
"""A title of what is learnt, not done, even where it stands between positions."""


def work_and_studies(dated: list[Position], *, schools_too: bool = False) -> tuple[list[Position], list[Position]]:
    """Work, and the studies that stand between: a degree, or also a school, where no role is told."""
    work: list[Position] = []
    studies: list[Position] = []
    for each in dated:
        named = f"{each.title}, {each.organisation}"
        is_study = STUDY.search(named) or (schools_too and SCHOOLS.search(named))
        (studies if is_study and not ROLES.search(named) else work).append(each)
    return work, studies


def paid_projects(projects: list[Position]) -> list[Position]:
    """Of the projects beside the positions those that name a role or a client behind a label, as parts of the work."""
    return [replace(each, is_part=True) for each in projects if any(map(is_labelled, each.lines))]


def grouped(positions: list[Position]) -> list[Position]:
    """The positions with what is only a part of another marked, and the roles with their employer."""
    return _with_projects_as_parts(_under_a_label(_with_roles_under_employers(positions)))


def _under_a_label(positions: list[Position]) -> list[Position]:
    """What is dated below a line "Projects:" of a position, and names no role, is a part of that position."""
    found: list[Position] = []
    is_below = False
    for each in positions:
        is_part = is_below and not ROLES.search(f"{each.title}, {each.organisation}")
        is_below = is_part or any(map(PROJECTS_LABEL.fullmatch, each.description))
        found.append(replace(each, is_part=True) if is_part else each)
    return found


def _with_projects_as_parts(positions: list[Position]) -> list[Position]:
    """Dated projects that fall into a job are its parts."""
    last_of_jobs: dict[int, int] = {}  # by the year in which they begin; a hostile CV has thousands
    for each in positions:
        if not PROJECT.match(each.title):
            begins, ends = _years(each)
            last_of_jobs[begins] = max(ends, last_of_jobs.get(begins, ends))

    def is_part(project: Position) -> bool:
        first, last = _years(project)
        return any(begins <= first and ends >= last for begins, ends in last_of_jobs.items())

    return [replace(each, is_part=True) if PROJECT.match(each.title) and is_part(each) else each for each in positions]


def _with_roles_under_employers(positions: list[Position]) -> list[Position]:
    """Roles below a dated line that names an employer and no role are roles there, and that line is no position."""
    found: list[Position] = []
    over: Position | None = None
    for at, position in enumerate(positions):
        if over is not None and _lasts_over(over, position) and ROLES.search(position.title):
            found.append(replace(position, title=_whole_title(position), organisation=_employer(over)))
            continue
        following = positions[at + 1] if at + 1 < len(positions) else None
        is_over = following is not None and _lasts_over(position, following) and _is_employers(position, following)
        over = position if is_over else None
        found.append(replace(position, is_part=is_over))
    return found


def _whole_title(position: Position) -> str:
    """The title of a role below its employer, with what stands beside it: a field or a place of work."""
    title, beside = position.title, position.organisation
    is_beside = beside and any(title in line and beside in line for line in position.header)
    return f"{title}, {beside}" if is_beside else title


def _is_employers(position: Position, following: Position) -> bool:
    """Whether a position's header names an employer alone, and the next one's a role alone."""
    if ROLES.search(f"{position.title}, {position.organisation}") or not ROLES.search(following.title):
        return False
    return len(position.description) <= LINES_ABOUT_AN_EMPLOYER and not ORGANISATIONS.search(following.organisation)


def _employer(position: Position) -> str:
    """Of the two names of a header without a role: what looks like an organisation, else the first."""
    names = (position.organisation, position.title)
    return next((name for name in names if ORGANISATIONS.search(name)), position.title)


def _lasts_over(longer: Position, shorter: Position) -> bool:
    """Whether one position begins no later and ends no earlier than another; to a year."""
    (begins, ends), (first, last) = _years(longer), _years(shorter)
    return begins <= first and ends >= last


def _years(position: Position) -> tuple[int, int]:
    """The years in which a position begins and ends; one that lasts ends after all others."""
    end = position.period.end
    return position.period.start.year, end.year if end else MAXYEAR
