"""ESCO's hundred thousand names in a text: phrases of plain words, found in one pass.

An automaton over the text's words finds them (a table of phrases, and for each first stem the most words that a phrase
with it has), as they are written or by the stems of their words ("managed a team" is "manage teams"). The longest wins.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from sourcing.name_rules import BESIDE, holds
from sourcing.punctuation import APOSTROPHES, DASHES
from sourcing.skill_list import PHRASES, Mention, esco_name, folded, skill_list

GAP = rf"(?:[{DASHES}]|[ ]?\n[ ]*|[ ]{{1,2}})"
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


def phrase_mentions(searched: str) -> Iterator[Mention]:
    """The places of a text that name a skill by one of ESCO's names, in order; none within another."""
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
        if name is not None and holds(name, searched, start, stop, last_end):
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
