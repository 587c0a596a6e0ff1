"""When a name counts in a text: words that are names only sometimes ("Go", "R", "Excel") have a rule."""

import re

from sourcing.punctuation import BULLETS, DASHES
from sourcing.skill_list import Name, Rule
from sourcing.small_letters import is_listed_in_small

BEFORE_AN_ITEM = re.compile(
    rf"(?:^|[,;|/:({BULLETS}]|(?:^|\s)[{DASHES}]|\b(?:in|with|using))\s*\Z", re.IGNORECASE | re.MULTILINE
)
AFTER_AN_ITEM = re.compile(rf"\s*(?:\Z|[,;|/({BULLETS})]|\s[{DASHES}]\s|\.(?:\s|$)|\b(?:and|or)\b)")
AFTER_A_PREPOSITION = re.compile(r"\b(?:in|using)\s\Z", re.IGNORECASE)
BEFORE_A_PURPOSE = re.compile(r"\s(?:for|on|to|under|with)\s")
"""Beside names that are hardly a word ("firmware in C for small devices"): "in Spring for" may be a season."""
BETWEEN_ITEMS = ("and", "or", "&")
INITIAL = re.compile(r"\.[^\S\n]*[A-Z]")
AS_INITIALS_STAND = re.compile(r"(?:^|[,;:(])\s*\Z", re.MULTILINE)
"""A single letter between these is more often part of a name ("R. Miller") than the last item of a list."""
BEGINNING = re.compile(rf"(?:^|[.!?]\s|[{BULLETS}{DASHES}]\s)\s*\Z", re.MULTILINE)
AFTER_A_VERB = re.compile(
    r"\s+(?:at|under|when|beyond|in (?:[\w-]+ ){0,3}(?:environment|situation|setting|team|role|position)s?)\b"
)
"""What makes a verb of a capital that begins a sentence ("Excel at ...")."""
BESIDE = 40
"""How many characters beside a word may say that it is an item of a list."""


def holds(name: Name, text: str, start: int, end: int, last_end: int) -> bool:
    """Whether the text does what the name's rule asks; `last_end` is where the mention before it ends."""
    if name.rule in (Rule.ANY, Rule.TYPED):
        return name.rule is Rule.ANY
    capitals = name.written != name.written.lower()
    if capitals and not " ".join(text[start:end].split()).startswith(name.written):
        return is_listed_in_small(name, text, start, end)
    if capitals and _is_verb(text, start, end):
        return False
    return name.rule is Rule.CASE or _is_an_item(text, start, end, last_end)


def _is_verb(text: str, start: int, end: int) -> bool:
    """Whether a word with a capital reads as the verb that begins a sentence ("Excel at calming people down")."""
    return bool(AFTER_A_VERB.match(text, end) and BEGINNING.search(text, max(0, start - BESIDE), start))


def _is_an_item(text: str, start: int, end: int, last_end: int) -> bool:
    """Whether a word stands as an item of a list: set off by punctuation, or joined to a skill just named."""
    near, far = max(0, start - BESIDE), min(len(text), end + BESIDE)
    line_start, line_end = text.rfind("\n", near, start) + 1, text.find("\n", end, far)
    joined = last_end >= near and text[last_end:start].strip() in BETWEEN_ITEMS
    if text[near:start].endswith("(") and text[end:far].startswith(")") and end - start == 1:
        return False
    if end - start == 1 and INITIAL.match(text, end, far) and AS_INITIALS_STAND.search(text, near, start):
        return False
    if end - start <= 2 and AFTER_A_PREPOSITION.search(text, near, start) and BEFORE_A_PURPOSE.match(text, end, far):
        return True
    if not joined and not BEFORE_AN_ITEM.search(text, max(line_start, near), start):
        return False
    return bool(AFTER_AN_ITEM.match(text, end, line_end if line_end >= 0 else far))
