"""The dated positions of a CV: title, organisation, from when to when, and the lines that tell of each."""

import re
from dataclasses import dataclass
from datetime import date

from sourcing.header_lines import (
    DURATION,
    WIDE_GAP,
    dated_headers,
    is_header,
    is_labelled,
    labelled,
    pieces_of,
)
from sourcing.header_tops import LONGEST_NAME, Lines, employers_line, filled_lines, first_line
from sourcing.periods import RANGE, Period
from sourcing.roles import ORGANISATIONS, ROLES
from sourcing.sections import is_list_of_skills

LABELS_WITHIN = 8
"""Lines of a position in which its title or employer may stand behind a label."""
BREAK = re.compile(
    r"(?:planned |family |personal )?(?:career (?:break|gap)|gap year|sabbatical|"
    r"(?:maternity|paternity|parental|family|unpaid) leave|unemployed|between jobs|"
    r"job ?(?:search|hunting)|stay[- ]at[- ]home)\b|elternzeit|mutterschutz|"
    r"auszeit|arbeitss?uchend|arbeitslos|jobsuche|congé (?:parental|sabbatique|maternité)|excedencia",
    re.IGNORECASE,
)
"""Times that are dated as positions are, and are none."""
OWN_MASTER = re.compile(
    r"\b(?:freelance\w*|self[- ]employed|freiberuf\w*|selbst(?:st)?ändig\w*|volunteer)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Position:
    """One position; `lines` are all that tell of it, its header included; `description` those below the header.

    `is_part` is set where another position tells the whole (see `position_groups.py`).
    """

    title: str
    organisation: str
    period: Period
    lines: tuple[str, ...]
    description: tuple[str, ...] = ()
    is_part: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        """The lines that name title, employer and dates."""
        return self.lines[: len(self.lines) - len(self.description)]


def find_positions(lines: list[str], today: date) -> list[Position]:
    """The positions in the order of the text. A line with a period is the mark of each."""
    text = filled_lines(lines)
    filled = text.filled
    dated = dated_headers(filled, today)
    is_dates_first = bool(dated) and dated[0][0] == 0 and _begins_with_dates(filled[0], dated[0][1][1])
    if is_dates_first:
        alone = {number for number, (_, rest) in dated if not pieces_of(rest)}
        dated = [found for found in dated if found[0] - 1 not in alone]  # "Driver, foreman from 2016" below its dates
    starts = [
        number
        if is_dates_first and _begins_with_dates(filled[number], rest)
        else employers_line(filled, first_line(text, number, rest))
        for number, (_, rest) in dated
    ]
    end = _end_of_work(text, starts)
    positions, shared, is_over_all = [], "", False
    for index, (number, (period, rest)) in enumerate(dated):
        after = starts[index + 1] if index + 1 < len(dated) else max(end, number + 1)
        header, below = filled[starts[index] : number], filled[number + 1 : after]
        title, organisation, taken = _names(rest, header, below)
        is_above = any(organisation in line for line in header) and title in rest
        is_told = any(organisation in line for line in [*header, rest]) or ORGANISATIONS.search(organisation)
        if is_over_all and not is_told:
            organisation, taken = "", 0  # a place, below the dates
        is_over_all = any(DURATION.fullmatch(line.strip()) for line in header) or (is_over_all and not organisation)
        is_shared = is_above or any(DURATION.fullmatch(line.strip()) for line in header)
        shared = organisation if is_shared else "" if organisation or OWN_MASTER.search(title) else shared
        whole = tuple(filled[starts[index] : max(after, number + 1)])
        if not BREAK.match(title or organisation):
            positions.append(Position(title, organisation or shared, period, whole, tuple(below[taken:])))
    return positions


def _end_of_work(text: Lines, starts: list[int]) -> int:
    """Where the last position ends: before a list of skills that stands apart, where no position before has one."""
    lists = [number for number, line in enumerate(text.filled) if is_list_of_skills(line)]
    is_of_all = len(starts) > 1 and lists and lists[0] > starts[-1] and lists[0] in text.apart
    return lists[0] if is_of_all else len(text.filled)


def _begins_with_dates(line: str, rest: str) -> bool:
    """Whether a dated line names title and employer behind its dates, or below them."""
    return not pieces_of(rest) or RANGE.match(line.strip()) is not None


def _names(rest: str, above: list[str], below: list[str]) -> tuple[str, str, int]:
    """Title and organisation out of the header, and how many lines below belong to it; a role's name is the title."""
    title, organisation, last = labelled([*above, *below[:LABELS_WITHIN]], len(above))
    pieces = [piece for line in [*above, rest] if not is_labelled(line) for piece in pieces_of(line)]
    places = [piece for line in above for piece in pieces_of(WIDE_GAP.split(line.strip(), maxsplit=1)[-1])]
    if rest and above and all(WIDE_GAP.search(line.strip()) for line in above):
        pieces = [*(piece for piece in pieces if piece not in places), *places]
    taken = 0
    while taken < 2 and taken < len(below) and _continues_header(below[taken], pieces):
        more = pieces_of(below[taken])
        is_whole = len(more) > 1 and ROLES.search(below[taken]) and not any(map(ROLES.search, pieces))
        pieces = [*more, *pieces] if is_whole else [*pieces, *more]
        taken += 1
    if not above and not title and below and _is_employer_in_columns(rest, below[0]):
        employer = organisation or pieces_of(below[0])[0]
        return ", ".join(pieces_of(rest))[:200], employer[:200], max(1, last)
    roles = [piece for piece in pieces if ROLES.search(piece)]
    alone = next((piece for piece in roles if not ORGANISATIONS.search(piece)), roles[0] if roles else None)
    title = title or alone or next((piece for piece in pieces if not ORGANISATIONS.search(piece)), "")
    others = [piece for piece in pieces if piece is not title]
    named = next((piece for piece in others if ORGANISATIONS.search(piece)), None)
    plain = next((piece for piece in others if not ROLES.search(piece)), others[0] if others else "")
    return title[:200], (organisation or named or plain)[:200], max(taken, last)


def _is_employer_in_columns(rest: str, below: str) -> bool:
    """Whether the dated line is a title alone, and the one below it an employer with a place at the page's edge."""
    if not ROLES.search(rest) or ORGANISATIONS.search(rest) or not WIDE_GAP.search(below.strip()):
        return False
    return is_header(below) and bool(pieces_of(below)) and not (ROLES.search(below) or is_labelled(below))


def _continues_header(line: str, pieces: list[str]) -> bool:
    """Whether a line below the dates still names title or employer: one of them is open."""
    if not is_header(line) or len(line.strip()) > LONGEST_NAME or is_labelled(line):
        return False
    if len(pieces) > 1 and all(map(ROLES.search, pieces)) and not any(map(ORGANISATIONS.search, pieces)):
        return not ROLES.search(line)
    is_open = not any(ROLES.search(piece) and not ORGANISATIONS.search(piece) for piece in pieces)
    return len(pieces) < 2 or (is_open and bool(ROLES.search(line)))
