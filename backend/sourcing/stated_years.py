"""Years that a CV states: of all experience ("fifteen years' experience"), and of a skill ("Python (6 years)").

Also in a table of skills with a column for years.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from sourcing.punctuation import APOSTROPHES, DASHES
from sourcing.skill_mentions import find_mentions

ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
GERMAN = (
    "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig"
)
NUMBER_WORDS = {word: number for words in (ENGLISH, GERMAN) for number, word in enumerate(words.split(), start=1)}
NUMBER = rf"(?<![\d.,])(\d{{1,2}}(?:[.,]\d)?|\b(?:{'|'.join(NUMBER_WORDS)})\b)"
YEARS = r"(?:years?|yrs?|jahren?|ans|años?|anni|jaar)"
EXPERIENCE = r"(?:experience|practice|(?:berufs|praxis)?erfahrung|expérience|experiencia|esperienza|ervaring)"
STATED_EXPERIENCE = re.compile(
    rf"{NUMBER}\s*(?:\+\s*)?{YEARS}[{APOSTROPHES}]?(?:\s+of)?(?:\s+[\w-]+){{0,3}}?"
    rf"\s+(?:d[{APOSTROPHES}]|de\s|di\s)?{EXPERIENCE}\b",
    re.IGNORECASE,
)
OF_ANOTHER = r"\s+(?:of\s+(?!experience)|(?:of\s+)?(?:experience\s+)?(?:in|with)\s)"
YEARS_AFTER = re.compile(rf"\s*[(:,{DASHES}]?\s*{NUMBER}\s*(?:\+\s*)?{YEARS}\b(?!{OF_ANOTHER})", re.IGNORECASE)
YEARS_BEFORE = re.compile(
    rf"{NUMBER}\s*(?:\+\s*)?{YEARS}[{APOSTROPHES}]?(?:\s+(?:of|de|di))?"
    rf"(?:\s+(?:d[{APOSTROPHES}]|professional\s+)?{EXPERIENCE})?(?:\s+(?:with|in|of|mit|de|en|di|con|met))?\s+$",
    re.IGNORECASE,
)


LONGEST_ROW = 200
CELLS = re.compile(r"[^\S\n]*\|[^\S\n]*|\s{3,}")
SKILLS_COLUMN = re.compile(
    r"\W*(?:(?:technical |it )?skills?|technolog(?:y|ies)|tools?|software|competenc\w+|area)\b", re.I
)
YEARS_COLUMN = re.compile(rf"(?:no\.? of |years of |in )?\(?(?:{YEARS}|experience \(years\))\)?(?: of)?(?: \w+)?", re.I)
YEARS_CELL = re.compile(rf"(\d{{1,2}}(?:[.,]\d)?)\s?\+?\s?(?:{YEARS})?", re.I)


def stated_years(text: str) -> dict[str, float]:
    """The years that stand right beside a skill, by its id: "Python (6 years)", "6 years of Python"."""
    stated: dict[str, float] = {}
    rows = list(_rows(text))
    for mention in find_mentions(text):
        before = text[max(0, mention.start - 60) : mention.start]
        beside = YEARS_BEFORE.search(before) or YEARS_AFTER.match(text, mention.end)
        at = bisect_right(rows, (mention.start, len(text), 0.0)) - 1
        in_row = rows[at][2] if at >= 0 and mention.end <= rows[at][1] else None
        years = written_number(beside[1]) if beside else in_row
        if years is not None:
            stated[mention.skill.id] = max(years, stated.get(mention.skill.id, 0.0))
    return stated


def _rows(text: str) -> Iterator[tuple[int, int, float]]:
    """The rows of tables of skills: where the first cell begins and ends, and the years of the row."""
    start, column, cells_above = 0, 0, 0
    for line in text.split("\n"):
        cells = CELLS.split(line.strip()) if len(line) <= LONGEST_ROW else []
        if SKILLS_COLUMN.match(line) and len(cells) > 1:
            named = [at for at, cell in enumerate(cells) if at and YEARS_COLUMN.fullmatch(cell)]
            column, cells_above = (named[0] if named else 0), len(cells)
        elif column and len(cells) == cells_above and (years := YEARS_CELL.fullmatch(cells[column])):
            first = line.index(cells[0])
            yield start + first, start + first + len(cells[0]), written_number(years[1])
        else:
            column = 0
        start += len(line) + 1


def claimed_years(text: str) -> float | None:
    """The years of experience that a text claims as a whole."""
    claimed = STATED_EXPERIENCE.search(text)
    return written_number(claimed[1]) if claimed else None


def written_number(written: str) -> float:
    """Return a number written in digits or in a word of `NUMBER_WORDS`."""
    return float(NUMBER_WORDS.get(written.lower()) or written.replace(",", "."))
