"""Where the header of a position begins, above the line with its dates."""

from dataclasses import dataclass

from sourcing.header_lines import DATES_FIRST, DOES, DURATION, WIDE_GAP, is_header, is_labelled, pieces_of
from sourcing.periods import RANGE
from sourcing.punctuation import BULLET, BULLETS
from sourcing.roles import ORGANISATIONS, OTHER_LABEL, ROLES

LONGEST_NAME = 60
LABELS_ABOVE = 3
MOSTLY_APART = 0.5
"""From this share of lines with an empty one above, empty lines say nothing."""


@dataclass(frozen=True)
class Lines:
    """The lines that say something, and which of them stand below an empty one (none, where that says nothing)."""

    filled: list[str]
    apart: frozenset[int]


def filled_lines(lines: list[str]) -> Lines:
    """The lines that say something, in order."""
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    apart = {place for place, number in enumerate(numbers) if number and not lines[number - 1].strip()}
    told = len(apart) <= MOSTLY_APART * len(numbers)
    return Lines([lines[number] for number in numbers], frozenset(apart if told else ()))


def first_line(text: Lines, number: int, rest: str) -> int:
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


def employers_line(lines: list[str], first: int) -> int:
    """The line of the employer over how long somebody was there ("6 years 10 months"), where that is over a header."""
    is_over = first > 1 and DURATION.fullmatch(lines[first - 1].strip()) and is_header(lines[first - 2])
    return first - 2 if is_over else first


def _top_of_block(text: Lines, number: int, names: int) -> int | None:
    """The first line of a header that stands apart from what is above; `names` are those on the dated line.

    Capitals over a header that is complete without them are a heading of which no list knows.
    """
    if names >= 2:
        above, line = number - 1, text.filled[number - 1]
        is_block = above in text.apart and number not in text.apart and is_header(line) and not RANGE.search(line)
        return above if is_block and (len(pieces_of(line)) > 1 or ORGANISATIONS.search(line)) else None
    if names and number in text.apart:
        return None
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
