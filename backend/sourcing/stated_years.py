"""Years that a CV states: of all experience ("fifteen years' experience"), and of a skill ("Python (6 years)")."""

import re

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


def stated_years(text: str) -> dict[str, float]:
    """The years that stand right beside a skill, by its id: "Python (6 years)", "6 years of Python"."""
    stated: dict[str, float] = {}
    for mention in find_mentions(text):
        before = text[max(0, mention.start - 60) : mention.start]
        beside = YEARS_BEFORE.search(before) or YEARS_AFTER.match(text, mention.end)
        if beside:
            stated[mention.skill.id] = max(written_number(beside[1]), stated.get(mention.skill.id, 0.0))
    return stated


def claimed_years(text: str) -> float | None:
    """The years of experience that a text claims as a whole."""
    claimed = STATED_EXPERIENCE.search(text)
    return written_number(claimed[1]) if claimed else None


def written_number(written: str) -> float:
    """Return a number written in digits or in a word of `NUMBER_WORDS`."""
    return float(NUMBER_WORDS.get(written.lower()) or written.replace(",", "."))
