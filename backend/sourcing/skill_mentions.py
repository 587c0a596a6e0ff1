"""The places of a text that name a skill.

Two searches, each in one pass. Names of our own file have characters of their own ("C++", "Node.js", ".NET"): they
become one regular expression, folded into a tree of common beginnings. Those of ESCO are phrases (`skill_phrases.py`).
The longest name wins ("Node.js" is not "JS", "C++" is not "C"), and our own names go before ESCO's.

What is named as not there ("no experience with Java, ...") is no mention, up to the end of its sentence or line.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from sourcing.name_rules import holds
from sourcing.punctuation import APOSTROPHES
from sourcing.skill_list import Mention, own_name_of, skill_list
from sourcing.skill_phrases import GAP, phrase_mentions

ADDRESSES = re.compile(r"(?<!\S)\S+@\S+|(?:https?://|www\.)\S+|\b(?<![\w-])(?<!\w\.)(?<!-\.)[\w-]+(?:\.[\w-]+)+/\S*")
NOT_THERE = re.compile(
    r"\b(?:no|without|lacking|keine?|keinerlei|ohne)\s+(?:[\w-]{1,30}\s+){0,2}?"
    r"(?:experience|knowledge|erfahrung(?:en)?|kenntnisse?)\s+(?:with|in|of|mit|von)\b"
    r"\s*(?:(?!\.\s|[;!?\n]|\bbut\b|\baber\b).)*",
    re.IGNORECASE,
)


def find_mentions(text: str) -> list[Mention]:
    """Every place that names a skill, in order. One may lie within another ("audit" in "conduct energy audit")."""
    searched = without_denials(text)
    own = list(_own_mentions(searched))
    phrases = [mention for mention in phrase_mentions(searched) if not any(_less(mention, name) for name in own)]
    return sorted([*own, *phrases], key=lambda mention: (mention.start, mention.end))


def without_denials(text: str) -> str:
    """The text with blanks for addresses and for what it says not to be there; offsets stay."""
    return NOT_THERE.sub(_blanked, ADDRESSES.sub(_blanked, text))


def _blanked(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _less(phrase: Mention, name: Mention) -> bool:
    """Whether a name of our own file stands in the phrase's place; it may stand inside of a preferred label of ESCO."""
    if phrase.start >= name.end or name.start >= phrase.end:
        return False
    inside = phrase.start <= name.start and name.end <= phrase.end and phrase.end - phrase.start > name.end - name.start
    return not (inside and phrase.method != "alias")


def _own_mentions(searched: str) -> Iterator[Mention]:
    last_end = -1
    for match in _pattern().finditer(searched):
        name = own_name_of(match[0])
        if name is not None and holds(name, searched, match.start(), match.end(), last_end):
            last_end = match.end()
            yield Mention(name.skill, name.method, match.start(), match.end())


@cache
def _pattern() -> re.Pattern[str]:
    """Our own names as one expression. A plural's s may follow a name, but no letter, and no + or # ("C++")."""
    tree: dict[str, Any] = {}
    for key in skill_list().own_names:
        branch = tree
        for character in key:
            branch = branch.setdefault(character, {})
        branch[""] = {}
    return re.compile(
        rf"(?<![\w.@+#&\\])(?:{_expression(tree)})(?:[{APOSTROPHES}]?s)?(?![\w+#@]|&\w|-\d)", re.IGNORECASE
    )


def _expression(tree: dict[str, Any]) -> str:
    """A tree of characters as an expression that prefers the longer name."""
    branches = [(GAP if head == " " else re.escape(head)) + _expression(tail) for head, tail in tree.items() if head]
    if not branches:
        return ""
    together = branches[0] if len(branches) == 1 and "" not in tree else f"(?:{'|'.join(branches)})"
    return f"{together}?" if "" in tree else together
