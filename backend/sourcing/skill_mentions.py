"""The places of a text that name a skill.

Two searches, each in one pass. Names of our own file have characters of their own ("C++", "Node.js", ".NET"): they
become one regular expression, folded into a tree of common beginnings. ESCO's hundred thousand are phrases of plain
words: an automaton over the text's words finds them (a table of phrases, and for each first stem the most words that a
phrase with it has), as they are written or by the stems of their words ("managed a team" is "manage teams").
The longest name wins ("Node.js" is not "JS", "C++" is not "C"), and our own names go before ESCO's. Words that are
names only sometimes ("Go", "R", "Excel") carry a rule with them.

What is named as not there ("no experience with Java, ...") is no mention, up to the end of its sentence or line.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from sourcing.punctuation import APOSTROPHES, BULLETS, DASHES
from sourcing.skill_list import PHRASES, Method, Name, Rule, Skill, esco_name, folded, own_name_of, skill_list
from sourcing.small_letters import is_listed_in_small

GAP = rf"(?:[{DASHES}]|[ ]?\n[ ]*|[ ]{{1,2}})"
ADDRESSES = re.compile(r"(?<!\S)\S+@\S+|(?:https?://|www\.)\S+|\b(?<![\w-])(?<!\w\.)(?<!-\.)[\w-]+(?:\.[\w-]+)+/\S*")
NOT_THERE = re.compile(
    r"\b(?:no|without|lacking|keine?|keinerlei|ohne)\s+(?:[\w-]{1,30}\s+){0,2}?"
    r"(?:experience|knowledge|erfahrung(?:en)?|kenntnisse?)\s+(?:with|in|of|mit|von)\b"
    r"\s*(?:(?!\.\s|[;!?\n]|\bbut\b|\baber\b).)*",
    re.IGNORECASE,
)
ABBREVIATIONS = (
    "e.g.",
    "i.e.",
    "z.B.",
    "u.a.",
    "incl.",
    "inkl.",
    "approx.",
    "ca.",
    "St.",
    "Dr.",
    "Sc.",
    "Eng.",
    "Ing.",
    "vs.",
)
_NOT_AFTER_THESE = "".join(rf"(?<!\b{re.escape(each)})" for each in ABBREVIATIONS)
SENTENCE_ENDS = re.compile(rf"(?<=[.!?]){_NOT_AFTER_THESE}\s+|\n\s*\n|\n(?=\s*[^\w\s(])|\n(?=\s*[A-Z0-9#])")
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

WORD = re.compile(rf"[^\W_](?:[\w.+#/&{APOSTROPHES}]*[\w+#])?|,")
BETWEEN_WORDS = re.compile(rf"(?:[{APOSTROPHES}]?{GAP})?\Z")
NEW_LINE = re.compile(r"\s*\n\s*[A-Z]")
"""A line that begins with a capital goes on with nothing: it is the next item, or has a label."""
ARTICLES = frozenset(("a", "an", "the"))
SUFFIXES = re.compile(r"(?:ing|ed|es|e|s)$")
DOUBLED = re.compile(r"([bdgmnprt])\1$")
SHORTEST_STEM = 3
SHORTEST_INFLECTED_ALIAS = 3
"""Words of an alternative label that may be inflected: shorter ones mean too much else ("make the models")."""


@dataclass(frozen=True)
class Mention:
    """One place of a text that names a skill."""

    skill: Skill
    method: Method
    start: int
    end: int


@dataclass(frozen=True)
class _Word:
    """A word of a text, in lower case, and where it stands."""

    lower: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True)
class _Phrases:
    """ESCO's names by the stems of their words, as folded names; for each first stem, how many words may follow it."""

    stemmed: dict[str, str]
    lengths: dict[str, int]


def find_mentions(text: str) -> list[Mention]:
    """Every place that names a skill, in order. One may lie within another ("audit" in "conduct energy audit")."""
    searched = without_denials(text)
    own = list(_own_mentions(searched))
    phrases = [mention for mention in _phrase_mentions(searched) if not any(_less(mention, name) for name in own)]
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
        if name is not None and _holds(name, searched, match.start(), match.end(), last_end):
            last_end = match.end()
            yield Mention(name.skill, name.method, match.start(), match.end())


def _phrase_mentions(searched: str) -> Iterator[Mention]:
    words = [_word(match) for match in WORD.finditer(searched)]
    joined = [_joined(searched, one.end, two.start) for one, two in pairwise(words)] + [False]
    place, last_end = 0, -1
    while place < len(words):
        found = _longest(searched, words, joined, place, last_end)
        if found is None:
            place += 1
            continue
        mention, place = found
        last_end = mention.end
        yield mention


def _longest(
    searched: str, words: list[_Word], joined: list[bool], place: int, last_end: int
) -> tuple[Mention, int] | None:
    """The longest phrase that begins at a word, and the place after it."""
    phrases = _phrases()
    most = phrases.lengths.get(words[place].stem, 0)
    inside = [words[place]]
    ends = [place]
    following = place
    while len(inside) < most and joined[following]:
        following += 1
        if words[following].lower not in ARTICLES:
            inside.append(words[following])
            ends.append(following)
    for count in range(min(len(inside), most), 0, -1):
        start, stop, end = words[place].start, words[ends[count - 1]].end, ends[count - 1] + 1
        name = esco_name(folded(searched[start:stop]))
        inflected = None
        if name is None and count > 1:
            inflected = phrases.stemmed.get(" ".join(word.stem for word in inside[:count]))
            name = esco_name(inflected) if inflected else None
            if name is not None and name.method == "alias" and count < SHORTEST_INFLECTED_ALIAS:
                name = None
        if name is not None and _holds(name, searched, start, stop, last_end):
            return Mention(name.skill, "inflection" if inflected else name.method, start, stop), end
    return None


def _word(match: re.Match[str]) -> _Word:
    lower = match[0].lower()
    return _Word(lower, stem(lower), match.start(), match.end())


def _joined(searched: str, end: int, start: int) -> bool:
    """Whether no more stands between two words than inside a name."""
    is_near = start - end <= BESIDE and BETWEEN_WORDS.match(searched, end, start) is not None
    return is_near and NEW_LINE.match(searched, end, start + 1) is None


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without the commonest endings of English verbs and plurals."""
    stem = SUFFIXES.sub("", word)
    return DOUBLED.sub(r"\1", stem) if len(stem) >= SHORTEST_STEM else word


@cache
def _phrases() -> _Phrases:
    stems, keys, firsts, lengths = gzip.decompress(PHRASES.read_bytes()).decode().split("\n")
    return _Phrases(
        dict(zip(stems.split("\t"), keys.split("\t"), strict=True)),
        dict(zip(firsts.split("\t"), map(int, lengths.split("\t")), strict=True)),
    )


def write_phrases() -> None:
    """Write the file that `find_mentions` reads its phrases from, for the taxonomy as it is."""
    stemmed: dict[str, str] = {}
    lengths: dict[str, int] = {}
    for key in skill_list().esco_names:
        stems = [stem(word) for word in WORD.findall(key) if word not in ARTICLES]
        lengths[stems[0]] = max(len(stems), lengths.get(stems[0], 0))
        if len(stems) > 1:
            stemmed.setdefault(" ".join(stems), key)
    columns = (stemmed.keys(), stemmed.values(), lengths.keys(), map(str, lengths.values()))
    PHRASES.write_bytes(gzip.compress("\n".join("\t".join(column) for column in columns).encode(), mtime=0))


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


def _holds(name: Name, text: str, start: int, end: int, last_end: int) -> bool:
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
