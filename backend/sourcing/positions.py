"""The dated positions of a CV: title, organisation, from when to when, and the lines that tell of each."""

import re
from dataclasses import dataclass
from datetime import date

from sourcing.periods import RANGE, Period, period_in
from sourcing.punctuation import BULLET, BULLETS, DASHES, trimmed
from sourcing.roles import EMPLOYER_LABEL, ORGANISATIONS, OTHER_LABEL, ROLES, TITLE_LABEL

SEPARATORS = re.compile(
    rf"\t|\s?[\u060c\u3001\uff0c]\s?|\s[|{BULLETS}]\s|\s[{DASHES}]\s|\s{{3,}}|,\s|\s(?:at|bei|@)\s|\(|\)"
)
DURATION = re.compile(
    r"(?:\d{1,2}\s*(?:years?|yrs?|months?|mos?|jahre?n?|monate?n?)\b\.?[\s,]*(?:and|und)?\s*)+", re.IGNORECASE
)
NO_NAME = re.compile(
    r"(?:full|part)[- ]?time|contract|permanent|temporary|remote|hybrid|on[- ]?site|seasonal|vollzeit|"
    r"teilzeit|befristet|"
    r"unbefristet|temps plein|temps partiel|cdi|cdd|tiempo completo|fulltime|parttime|present|current",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.)]\s+")
LONGEST_HEADER = 110
LONGEST_NAME = 60
DATES_LABEL = re.compile(
    r"^(?:dates?|period|duration|zeitraum|dauer|période|periodo|período|data)\b(?:\s*\([^)]{0,20}\)?)?\s*[:|"
    r"]?\s*(?=\t|$)",
    re.IGNORECASE,
)
DATES_FIRST = re.compile(r"^(?:dates?|period|duration|zeitraum|dauer|période|periodo|data)\b", re.IGNORECASE)
TELLS = re.compile(r"\b(?:I|my|we|our|was|were|had|which|ich|wir|wurde|hatte)\b")
ABBREVIATED = re.compile(r"(?:\b\w\.\w\.|\b(?:inc|ltd|co|corp|bros)\.)$", re.IGNORECASE)
LABELS_WITHIN = 8
"""Lines of a position in which its title or employer may stand behind a label."""
MOSTLY_APART = 0.5
"""From this share of lines with an empty one above, empty lines say nothing."""


@dataclass(frozen=True)
class Position:
    """One position; `lines` are all that tell of it, its header included; `description` those below the header."""

    title: str
    organisation: str
    period: Period
    lines: tuple[str, ...]
    description: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Lines:
    """The lines that say something, and which of them stand below an empty one (none, where that says nothing)."""

    filled: list[str]
    apart: frozenset[int]


def find_positions(lines: list[str], today: date) -> list[Position]:
    """The positions in the order of the text. A line with a period is the mark of each."""
    text = _filled(lines)
    filled = text.filled
    dated = [(number, found) for number, line in enumerate(filled) if (found := _dated_header(line, today))]
    is_dates_first = bool(dated) and dated[0][0] == 0 and not _pieces(dated[0][1][1])
    starts = [
        number if is_dates_first and not _pieces(rest) else _first_line(text, number, rest)
        for number, (_, rest) in dated
    ]
    positions, shared = [], ""
    for index, (number, (period, rest)) in enumerate(dated):
        after = starts[index + 1] if index + 1 < len(dated) else len(filled)
        header, below = filled[starts[index] : number], filled[number + 1 : after]
        title, organisation, taken = _names(rest, header, below)
        is_shared = any(DURATION.fullmatch(line.strip()) for line in header)
        shared = organisation if is_shared else "" if organisation else shared
        whole = tuple(filled[starts[index] : max(after, number + 1)])
        positions.append(Position(title, organisation or shared, period, whole, tuple(below[taken:])))
    return positions


def _filled(lines: list[str]) -> _Lines:
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    apart = {place for place, number in enumerate(numbers) if number and not lines[number - 1].strip()}
    told = len(apart) <= MOSTLY_APART * len(numbers)
    return _Lines([lines[number] for number in numbers], frozenset(apart if told else ()))


def _dated_header(line: str, today: date) -> tuple[Period, str] | None:
    """The period of a line that may head a position, and what else it says; a sentence that tells of years is none."""
    bullet = BULLET.match(line)
    if len(line) > LONGEST_HEADER or (bullet and not (RANGE.match(line, bullet.end()) and ROLES.search(line))):
        return None
    found = period_in(line, today)
    if found is None or TELLS.search(found[1]):
        return None
    return found[0], DATES_LABEL.sub("", found[1])


def _first_line(text: _Lines, number: int, rest: str) -> int:
    """Where a position's header begins: on the line above, when the dated line leaves title or employer open."""
    lines = text.filled
    if DATES_FIRST.match(lines[number]) and any(_is_labelled(line) for line in lines[number + 1 : number + 3]):
        return number
    block = _top_of_block(text, number, len(_pieces(rest)))
    if block is not None:
        return block
    if number in text.apart and (_pieces(rest) or number - 1 in text.apart or BULLET.match(lines[number - 1])):
        return number
    if number == 0 or len(_pieces(rest)) >= 2 or not _is_header(lines[number - 1]) or RANGE.search(lines[number - 1]):
        return number
    if rest and ROLES.search(rest) and not _stands_apart(lines, number - 1):
        return number
    if _pieces(rest):
        return number - 1
    if _is_title_over_employer(lines, number - 2):
        return number - 2
    return _line_of_employer_over_title(lines, number - 1)


def _top_of_block(text: _Lines, number: int, names: int) -> int | None:
    """The first line of a header that stands apart from what is above; `names` are those on the dated line.

    Capitals over a header that is complete without them are a heading of which no list knows.
    """
    if names >= 2:
        above, line = number - 1, text.filled[number - 1]
        is_header = above in text.apart and number not in text.apart and _is_header(line) and not RANGE.search(line)
        return above if is_header and (len(_pieces(line)) > 1 or ORGANISATIONS.search(line)) else None
    for place in range(number - 1, max(-1, number - 4), -1):
        line = text.filled[place]
        if not _is_header(line) or RANGE.search(line):
            return None
        if line.isupper() and names + number - place - 1 >= 2:
            return place + 1
        if place in text.apart:
            return place
    return None


def _is_title_over_employer(lines: list[str], number: int) -> bool:
    """Whether a title stands on this line, and a line without one below it."""
    if number < 0 or not _is_header(lines[number]) or RANGE.search(lines[number]):
        return False
    return bool(ROLES.search(lines[number])) and not ROLES.search(lines[number + 1])


def _line_of_employer_over_title(lines: list[str], number: int) -> int:
    """The line above a title when it names an employer, perhaps with how long it was in between; else the title's."""
    if not ROLES.search(lines[number]):
        return number
    above = number - 2 if number > 1 and DURATION.fullmatch(lines[number - 1].strip()) else number - 1
    is_employer = above >= 0 and _is_header(lines[above]) and not ROLES.search(lines[above])
    return above if is_employer and not RANGE.search(lines[above]) and _stands_apart(lines, above) else number


def _stands_apart(lines: list[str], number: int) -> bool:
    """Whether a line begins anew: the one above is a bullet, ends a sentence, or goes on from another."""
    above = lines[number - 1].strip()
    return number == 0 or bool(BULLET.match(lines[number - 1])) or above.endswith((".", "!", ":")) or above[0].islower()


def _is_header(line: str) -> bool:
    """Whether a line could name a title or an employer."""
    plain = line.strip()
    if len(plain) > LONGEST_HEADER or BULLET.match(line) or plain.endswith((";", ":", ",")):
        return False
    if _is_labelled(line):
        return True
    return not OTHER_LABEL.match(plain) and (not plain.endswith(".") or bool(ABBREVIATED.search(plain)))


def _names(rest: str, above: list[str], below: list[str]) -> tuple[str, str, int]:
    """Title and organisation out of the header, and how many lines below belong to it; a role's name is the title."""
    title, organisation, last = _labelled([*above, *below[:LABELS_WITHIN]], len(above))
    pieces = [piece for line in [*above, rest] if not _is_labelled(line) for piece in _pieces(line)]
    taken = 0
    while taken < 2 and taken < len(below) and _continues_header(below[taken], pieces):
        more = _pieces(below[taken])
        is_whole = len(more) > 1 and ROLES.search(below[taken]) and not any(map(ROLES.search, pieces))
        pieces = [*more, *pieces] if is_whole else [*pieces, *more]
        taken += 1
    roles = [piece for piece in pieces if ROLES.search(piece)]
    alone = next((piece for piece in roles if not ORGANISATIONS.search(piece)), roles[0] if roles else None)
    title = title or alone or (pieces[0] if pieces else "")
    others = [piece for piece in pieces if piece is not title]
    named = next((piece for piece in others if ORGANISATIONS.search(piece)), None)
    plain = next((piece for piece in others if not ROLES.search(piece)), others[0] if others else "")
    return title[:200], (organisation or named or plain)[:200], max(taken, last)


def _labelled(lines: list[str], above: int) -> tuple[str, str, int]:
    """Title and employer behind their labels ("Role: ..."), and how many lines below the dates they reach."""
    title = organisation = ""
    last = 0
    for number, line in enumerate(lines):
        plain = _bare(line)
        if (found := TITLE_LABEL.match(plain)) and not title:
            title, last = found["said"].strip(), number + 1 - above
        elif (found := EMPLOYER_LABEL.match(plain)) and not organisation:
            pieces = _pieces(found["said"])
            organisation, last = pieces[0] if pieces else "", number + 1 - above
    return title, organisation, max(0, last)


def _is_labelled(line: str) -> bool:
    return bool(TITLE_LABEL.match(_bare(line)) or EMPLOYER_LABEL.match(_bare(line)))


def _bare(line: str) -> str:
    """A line without the mark of a list's item."""
    return NUMBERED.sub("", line).strip(f" \t{BULLETS}{DASHES}")


def _continues_header(line: str, pieces: list[str]) -> bool:
    """Whether a line below the dates still names title or employer: one of them is open."""
    if not _is_header(line) or len(line.strip()) > LONGEST_NAME or _is_labelled(line):
        return False
    return len(pieces) < 2 or bool(ROLES.search(line) and not any(ROLES.search(piece) for piece in pieces))


def _pieces(line: str) -> list[str]:
    """The parts of a header line, without marks of emphasis, and without how long it was ("6 years 10 months")."""
    parts = (_trimmed(part) for part in SEPARATORS.split(NUMBERED.sub("", line)))
    named = (part for part in parts if not DURATION.fullmatch(part) and not NO_NAME.fullmatch(part))
    return [part for part in named if re.search(r"[^\W\d_]{2}", part)]


def _trimmed(part: str) -> str:
    bare = trimmed(part)
    return f"{bare}." if ABBREVIATED.search(f"{bare}.") and f"{bare}." in part else bare
