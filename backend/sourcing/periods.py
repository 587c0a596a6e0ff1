"""Dated periods in a text ("2018 - 2022", "Mar 2019 to present", "seit 03/2021") and how long they are together.

English and German are understood. From and to may also stand in two columns of a table.

Time is counted in months. A month that is named counts whole, also the last one; a bare year begins and ends in its
January, so that "2018 - 2020" and "2020 - 2022" are four years together. Half a year is the least.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sourcing.punctuation import APOSTROPHES, DASHES

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
LEAST_MONTHS = 6
FIRST_YEAR = 1950

LAST_SHORT_YEAR = 49
"""A year of two digits is of this century up to here."""

_MONTH = (
    r"(?:jan(?:uary?)?|feb(?:ruary?)?|mar(?:ch)?|märz?|mrz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|"
    r"sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\b\.?"
)
_NAMED = rf"(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+)?{_MONTH}(?:\s+\d{{1,2}},)?\s?[-/. ,]?\s?"
_NUMBERED = rf"(?:\d{{1,2}}\.)?\d{{1,2}}\s?[/. ,{APOSTROPHES}]\s?"
_YEAR = r"(?:19|20)\d\d(?:[-/](?:0[1-9]|1[0-2])(?:-\d\d)?(?!\d))?"
_SHORT_YEAR = rf"(?:{_NAMED}[{APOSTROPHES}]?|(?:0[1-9]|1[0-2])/)\d\d(?!\d|[./]\d)"
_DATE = rf"(?:(?:{_NAMED}[{APOSTROPHES}]?|{_NUMBERED})?{_YEAR}|{_SHORT_YEAR})"
_NOW = r"(?:present(?: day)?|now|today|current(?:ly)?|ongoing|to date|date|heute|jetzt|aktuell|laufend|dato)"
_TO = rf"(?:[\u2192{DASHES}]|\b(?:to|until|till|through|bis)\b)"
_NEXT_COLUMN = r"(?:\s*\|\s*|\s{3,})"
RANGE = re.compile(
    rf"(?<![\w/])(?:(?P<start>{_DATE})(?:\s*{_TO}\s*(?:bis\s+)?|{_NEXT_COLUMN})(?P<end>{_DATE}|{_NOW})"
    rf"|(?:since|from|seit|von|ab)\s+(?P<since>{_DATE})(?:\s*{_TO}\s*(?:(?P<until>{_DATE})|{_NOW}))?)(?!\w)",
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
        end = _month(match["end"] or match["until"] or "")
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
    """A date as written, or `None` for "present" and its like. Of numbers, the one beside the year is the month."""
    year = re.search(r"(?:19|20)\d\d", written) or re.search(r"\d\d$", written)
    if year is None:
        return None
    number = int(year[0])
    if number < 100:
        number += 2000 if number <= LAST_SHORT_YEAR else 1900
    name = re.search(r"[a-zä]{3}", written.lower())
    if name is not None:
        return Month(number, MONTHS[name[0]])
    digits = re.findall(r"(?<!\d)\d{1,2}(?!\d)", written[: year.start()] + " " + written[year.end() :])
    month = int(digits[0] if written.startswith(year[0]) else digits[-1]) if digits else 0
    return Month(number, month if 1 <= month <= 12 else None)
