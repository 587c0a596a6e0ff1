"""Languages that people speak, and how well: in words, in CEFR levels, or on a scale of dots, stars or points."""

import re
from itertools import pairwise

from pydantic import BaseModel

from sourcing.language_names import EVERY_NAME, LEVELS, NAME_OF, plain
from sourcing.patterns import LatePattern
from sourcing.punctuation import DASHES

RANKS = {
    "A1": 1, "A2": 1, "basic": 1, "B1": 2, "intermediate": 2, "B2": 3, "professional": 3, "C1": 4, "fluent": 4, "C2": 5,
    "native": 5,
}  # fmt: skip
UNKNOWN_RANK = 3
"""A language listed without a level: taken as good enough to work in."""

_WORDS = "|".join(LEVELS.values())
_LEVEL = rf"[ABC][12]\b|\b(?:{_WORDS})\b"
ANY_NAME = LatePattern(rf"\b({EVERY_NAME})\b")
ANY_LEVEL = LatePattern(_LEVEL)
CEFR = re.compile(r"\b[ABC][12](?!\w)")
FULL, VACANT = "●★■⬤◉✪•█", "○☆□◯❍❏✩◎▢░"
SCALE = re.compile(
    rf"(?P<marks>[{FULL}{VACANT}](?:\s?[{FULL}{VACANT}]){{2,9}})"
    r"|\b(?P<points>\d{1,2})\s?/\s?(?P<most>5|6|10)\b|\b(?P<percent>\d{1,3})\s?%"
)
SHARES = ((0.95, "fluent"), (0.7, "professional"), (0.5, "intermediate"), (0.0, "basic"))
"""From which share of a scale a level begins. Nobody is a native by a scale."""
JOINT = re.compile(r"\s*(?:&|and|und|et|y|e|en)\s*", re.IGNORECASE)
LABELLED_JOINT = re.compile(r"\s*(?:[,/&]|,?\s?(?:and|und|et|y|e|en))\s*", re.IGNORECASE)
"""What may stand between two languages of one level; also commas where it is said first ("Fluent: German, English")."""
OF_EACH = re.compile(r"\W*(?:both|all|each|beide|alle|tous|ambos|todos)\b", re.IGNORECASE)
"""Before a level that is of every language of the line ("English, Spanish (both native)")."""
_OWN_LEVEL = rf"\s*(?:\(|:|[{DASHES}])\s*(?:{_LEVEL})"
_MORE = rf"(?:(?:\s?/\s?|,\s|\s(?:&|and|und|et|y|e|en)\s)(?:{EVERY_NAME})\b(?!{_OWN_LEVEL})){{0,8}}"
STATED = LatePattern(
    rf"\b(?:{_WORDS})\b(?: in| knowledge of| speaker of)? (?P<before>{EVERY_NAME})\b(?P<more>{_MORE})"
    r"(?! (?:teacher|literature|law))"
    rf"|\b(?P<after>{EVERY_NAME}){_OWN_LEVEL}"
)


_LABEL = (
    r"(?:(?:spoken |other |foreign )?(?:languages?(?:\(s\))?|sprachen|langues|idiomas|lingue|línguas|talen)|"
    r"mother tongue(?:s|\(s\))?)"
)
LABELLED_LIST = LatePattern(
    rf"\W{{0,5}}{_LABEL}\W{{1,9}}(?:{EVERY_NAME})\b"
    rf"|\W{{0,5}}(?:{EVERY_NAME})\s{{1,9}}(?:[ABC][12]\s{{1,9}}){{2,5}}"
)


class SpokenLanguage(BaseModel):
    """A language and its level: a CEFR level, one of `LEVELS`, or nothing where none is given."""

    name: str
    level: str | None = None

    @property
    def rank(self) -> int:
        """The level as a number, 1 to 5."""
        return RANKS.get(self.level or "", UNKNOWN_RANK)


def is_list(line: str) -> bool:
    """Whether a line is a list of languages under its label, wherever it stands ("Languages  Korean, English").

    Or it has a language's levels for listening, reading, speaking and so on ("English  C1 C1 B2 B2").
    """
    return LABELLED_LIST.match(line) is not None


def languages_listed(lines: list[str]) -> list[SpokenLanguage]:
    """The languages of a section about them, in order."""
    found: dict[str, SpokenLanguage] = {}
    for spoken in [spoken for line in lines for spoken in _in_line(line)]:
        if spoken.name not in found or found[spoken.name].level is None:
            found[spoken.name] = spoken
    return _with_levels_of_next_line(list(found.values()), lines)


def languages_stated(text: str) -> list[SpokenLanguage]:
    """Languages in running text: only where a level is said with them ("fluent in Dutch", "Dutch (C1)")."""
    found: dict[str, SpokenLanguage] = {}
    for match in STATED.finditer(text):
        level = level_in(match[0])
        for written in ANY_NAME.finditer(f"{match['before'] or match['after']}{match['more'] or ''}"):
            name = _english(written[1])
            found.setdefault(name, SpokenLanguage(name=name, level=level))
    return list(found.values())


def level_in(text: str) -> str | None:
    """The level that a text names: native, else a CEFR level, else the first word for one, else that of a scale."""
    match, cefr = ANY_LEVEL.search(text), CEFR.search(text)
    if match is None:
        return _level_on_scale(text)
    written = match[0].lower()
    word = next((level for level, words in LEVELS.items() if re.fullmatch(words, written)), None)
    return cefr[0] if cefr and word != "native" else word or written.upper()


def _level_on_scale(text: str) -> str | None:
    """The level of "●●●○○", "4/5" or "80 %"."""
    scale = SCALE.search(text)
    if scale is None:
        return None
    if scale["marks"]:
        marks = [mark for mark in scale["marks"] if not mark.isspace()]
        share = sum(mark in FULL for mark in marks) / len(marks)
    else:
        share = int(scale["points"]) / int(scale["most"]) if scale["points"] else int(scale["percent"]) / 100
    return next(level for least, level in SHARES if share >= least)


def language_asked(requirement: str) -> SpokenLanguage:
    """A language as a project asks for it: "German", "German (B2)", "fluent English"."""
    match = ANY_NAME.search(requirement)
    name = _english(match[1]) if match else " ".join(requirement.split())
    return SpokenLanguage(name=name, level=level_in(requirement))


def _in_line(line: str) -> list[SpokenLanguage]:
    """A line's languages: "English (C1), German - native" or "Fluent in English, basic German".

    Two that are joined by "and" have one level ("Danish and Swedish: native").
    """
    names = list(ANY_NAME.finditer(line))
    if not names:
        return []
    edges = [0, *(name.end() for name in names)]
    levels_first = ANY_LEVEL.search(line[: names[0].start()]) is not None
    before = [line[edge : name.start()] for edge, name in zip(edges, names, strict=False)]
    after = [*before[1:], line[edges[-1] :]]
    beside = before if levels_first else after
    levels = [level_in(text) for text in beside]
    if not levels_first and OF_EACH.match(beside[-1]):
        levels = [level or levels[-1] for level in levels]
    joint = LABELLED_JOINT if levels_first and before[0].rstrip().endswith(":") else JOINT
    places = range(1, len(names)) if levels_first else range(len(names) - 2, -1, -1)
    for place in places:
        if joint.fullmatch(beside[place]):
            levels[place] = levels[place - 1 if levels_first else place + 1]
    return [SpokenLanguage(name=_english(name[1]), level=level) for name, level in zip(names, levels, strict=True)]


def _with_levels_of_next_line(languages: list[SpokenLanguage], lines: list[str]) -> list[SpokenLanguage]:
    """Where a level stands on the line below its language."""
    filled = [line for line in lines if line.strip()]
    for line, below in pairwise(filled):
        if ANY_NAME.search(below):
            continue
        named = {_english(match[1]) for match in ANY_NAME.finditer(line)}
        for language in languages:
            if language.level is None and language.name in named:
                language.level = level_in(below)
    return languages


def _english(written: str) -> str:
    """A language's English name."""
    return NAME_OF.get(plain(written), written.capitalize())
