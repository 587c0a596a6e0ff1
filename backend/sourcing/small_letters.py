"""Names of technology in small letters: items of a list of such ("react, node.js"), alone everyday words."""

import re

from sourcing.punctuation import BULLETS, DASHES
from sourcing.skill_list import Name, Rule, own_name_of

CATEGORIES = frozenset(
    (
        "programming languages",
        "web front end",
        "web back end",
        "messaging and events",
        "databases",
        "cloud platforms",
        "operations",
        "software practice",
        "mobile and embedded",
        "data engineering",
        "data analysis",
        "machine learning",
    )
)
BESIDE = 60
"""How many characters beside a word its neighbours in a list are looked for in."""
_MARK = r"(?:[,;|/\n]|\s(?:and|or|&)\s)"
_ITEM = r"(?P<item>[^,;|/:()\n]{1,30}?)"
_START = rf"(?:\A|[,;|/:(\n]|\s(?:and|or|&|on|with|using|in)\s)[^\S\n]*[{BULLETS}{DASHES}]?[^\S\n]*"
FIRST = re.compile(rf"{_START}\Z")
AFTER_ANOTHER = re.compile(rf"{_START}{_ITEM}[^\S\n]*{_MARK}[^\S\n]*[{BULLETS}{DASHES}]?[^\S\n]*\Z")
LAST = re.compile(r"[^\S\n]*(?:[,;|/)\n]|\.?[^\S\n]*(?:\n|\Z))")
BEFORE_ANOTHER = re.compile(rf"[^\S\n]*{_MARK}[^\S\n]*[{BULLETS}{DASHES}]?[^\S\n]*{_ITEM}\.?[^\S\n]*(?:[,;|/)\n]|\Z)")


def is_listed_in_small(name: Name, text: str, start: int, end: int) -> bool:
    """Whether a name of technology stands in a list in small letters, beside one that is no everyday word."""
    if name.skill.category not in CATEGORIES or not text[start:end].islower():
        return False
    near, far = max(0, start - BESIDE), min(len(text), end + BESIDE)
    if not FIRST.search(text, near, start) or not LAST.match(text, end, far):
        return False
    neighbours = [AFTER_ANOTHER.search(text, near, start), BEFORE_ANOTHER.match(text, end, far)]
    known = [own for each in neighbours if each and (own := _technology(each["item"].strip()))]
    return any(own.rule is Rule.ANY for own in known) or len(known) == len(neighbours)


def _technology(item: str) -> Name | None:
    name = own_name_of(item) if item.islower() else None
    return name if name and name.skill.category in CATEGORIES else None
