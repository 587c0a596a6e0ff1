"""Dated periods in a text ("2018 - 2022", "Mar 2019 to present", "since 03/2021") and how long they are together.

Time is counted in months. A month that is named counts whole, also the last one; a bare year begins and ends in its
January, so that "2018 - 2020" and "2020 - 2022" are four years together. Half a year is the least.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sourcing.punctuation import APOSTROPHES, DASHES

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LEAST_MONTHS = 6
FIRST_YEAR = 1950

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = rf"(?:(?:{_MONTH}|\d{{1,2}})\s*[/. ,{APOSTROPHES}]\s*)?(?:19|20)\d\d(?:[-/](?:0[1-9]|1[0-2])(?!\d))?"
_NOW = r"(?:present|now|today|current(?:ly)?|ongoing|to date|date)"
RANGE = re.compile(
    rf"(?<![\w/])(?:(?P<start>{_DATE})\s*(?:[{DASHES}]|\bto\b|\buntil\b|\btill\b)\s*(?P<end>{_DATE}|{_NOW})"
    rf"|(?:since|from)\s+(?P<since>{_DATE})(?:\s*(?:[{DASHES}]|\bto\b)\s*{_NOW})?)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Month:
    """A point in time as written: the month is `None` where only a year is given."""

    year: int
    month: int | None

    def __str__(self) -> str:
        """As ISO 8601 has it: `2019-03` or `2019`."""
        return str(self.year) if self.month is None else f"{self.year}-{self.month:02d}"


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
        start = _month(match["start"] or match["since"])
        end = None if match["end"] is None else _month(match["end"])
        if start is None or start.year < FIRST_YEAR or (start.year, start.month or 1) > (today.year, today.month):
            continue
        if end is not None and (end.year, end.month or 12) < (start.year, start.month or 1):
            continue
        return Period(start, end), f"{line[: match.start()].rstrip(' (')}\t{line[match.end() :].lstrip(' )')}".strip()
    return None


def years_of(periods: Iterable[Period], today: date) -> float:
    """How many years the periods cover together; what overlaps counts once."""
    total, reached = 0, 0
    for first, after in sorted(period.months(today) for period in periods):
        total += max(0, after - max(first, reached))
        reached = max(reached, after)
    return round(max(total, LEAST_MONTHS) / 12, 1) if total else 0.0


def _month(written: str) -> Month | None:
    """A date as written, or `None` for "present" and its like."""
    year = re.search(r"(?:19|20)\d\d", written)
    if year is None:
        return None
    named = next((number for number, name in enumerate(MONTHS, 1) if written.lower().startswith(name)), None)
    if named is not None:
        return Month(int(year[0]), named)
    digits = re.search(r"(?<!\d)(\d{1,2})(?!\d)", written[: year.start()] + " " + written[year.end() :])
    number = int(digits[1]) if digits else 0
    return Month(int(year[0]), number if 1 <= number <= 12 else None)
