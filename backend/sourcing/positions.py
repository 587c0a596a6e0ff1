"""The dated positions of a CV: title, organisation, from when to when, and the lines that tell of each."""

import re
from dataclasses import dataclass
from datetime import date

from sourcing.header_lines import (
    DATES_FIRST,
    DOES,
    DURATION,
    WIDE_GAP,
    dated_headers,
    is_header,
    is_labelled,
    labelled,
    pieces_of,
)
from sourcing.periods import RANGE, Period
from sourcing.punctuation import BULLET, BULLETS
from sourcing.roles import ORGANISATIONS, OTHER_LABEL, ROLES
from sourcing.sections import is_list_of_skills

LONGEST_NAME = 60
LABELS_ABOVE = 3
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
MOSTLY_APART = 0.5
"""From this share of lines with an empty one above, empty lines say nothing."""


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


@dataclass(frozen=True)
class _Lines:
    """The lines that say something, and which of them stand below an empty one (none, where that says nothing)."""

    filled: list[str]
    apart: frozenset[int]


def find_positions(lines: list[str], today: date) -> list[Position]:
    """The positions in the order of the text. A line with a period is the mark of each."""
    text = _filled(lines)
    filled = text.filled
    dated = dated_headers(filled, today)
    is_dates_first = bool(dated) and dated[0][0] == 0 and _begins_with_dates(filled[0], dated[0][1][1])
    if is_dates_first:
        alone = {number for number, (_, rest) in dated if not pieces_of(rest)}
        dated = [found for found in dated if found[0] - 1 not in alone]  # "Driver, foreman from 2016" below its dates
    starts = [
        number
        if is_dates_first and _begins_with_dates(filled[number], rest)
        else _employers_line(filled, _first_line(text, number, rest))
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


def _end_of_work(text: _Lines, starts: list[int]) -> int:
    """Where the last position ends: before a list of skills that stands apart, where no position before has one."""
    lists = [number for number, line in enumerate(text.filled) if is_list_of_skills(line)]
    is_of_all = len(starts) > 1 and lists and lists[0] > starts[-1] and lists[0] in text.apart
    return lists[0] if is_of_all else len(text.filled)


def _begins_with_dates(line: str, rest: str) -> bool:
    """Whether a dated line names title and employer behind its dates, or below them."""
    return not pieces_of(rest) or RANGE.match(line.strip()) is not None


def _filled(lines: list[str]) -> _Lines:
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    apart = {place for place, number in enumerate(numbers) if number and not lines[number - 1].strip()}
    told = len(apart) <= MOSTLY_APART * len(numbers)
    return _Lines([lines[number] for number in numbers], frozenset(apart if told else ()))


def _first_line(text: _Lines, number: int, rest: str) -> int:
    """Where a position's header begins: on the line above, when the dated line leaves title or employer open."""
    lines = text.filled
    if number and is_labelled(lines[number - 1]):
        return _first_labelled(lines, number - 1)
    if DATES_FIRST.match(lines[number]) and any(is_labelled(line) for line in lines[number + 1 : number + 3]):
        return number
    if number and not pieces_of(rest) and _is_header_with_a_mark(lines[number - 1]):
        return number - 1
    if _is_title_above(lines, number, rest) or _is_over_in_columns(lines, number):
        return number - 1
    block = _top_of_block(text, number, len(pieces_of(rest)))
    if block is not None:
        return block
    if number and _names_the_employer(lines, number - 1) and not ORGANISATIONS.search(rest):
        return number - 1
    if number in text.apart and (pieces_of(rest) or number - 1 in text.apart or BULLET.match(lines[number - 1])):
        return number
    if number == 0 or len(pieces_of(rest)) >= 2 or not is_header(lines[number - 1]) or RANGE.search(lines[number - 1]):
        return number
    if rest and ROLES.search(rest) and not _stands_apart(lines, number - 1):
        return number
    if pieces_of(rest):
        is_place = RANGE.match(lines[number].strip(f" \t{BULLETS}")) and not ROLES.search(rest)
        return number - 2 if is_place and _is_title_over_employer(lines, number - 2) else number - 1
    if _is_title_over_employer(lines, number - 2):
        return number - 2
    return _line_of_employer_over_title(lines, number - 1)


def _first_labelled(lines: list[str], number: int) -> int:
    """The first of the lines up to this one that name title and employer behind labels."""
    first = number
    while first and number - first < LABELS_ABOVE and is_labelled(lines[first - 1]):
        first -= 1
    return first


def _is_header_with_a_mark(line: str) -> bool:
    """Whether an item's mark stands before role and employer, as on a timeline."""
    mark = BULLET.match(line)
    bare = line[mark.end() :] if mark else ""
    return is_header(bare) and ROLES.search(bare) is not None and len(pieces_of(bare)) > 1


def _is_title_above(lines: list[str], number: int, rest: str) -> bool:
    """Whether a dated line names an employer and no role, and the line above it a role and hardly more."""
    if not number or not pieces_of(rest) or ROLES.search(rest) or not _is_title(lines[number - 1]):
        return False
    return len(pieces_of(lines[number - 1])) == 1 or number + 1 == len(lines) or not _is_title(lines[number + 1])


def _is_title(line: str) -> bool:
    plain = line.strip()
    is_short = len(plain) <= LONGEST_NAME and not plain[:1].islower() and not DOES.search(plain)
    return is_short and is_header(line) and not RANGE.search(line) and ROLES.search(plain) is not None


def _is_over_in_columns(lines: list[str], number: int) -> bool:
    """Whether employer and place stand on the line above as role and dates do on this: at both edges of the page."""
    above, line = lines[number - 1] if number else "", lines[number]
    if not WIDE_GAP.search(above.strip()) or not WIDE_GAP.search(line.strip()):
        return False
    return is_header(above) and not RANGE.search(above) and not ROLES.search(above) and bool(ROLES.search(line))


def _names_the_employer(lines: list[str], number: int) -> bool:
    """Whether a line that begins anew names an employer, and no title, for the dated line below it."""
    line = lines[number]
    if not is_header(line) or RANGE.search(line) or ROLES.search(line) or not ORGANISATIONS.search(line):
        return False
    return _stands_apart(lines, number)


def _employers_line(lines: list[str], first: int) -> int:
    """The line of the employer over how long somebody was there ("6 years 10 months"), where that is over a header."""
    is_over = first > 1 and DURATION.fullmatch(lines[first - 1].strip()) and is_header(lines[first - 2])
    return first - 2 if is_over else first


def _top_of_block(text: _Lines, number: int, names: int) -> int | None:
    """The first line of a header that stands apart from what is above; `names` are those on the dated line.

    Capitals over a header that is complete without them are a heading of which no list knows.
    """
    if names >= 2:
        above, line = number - 1, text.filled[number - 1]
        is_block = above in text.apart and number not in text.apart and is_header(line) and not RANGE.search(line)
        return above if is_block and (len(pieces_of(line)) > 1 or ORGANISATIONS.search(line)) else None
    for place in range(number - 1, max(-1, number - 4), -1):
        line = text.filled[place]
        if not is_header(line) or RANGE.search(line):
            return None
        if line.isupper() and names + number - place - 1 >= 2:
            return place + 1
        if place in text.apart:
            return place
    return None


def _is_title_over_employer(lines: list[str], number: int) -> bool:
    """Whether a title stands on this line, and a line without one below it."""
    if number < 0 or not is_header(lines[number]) or RANGE.search(lines[number]):
        return False
    return bool(ROLES.search(lines[number])) and not ROLES.search(lines[number + 1])


def _line_of_employer_over_title(lines: list[str], number: int) -> int:
    """The line above a title when it names an employer, perhaps with how long it was in between; else the title's."""
    if not ROLES.search(lines[number]):
        return number
    above = number - 2 if number > 1 and DURATION.fullmatch(lines[number - 1].strip()) else number - 1
    is_employer = above >= 0 and is_header(lines[above]) and not ROLES.search(lines[above])
    return above if is_employer and not RANGE.search(lines[above]) and _stands_apart(lines, above) else number


def _stands_apart(lines: list[str], number: int) -> bool:
    """Whether a line begins anew: the one above is a bullet or a list, ends a sentence, or goes on from another."""
    above = lines[number - 1].strip()
    is_end = above.endswith((".", "!", ":")) or above[0].islower() or OTHER_LABEL.match(above) is not None
    return number == 0 or bool(BULLET.match(lines[number - 1])) or is_end


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
    return len(pieces) < 2 or bool(ROLES.search(line) and not any(ROLES.search(piece) for piece in pieces))
