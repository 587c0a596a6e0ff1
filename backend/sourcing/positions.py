"""The dated positions of a CV: title, organisation, from when to when, and the lines that tell of each."""

import re
from dataclasses import dataclass
from datetime import date

from sourcing.periods import RANGE, Period, period_in
from sourcing.punctuation import BULLETS, DASHES

ROLES = re.compile(
    r"\b\w*(?:engineer|developer|programmer|architect|designer|manager|lead|head|director|officer|executive|chief|founder|"
    r"partner|consultant|adviser|advisor|analyst|scientist|statistician|economist|chemist|"
    r"biologist|physicist|psychologist|researcher|postdoc|fellow|specialist|expert|coordinator|organiser|"
    r"administrator|assistant|associate|clerk|secretary|intern|trainee|apprentice|student|nurse|doctor|physician|midwife|"
    r"therapist|pharmacist|monitor|technician|mechanic|electrician|carpenter|foreman|supervisor|inspector|surveyor|"
    r"planner|estimator|modeller|drafter|lawyer|counsel|solicitor|barrister|attorney|paralegal|notary|accountant|auditor|"
    r"controller|treasurer|banker|broker|strategist|marketer|editor|writer|author|journalist|copywriter|translator|"
    r"interpreter|photographer|producer|teacher|lecturer|tutor|trainer|coach|professor|librarian|chef|cook|waiter|farmer|"
    r"gardener|driver|operator|buyer|seller|merchandiser|recruiter|representative|agent|tester|owner|master|freelancer|"
    r"freelance|volunteer|worker|carer|caregiver|instructor|deputy|member)s?\b"
    r"|\b\w*(?:entwickler|berater|leiter|ingenieur|architekt|techniker|mechaniker|elektriker|pfleger|therapeut|apotheker|"
    r"lehrer|dozent|wissenschaftler|forscher|mitarbeiter|assistent|sachbearbeiter|verkäufer|einkäufer|buchhalter|"
    r"redakteur|übersetzer|gestalter|planer|prüfer|geschäftsführer|praktikant|werkstudent|fahrer|freiberufler|referent)"
    r"(?:[:*]?in)?\b|\b\w*(?:arzt|ärztin|kaufmann|kauffrau|leitung|auszubildende[r]?|krankenschwester)\b",
    re.IGNORECASE,
)
ORGANISATIONS = re.compile(
    r"\b(?:gmbh|ag|ltd|limited|inc|llc|plc|co|corp|company|group|bank|hospital|clinic|university|college|school|"
    r"institute|academy|ministry|council|agency|studio|foundation|association|various clients)\b",
    re.IGNORECASE,
)
BULLET = re.compile(rf"\s*[o+{BULLETS}{DASHES}]\s+")
SEPARATORS = re.compile(rf"\t|\s[|{BULLETS}]\s|\s[{DASHES}]\s|\s{{3,}}|,\s|\s(?:at|bei|@)\s|\(|\)")
DURATION = re.compile(
    r"(?:\d{1,2}\s*(?:years?|yrs?|months?|mos?|jahre?n?|monate?n?)\b\.?[\s,]*(?:and|und)?\s*)+", re.IGNORECASE
)
LONGEST_HEADER = 110
LONGEST_NAME = 60


@dataclass(frozen=True)
class Position:
    """One position; `lines` are all that tell of it, its header included."""

    title: str
    organisation: str
    period: Period
    lines: tuple[str, ...]


def find_positions(lines: list[str], today: date) -> list[Position]:
    """The positions in the order of the text. A line with a period is the mark of each."""
    filled = [line for line in lines if line.strip()]
    dated = [(number, found) for number, line in enumerate(filled) if (found := _dated_header(line, today))]
    starts = [_first_line(filled, number, found[1]) for number, found in dated]
    positions = []
    for index, (number, (period, rest)) in enumerate(dated):
        after = starts[index + 1] if index + 1 < len(dated) else len(filled)
        before = filled[starts[index] : number]
        title, organisation = _names(rest, before, filled[number + 1 : after])
        positions.append(Position(title, organisation, period, tuple(filled[starts[index] : max(after, number + 1)])))
    return positions


def _dated_header(line: str, today: date) -> tuple[Period, str] | None:
    """The period of a line that may head a position, and what else it says; a sentence that tells of years is none."""
    if len(line) > LONGEST_HEADER or BULLET.match(line):
        return None
    return period_in(line, today)


def _first_line(lines: list[str], number: int, rest: str) -> int:
    """Where a position's header begins: on the line above, when the dated line leaves title or employer open."""
    if number == 0 or len(_pieces(rest)) >= 2 or not _is_header(lines[number - 1]) or RANGE.search(lines[number - 1]):
        return number
    if rest and ROLES.search(rest) and not _stands_apart(lines, number - 1):
        return number
    if _pieces(rest):
        return number - 1
    if _is_title_over_employer(lines, number - 2):
        return number - 2
    return _line_of_employer_over_title(lines, number - 1)


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
    """Whether a line is no continuation of the one above it: that one is a bullet or ends a sentence."""
    return number == 0 or bool(BULLET.match(lines[number - 1])) or lines[number - 1].rstrip().endswith((".", "!", ":"))


def _is_header(line: str) -> bool:
    """Whether a line could name a title or an employer."""
    plain = line.strip()
    return len(plain) <= LONGEST_HEADER and not BULLET.match(line) and not plain.endswith((".", ";", ":", ","))


def _names(rest: str, above: list[str], below: list[str]) -> tuple[str, str]:
    """Title and organisation out of the header: what names a role is the title."""
    pieces = [piece for line in [*above, rest] for piece in _pieces(line)]
    if below and _is_header(below[0]) and len(below[0]) <= LONGEST_NAME:
        is_title_below = ROLES.search(below[0]) and not any(ROLES.search(piece) for piece in pieces)
        pieces += _pieces(below[0]) if len(pieces) < 2 or is_title_below else []
    if not pieces:
        return "", ""
    title = next((piece for piece in pieces if ROLES.search(piece)), pieces[0])
    others = [piece for piece in pieces if piece is not title]
    organisation = next((piece for piece in others if ORGANISATIONS.search(piece)), others[0] if others else "")
    return title[:200], organisation[:200]


def _pieces(line: str) -> list[str]:
    """The parts of a header line, without marks of emphasis, and without how long it was ("6 years 10 months")."""
    parts = (part.strip(f" \t_#.,:|{BULLETS}{DASHES}") for part in SEPARATORS.split(line))
    return [part for part in parts if re.search(r"[^\W\d_]{2}", part) and not DURATION.fullmatch(part)]
