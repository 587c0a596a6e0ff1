"""Dated periods in a text ("2018 - 2022", "Mar 2019 to present", "seit 03/2021") and how long they are together.

From and to may also stand in two columns of a table.

Time is counted in months. A month that is named counts whole, also the last one; a bare year begins and ends in its
January, so that "2018 - 2020" and "2020 - 2022" are four years together. Half a year is the least.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sourcing.dates import DASH, DATE, MONTH_ALONE, NOW, PART_DATE, YEAR, Month, month_of, without
from sourcing.patterns import LatePattern

LEAST_MONTHS = 6
FIRST_YEAR = 1950
LONGEST_DATE = 40

_TO = rf"(?:{DASH}|\b(?:to|until|till|through|bis|hasta|jusqu'(?:à|en|au)|al|até|tot|t/m)\b|\b(?:à|au|ad?)\s)"
_NEXT_COLUMN = r"(?:\s*\|\s*|\s{3,})"
_SINCE = r"(?:since|from|seit|von|ab|depuis|desde|dal|dall'|da|du|de|sinds|vanaf|van)"
RANGE = LatePattern(
    rf"(?<![\w/])(?:"
    rf"(?P<interval>{YEAR}-\d\d)/(?P<interval_end>{YEAR}-\d\d)"
    rf"|(?P<start>{DATE})(?:\s*{_TO}\s*(?:(?:bis|till?|until|a la|la)\s+)?|{_NEXT_COLUMN})(?P<end>{DATE}|{NOW})"
    rf"|(?:{_SINCE})\s+(?P<since>{DATE})(?:\s*{_TO}\s*(?:(?P<until>{DATE})|{NOW}))?"
    rf"|(?P<first>{MONTH_ALONE})\s?{DASH}\s?(?P<last>{MONTH_ALONE})[\s/.]{{1,2}}(?P<year>{YEAR})"
    rf"|(?P<years>{YEAR})(?:[\u2013\u2014](?P<later>\d\d)|[-/](?P<after>\d\d|{YEAR})"
    rf"|\s{DASH}\s(?P<spaced>\d\d)(?=\s*$|\s{{3,}}|\s*[,;)|]|(?-i:\s[A-Z])))"
    rf"|(?P<open>{DATE})(?:\s?(?:onwards?|ongoing|{DASH}(?=\s*$|\s*\t|\s{{3,}}))|{DASH}(?=\s[^\W\d_]))"
    rf"|{NOW}\s*{DASH}\s*(?P<back>{DATE})"
    rf"|(?P<part>{PART_DATE})"
    rf")(?!\w|-\d)"
)


DATE_ALONE = LatePattern(rf"{DATE}\s?(?:{DASH})?|(?:{DASH})?\s?(?:{DATE}|{NOW})")


@dataclass(frozen=True)
class Period:
    """From a month to a month; `end` is `None` when it lasts to this day."""

    start: Month
    end: Month | None

    def months(self, today: date) -> tuple[int, int]:
        """First month and the one after the last, counted from year nought."""
        first = self.start.year * 12 + (self.start.month or 1) - 1
        now = today.year * 12 + today.month
        if self.end is None:
            return first, max(first + 1, now)
        last = self.end.year * 12 + (self.end.month or 0)
        return first, max(first + 1, min(last, now))


def period_in(line: str, today: date) -> tuple[Period, str] | None:
    """The first believable period of a line, and the line without it."""
    for match in RANGE.finditer(line):
        start, end = _ends(match)
        if start is None or start.year < FIRST_YEAR or (start.year, start.month or 1) > (today.year, today.month):
            continue
        if end is not None and (end.year, end.month or 12) < (start.year, start.month or 1):
            continue
        return Period(start, end), without(line, match)
    return None


def is_date(text: str) -> bool:
    """Whether a short text is a period or a year and nothing else."""
    return len(text) <= LONGEST_DATE and (RANGE.fullmatch(text) or DATE_ALONE.fullmatch(text)) is not None


def _ends(match: re.Match[str]) -> tuple[Month | None, Month | None]:
    """From and to; `None` for "present" and its like."""
    said = match.groupdict()
    if said["first"]:
        return month_of(f"{said['first']} {said['year']}"), month_of(f"{said['last']} {said['year']}")
    if said["years"]:
        last = said["later"] or said["after"] or said["spaced"]
        return month_of(said["years"]), month_of(said["years"][: 4 - len(last)] + last)
    if said["part"]:
        return month_of(said["part"]), month_of(said["part"], is_end=True)
    start = said["start"] or said["since"] or said["open"] or said["back"] or said["interval"]
    return month_of(start), month_of(said["end"] or said["until"] or said["interval_end"] or "", is_end=True)


def years_of(periods: Iterable[Period], today: date) -> float:
    """How many years the periods cover together; what overlaps counts once."""
    total, reached = 0, 0
    for first, after in sorted(period.months(today) for period in periods):
        total += max(0, after - max(first, reached))
        reached = max(reached, after)
    return round(max(total, LEAST_MONTHS) / 12, 1) if total else 0.0
