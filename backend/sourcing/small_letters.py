"""Names of technology in small letters: items of a list of such ("react, node.js"), alone everyday words."""

import re
from itertools import takewhile

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
_BETWEEN = r"(?:[,;|/\n]|\s(?:and|or|&)\s)"
BETWEEN = re.compile(_BETWEEN)
BEFORE = re.compile(rf"(?:\A|[,;|/:(\n]|\s(?:and|or|&|on|with|using|in)\s)[^\S\n]*[{BULLETS}{DASHES}]?[^\S\n]*\Z")
AFTER = re.compile(r"[^\S\n]*(?:[,;|/)\n]|\s(?:and|or|&)\s|\.?[^\S\n]*(?:\n|\Z))")


def is_listed_in_small(name: Name, text: str, start: int, end: int) -> bool:
    """Whether a name of technology stands in small letters beside another, in a list with one that is no other word."""
    if name.skill.category not in CATEGORIES or not text[start:end].islower():
        return False
    near, far = max(0, start - BESIDE), min(len(text), end + BESIDE)
    if not BEFORE.search(text, near, start) or not AFTER.match(text, end, far):
        return False
    before, after = BETWEEN.split(text[near:start])[-2::-1], BETWEEN.split(text[end:far])[1:]
    return any(
        found is not None and found.rule is Rule.ANY
        for side in (before, after)
        for found in takewhile(lambda found: found is not None, map(_technology, side))
    )


def _technology(item: str) -> Name | None:
    """The name that an item in small letters is, behind a label or a bullet."""
    bare = item.rpartition(":")[2].strip(f" \t.(){BULLETS}{DASHES}")
    name = own_name_of(bare) if bare.islower() else None
    return name if name and name.skill.category in CATEGORIES else None
