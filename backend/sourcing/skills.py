"""Skills: the shipped list, finding them in a text by name, and understanding names that people type.

`data/skills.csv` is the list, `data/README.md` says how a row is read. All names become one regular expression, folded
into a tree of common beginnings, so that a text is searched in a single pass and the longest name wins ("Node.js" is
not "JS", "C++" is not "C"). Words that are names only sometimes ("Go", "R", "Excel") carry a rule with them.

What is named as not there ("no experience with Java, ...") is no mention, up to the end of its sentence or line. Only
names of the list are found.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from sourcing.punctuation import APOSTROPHES, BULLETS, DASHES

Method = Literal["name", "alias"]

LIST = Path(__file__).parent / "data" / "skills.csv"
OTHER = "other"
MAX_EVIDENCE = 240

GAP = rf"(?:[{DASHES}]|[ ]?\n[ ]*|[ ]{{1,2}})"
ADDRESSES = re.compile(r"(?<!\S)\S+@\S+|(?:https?://|www\.)\S+|\b(?<![\w-])(?<!\w\.)(?<!-\.)[\w-]+(?:\.[\w-]+)+/\S*")
NOT_THERE = re.compile(
    r"\b(?:no|without|lacking|keine?|keinerlei|ohne)\s+(?:[\w-]{1,30}\s+){0,2}?"
    r"(?:experience|knowledge|erfahrung(?:en)?|kenntnisse?)\s+(?:with|in|of|mit|von)\b"
    r"\s*(?:(?!\.\s|[;!?\n]|\bbut\b|\baber\b).)*",
    re.IGNORECASE,
)
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*[^\w\s(])|\n(?=\s*[A-Z0-9#])")
BEFORE_AN_ITEM = re.compile(rf"(?:^|[,;|/:({BULLETS}{DASHES}]|\b(?:in|with|using))\s*\Z", re.IGNORECASE | re.MULTILINE)
AFTER_AN_ITEM = re.compile(rf"\s*(?:\Z|[,;|/({BULLETS})]|\s[{DASHES}]\s|\.(?:\s|$)|\b(?:and|or)\b)")
BETWEEN_ITEMS = ("and", "or", "&")
BESIDE = 40
"""How many characters beside a word may say that it is an item of a list."""


@dataclass(frozen=True)
class Skill:
    """One skill. `category` is its neighbourhood; `aliases` are other names, without their marks."""

    id: str
    name: str
    category: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundSkill:
    """A skill that a text names: where first (offset of a character), in which sentence, how often, by which name."""

    id: str
    name: str
    evidence: str
    offset: int
    count: int
    method: Method


@dataclass(frozen=True)
class Mention:
    """One place of a text that names a skill."""

    skill: Skill
    method: Method
    start: int
    end: int


class Rule(StrEnum):
    """What a text must do for a name to count: see `data/README.md`."""

    ANY = "any"
    CASE = "case"
    LIST = "list"


MARKS = {"=": Rule.CASE, "~": Rule.LIST}


@dataclass(frozen=True)
class _Name:
    """One of the names of a skill, as it is written, with its rule."""

    written: str
    rule: Rule
    method: Method
    skill: Skill


def find_skills(text: str) -> list[FoundSkill]:
    """The skills that the text names, in the order of their first mention."""
    places: dict[str, list[Mention]] = {}
    for mention in find_mentions(text):
        places.setdefault(mention.skill.id, []).append(mention)
    return [_found(text, mentions) for mentions in places.values()]


def find_mentions(text: str) -> list[Mention]:
    """Every place that names a skill, in order; places do not overlap."""
    searched = NOT_THERE.sub(_blanked, ADDRESSES.sub(_blanked, text))
    mentions: list[Mention] = []
    for match in _pattern().finditer(searched):
        name = _name_of(match[0])
        if name is None or not _holds(name, match, mentions):
            continue
        mentions.append(Mention(name.skill, name.method, match.start(), match.end()))
    return mentions


def _blanked(match: re.Match[str]) -> str:
    return " " * len(match[0])


@lru_cache(maxsize=4096)
def resolve_skill(name: str) -> Skill | None:
    """The listed skill that somebody means who types this name, or `None` when the list does not have it."""
    known = _name_of(name.strip())
    return known.skill if known else all_skills().get(_slug(name))


def skill_for(name: str) -> Skill:
    """The listed skill of this name, or a free one: its own name, an id made of it, no neighbourhood."""
    return resolve_skill(name) or Skill(_slug(name), " ".join(name.split()), OTHER)


def nearest(skill_id: str, candidates: Iterable[str]) -> Skill | None:
    """Which of the candidates (ids) comes nearest to the skill.

    The rule: only skills of its category are near; one that shares a word with its name is nearer than the others;
    among equals the first candidate wins. Free skills are near to nothing.
    """
    wanted = all_skills().get(skill_id)
    if wanted is None:
        return None
    known = [all_skills()[candidate] for candidate in candidates if candidate in all_skills()]
    near = [skill for skill in known if skill.category == wanted.category and skill.id != skill_id]
    return max(near, key=lambda skill: len(_words(skill) & _words(wanted)), default=None)


def all_skills() -> dict[str, Skill]:
    """The shipped list, by id."""
    return _list()[0]


@cache
def _list() -> tuple[dict[str, Skill], dict[str, _Name]]:
    """The skills by id, and every name of theirs by its folded form."""
    skills: dict[str, Skill] = {}
    names: dict[str, _Name] = {}
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            aliases = [_unmarked(alias) for alias in row["aliases"].split("|") if alias]
            skill = Skill(row["id"], row["name"], row["category"], tuple(written for written, _ in aliases))
            skills[skill.id] = skill
            names.setdefault(_folded(skill.name), _Name(skill.name, Rule(row["match"]), "name", skill))
            for written, rule in aliases:
                names.setdefault(_folded(written), _Name(written, rule, "alias", skill))
    return skills, names


def _unmarked(alias: str) -> tuple[str, Rule]:
    rule = MARKS.get(alias[0], Rule.ANY)
    return (alias if rule is Rule.ANY else alias[1:]), rule


def _folded(name: str) -> str:
    return re.sub(rf"[\s{DASHES}]+", " ", name).strip().lower()


def _name_of(written: str) -> _Name | None:
    """The listed name, also of its plural."""
    names, folded = _list()[1], _folded(written)
    return names.get(folded) or names.get(re.sub(rf"[{APOSTROPHES}]?s$", "", folded))


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or " ".join(name.casefold().split())


def _words(skill: Skill) -> set[str]:
    return set(_folded(skill.name).split())


@cache
def _pattern() -> re.Pattern[str]:
    """All names as one expression. What follows a name may be a plural's s, but no letter, and no + or # ("C++")."""
    tree: dict[str, Any] = {}
    for folded in _list()[1]:
        branch = tree
        for character in folded:
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


def _holds(name: _Name, match: re.Match[str], mentions: list[Mention]) -> bool:
    """Whether the text does what the name's rule asks."""
    if name.rule is Rule.ANY:
        return True
    if not " ".join(match[0].split()).startswith(name.written):
        return False
    return name.rule is Rule.CASE or _is_an_item(match.string, match.start(), match.end(), mentions)


def _is_an_item(text: str, start: int, end: int, mentions: list[Mention]) -> bool:
    """Whether a word stands as an item of a list: set off by punctuation, or joined to a skill just named."""
    near, far = max(0, start - BESIDE), min(len(text), end + BESIDE)
    line_start, line_end = text.rfind("\n", near, start) + 1, text.find("\n", end, far)
    last_end = mentions[-1].end if mentions else -1
    joined = last_end >= near and text[last_end:start].strip() in BETWEEN_ITEMS
    if not joined and not BEFORE_AN_ITEM.search(text, max(line_start, near), start):
        return False
    return bool(AFTER_AN_ITEM.match(text, end, line_end if line_end >= 0 else far))


def _found(text: str, mentions: list[Mention]) -> FoundSkill:
    """The evidence is the first mention's; a mention by name outranks those by alias."""
    first = mentions[0]
    method: Method = "name" if any(mention.method == "name" for mention in mentions) else "alias"
    return FoundSkill(
        first.skill.id, first.skill.name, sentence_at(text, first.start), first.start, len(mentions), method
    )


def sentence_at(text: str, offset: int) -> str:
    """The sentence, bullet or line around an offset, on one line and at most 240 characters."""
    near = max(0, offset - 400)
    ends = list(SENTENCE_ENDS.finditer(text, near, offset + 400))
    start = max((end.end() for end in ends if end.end() <= offset), default=near)
    stop = min((end.start() for end in ends if end.start() > offset), default=offset + 400)
    sentence = " ".join(text[start:stop].split()).lstrip(f"{BULLETS}{DASHES}# ")
    return sentence if len(sentence) <= MAX_EVIDENCE else sentence[: MAX_EVIDENCE - 1].rstrip() + "…"
