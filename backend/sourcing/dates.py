"""Single dates as CVs write them: by month, quarter, season or year, in words or numbers.

Months are known in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish.
"""

import re
from dataclasses import dataclass

from sourcing.patterns import LatePattern
from sourcing.punctuation import APOSTROPHES, DASHES

MONTH_NAMES = (
    r"january?|januari|januar|jänner|jän|janvier|janv|janeiro|jan|enero|ene|gennaio|gen|stycze[nń]|stycznia",
    r"february?|februari|februar|feber|février|févr|fév|fevereiro|fev|febrero|febbraio|feb|luty|lutego",
    r"march|märz|mär|mrz|mars|marzo|março|maart|mrt|mar|marzec|marca",
    r"april|aprile|avril|avr|abril|abr|apr|kwiecie[nń]|kwietnia",
    r"may|mai|mayo|maggio|mag|maio|mei|maj|maja",
    r"june|juni|juin|junio|giugno|giu|junho|jun|czerwiec|czerwca",
    r"july|juli|juillet|juil|julio|luglio|lug|julho|jul|lipiec|lipca",
    r"august|augustus|août|aout|agosto|ago|aug|sierpie[nń]|sierpnia",
    r"september|septembre|septiembre|settembre|setembro|sept|sep|set|wrzesie[nń]|września",
    r"october|oktober|octobre|octubre|ottobre|ott|outubro|out|oct|okt|październik|października",
    r"november|novembre|noviembre|novembro|nov|listopada?",
    r"december|dezember|décembre|diciembre|dicembre|dezembro|déc|dec|dez|dic|grudzie[nń]|grudnia",
)
"""January to December; of names that begin alike the longer stands first."""

PARTS_OF_YEARS: dict[str, tuple[int, int]] = {
    r"wintersemester|wise|ws": (10, 12),
    r"sommersemester|sose|ss": (4, 9),
    r"q1|1st quarter|1\. quartal|early|anfang|spring term": (1, 3),
    r"q2|2nd quarter|2\. quartal": (4, 6),
    r"q3|3rd quarter|3\. quartal": (7, 9),
    r"q4|4th quarter|4\. quartal|late|end of|ende": (10, 12),
    r"spring|frühjahr|frühling|printemps|primavera": (3, 5),
    r"summer|sommer|été|verano|estate|mid|mitte": (6, 8),
    r"autumn|fall|herbst|automne|otoño|autunno": (9, 11),
    r"winter|hiver|invierno|inverno": (12, 12),
}
"""First and last month of what may stand in a month's place."""

LAST_SHORT_YEAR = 49
"""A year of two digits is of this century up to here."""

NOW = (
    rf"(?:present(?: day)?|pres\.|présent|now|today|current(?:ly employed|ly)?|ongoing|to date|date|till date|"
    rf"heute|jetzt|aktuell|laufend|dato|derzeit|momentan|aujourd[{APOSTROPHES}]hui|en cours|ce jour|actualidad|"
    rf"actualmente|"
    r"actual|presente|attuale|in corso|oggi|atualmente|atual|heden|nu|obecnie|nadal|nuvarande|nåværende|现在|現在|至今|"
    r"(?:по )?настоящее время|حتى الآن|الآن)"
)
_MONTH = rf"(?:{'|'.join(MONTH_NAMES)})\b\.?"
MONTH_ALONE = rf"(?:{_MONTH}|0[1-9]|1[0-2])"
YEAR = r"(?:19|20)\d\d"
_ISO_YEAR = rf"{YEAR}(?:[-/.](?:0[1-9]|1[0-2])(?:[-/.]\d\d)?(?!\d)|[./][1-9](?!\d))?"
_NAMED = rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s+)?(?:de\s+)?{_MONTH}(?:\s+\d{{1,2}},)?\s?[-/. ,]?\s?(?:de[l]?\s+)?"
_NUMBERED = rf"(?:\d{{1,2}}[./])?\d{{1,2}}\s?[/. ,{APOSTROPHES}-]\s?"
_CLOSE = r"(?:\d{1,2}[./])?\d{1,2}[/.-]"
_PART = rf"(?:{'|'.join(PARTS_OF_YEARS)})\b[\s/,-]{{0,2}}(?:of\s+)?"
_SHORT_YEAR = (
    rf"(?:(?:{_NAMED}|{_PART})[{APOSTROPHES}]?|[{APOSTROPHES}]|(?:0[1-9]|1[0-2])[/.]|[1-9]/)\d\d(?!\d|[./]\d|\s?%)"
)
PART_DATE = rf"{_PART}{YEAR}(?:/\d\d(?:\d\d)?(?!\d))?"
DATE = rf"(?:{PART_DATE}|(?:{_NAMED}[{APOSTROPHES}]?|{_NUMBERED})?{_ISO_YEAR}|{_SHORT_YEAR})"
DASH = rf"[\u2192~{DASHES}]{{1,3}}"

SINGLE = LatePattern(
    rf"(?<![\w/.{DASHES}])(?:{PART_DATE}|(?:{_NAMED}[{APOSTROPHES}]?|{_CLOSE})?{_ISO_YEAR})(?![\w/]|[-.]\d)"
)
_NAMES = tuple(re.compile(names) for names in MONTH_NAMES)
_PARTS = tuple((re.compile(rf"\b(?:{names})\b"), months) for names, months in PARTS_OF_YEARS.items())


@dataclass(frozen=True)
class Month:
    """A point in time as written: the month is `None` where only a year is given."""

    year: int
    month: int | None

    def __str__(self) -> str:
        """As ISO 8601 has it: `2019-03` or `2019`."""
        return str(self.year) if self.month is None else f"{self.year}-{self.month:02d}"


def date_in(line: str) -> tuple[Month, str] | None:
    """The first date of a line, and the line without it."""
    for match in SINGLE.finditer(line):
        month = month_of(match[0])
        if month is not None:
            return month, without(line, match)
    return None


def without(line: str, match: re.Match[str]) -> str:
    """A line without what was found in it, and without the brackets around that; a tab stands in its place."""
    before, after = line[: match.start()].rstrip(), line[match.end() :].lstrip()
    if before.endswith(("(", "[")) and after.startswith((")", "]")):
        before, after = before[:-1].rstrip(), after[1:].lstrip()
    return f"{before}\t{after}".strip()


def month_of(written: str, *, is_end: bool = False) -> Month | None:
    """A date as written, or `None` where it names no year. Of a quarter or season: its first month, or its last."""
    lower = written.lower()
    year = re.search(YEAR, lower) or re.search(r"\d\d$", lower)
    if year is None:
        return None
    number = int(year[0])
    if number < 100:
        number += 2000 if number <= LAST_SHORT_YEAR else 1900
    beside = f"{lower[: year.start()]} {lower[year.end() :]}"
    for part, months in _PARTS:
        if part.search(beside):
            return Month(number, months[is_end])
    return Month(number, _named_month(beside) or _numbered_month(beside, is_year_first=year.start() == 0))


def _named_month(beside: str) -> int | None:
    for word in re.findall(r"[^\W\d_]{3,}", beside):
        for number, name in enumerate(_NAMES, start=1):
            if name.fullmatch(word):
                return number
    return None


def _numbered_month(beside: str, *, is_year_first: bool) -> int | None:
    """Of day and month, the number beside the year is the month, unless it can only be a day."""
    digits = [int(number) for number in re.findall(r"(?<!\d)\d{1,2}(?!\d)", beside)]
    nearest_first = digits if is_year_first else digits[::-1]
    return next((number for number in nearest_first if 1 <= number <= 12), None)
