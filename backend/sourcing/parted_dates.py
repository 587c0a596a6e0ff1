"""Dates that a narrow cell of a table has parted: "07/2014 -" on one line, "02/2019" on the next; or "to" between."""

from collections.abc import Iterator
from itertools import pairwise

from sourcing.dates import DASH, DATE, NOW, month_of
from sourcing.patterns import LatePattern
from sourcing.punctuation import DASHES

LONGEST = 200
TO = frozenset(("to", "until", "till", "through", "bis", *DASHES))
ALONE = LatePattern(rf"\s*{DATE}\s*")
FROM = LatePattern(rf"\s*(?P<start>{DATE})\s*(?P<dash>{DASH})(?P<beside>\s{{3,}}\S.*|\s*)")
UNTIL = LatePattern(rf"\s*(?P<end>{DATE}|{NOW}|\d\d)(?P<beside>\s{{3,}}\S.*|\s*)")


def with_whole_dates(text: str) -> str:
    """The text with each such period on its first line; a second line that says no more is left out."""
    return "\n".join(_whole(list(_with_dashes(text.split("\n")))))


def _with_dashes(lines: list[str]) -> Iterator[str]:
    """The lines, with a "to" that has one of its own put as a dash behind the date above it."""
    is_taken = False
    for line, below in pairwise([*lines, ""]):
        if is_taken:
            is_taken = False
        elif below.strip().casefold() in TO and len(line) <= LONGEST and ALONE.fullmatch(line):
            is_taken = True
            yield f"{line.rstrip()} -"
        else:
            yield line


def _whole(lines: list[str]) -> Iterator[str]:
    is_taken, beside = False, ""
    for line, below in pairwise([*lines, ""]):
        line, was_taken = (beside, True) if is_taken else (line, False)
        is_taken = False
        if not was_taken and (joined := _joined(line, below)):
            is_taken, (line, beside) = True, joined
        if line or not was_taken:
            yield line


def _joined(line: str, below: str) -> tuple[str, str] | None:
    """Both lines when they are the two of such a period."""
    if len(line) > LONGEST or len(below) > LONGEST:
        return None
    first = FROM.fullmatch(line)
    second = UNTIL.fullmatch(below) if first else None
    if first is None or second is None or not _is_later(first["start"], second["end"]):
        return None
    whole = f"{first['start']} {first['dash']} {second['end']}{first['beside']}"
    return whole, second["beside"].strip()


def _is_later(start: str, end: str) -> bool:
    begins, ends = month_of(start), month_of(end, is_end=True)
    return begins is not None and (ends is None or (ends.year, ends.month or 12) >= (begins.year, begins.month or 1))
