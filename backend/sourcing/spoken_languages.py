"""Languages that people speak, and how well, as English and German texts name them."""

import re
from itertools import pairwise

from pydantic import BaseModel

from sourcing.punctuation import DASHES

NAMES = (
    "Afrikaans|Albanian|Amharic|Arabic|Armenian|Basque|Bengali|Bosnian|Bulgarian|Burmese|Cantonese|Catalan|Chinese|"
    "Croatian|Czech|Danish|Dari|Dutch|English|Esperanto|Estonian|Farsi|Filipino|Finnish|French|Galician|"
    "Georgian|German|Greek|Gujarati|Hausa|Hebrew|Hindi|Hungarian|Icelandic|Igbo|Indonesian|Irish|Italian|"
    "Japanese|Kazakh|Khmer|Korean|Kurdish|Latvian|Lithuanian|Luxembourgish|Macedonian|Malay|Maltese|"
    "Mandarin|Marathi|Mongolian|Nepali|Norwegian|Pashto|Persian|Polish|Portuguese|Punjabi|Romanian|"
    "Russian|Serbian|Sinhala|Slovak|Slovenian|Somali|Spanish|Swahili|Swedish|Tagalog|Tamil|Telugu|Thai|"
    "Tigrinya|Turkish|Ukrainian|Urdu|Vietnamese|Welsh|Yoruba"
)

GERMAN_NAMES = {
    "Albanisch": "Albanian", "Arabisch": "Arabic", "Bosnisch": "Bosnian", "Bulgarisch": "Bulgarian",
    "Chinesisch": "Chinese", "Dänisch": "Danish", "Deutsch": "German", "Englisch": "English", "Estnisch": "Estonian",
    "Finnisch": "Finnish",
    "Französisch": "French", "Griechisch": "Greek", "Hebräisch": "Hebrew", "Isländisch": "Icelandic",
    "Italienisch": "Italian", "Japanisch": "Japanese", "Katalanisch": "Catalan", "Koreanisch": "Korean",
    "Kroatisch": "Croatian", "Kurdisch": "Kurdish", "Lettisch": "Latvian", "Litauisch": "Lithuanian",
    "Mazedonisch": "Macedonian", "Niederländisch": "Dutch", "Norwegisch": "Norwegian", "Persisch": "Persian",
    "Polnisch": "Polish", "Portugiesisch": "Portuguese", "Rumänisch": "Romanian", "Russisch": "Russian",
    "Schwedisch": "Swedish", "Serbisch": "Serbian", "Slowakisch": "Slovak", "Slowenisch": "Slovenian",
    "Spanisch": "Spanish", "Tschechisch": "Czech", "Türkisch": "Turkish", "Ukrainisch": "Ukrainian",
    "Ungarisch": "Hungarian", "Vietnamesisch": "Vietnamese",
}  # fmt: skip
ALL_NAMES = f"{NAMES}|{'|'.join(GERMAN_NAMES)}"

LEVELS: dict[str, str] = {
    "native": r"native(?: speaker)?|mother tongue|first language|bilingual|"
    r"muttersprach(?:e|ler|lerin|lich)|erstsprache|zweisprachig",
    "fluent": r"(?:business[- ])?fluent(?:ly)?|full professional(?: proficiency)?|proficient|very good|excellent|"
    r"verhandlungssicher(?:e[snmr]?)?|flie(?:ß|ss)end(?:e[snmr]?)?|sehr gut(?:e[snmr]?)?|ausgezeichnet(?:e[snmr]?)?",
    "professional": r"professional(?: working)?(?: proficiency)?|advanced|good|working knowledge|business|"
    r"gut(?:e[snmr]?)?|fortgeschritten(?:e[snmr]?)?",
    "intermediate": r"limited working(?: proficiency)?|"
    r"upper[- ]intermediate|intermediate|conversational|fair|konversationssicher|mittelstufe",
    "basic": r"basics?|beginner|elementary|school level|grundkenntnisse|schulkenntnisse|anfänger",
}
"""Words for levels, best first; CEFR levels (A1 to C2) are kept as they are."""

RANKS = {
    "A1": 1, "A2": 1, "basic": 1, "B1": 2, "intermediate": 2, "B2": 3, "professional": 3, "C1": 4, "fluent": 4, "C2": 5,
    "native": 5,
}  # fmt: skip
UNKNOWN_RANK = 3
"""A language listed without a level: taken as good enough to work in."""

_WORDS = "|".join(LEVELS.values())
_LEVEL = rf"[ABC][12]\b|\b(?:{_WORDS})\b"
ANY_NAME = re.compile(rf"\b({ALL_NAMES})\b", re.IGNORECASE)
ANY_LEVEL = re.compile(_LEVEL, re.IGNORECASE)
STATED = re.compile(
    rf"\b(?:{_WORDS})\b(?: in| knowledge of| speaker of)? (?P<before>{ALL_NAMES})\b(?! (?:teacher|literature|law))"
    rf"|\b(?P<after>{ALL_NAMES})\s*(?:\(|:|[{DASHES}])\s*(?:{_LEVEL})",
    re.IGNORECASE,
)


class SpokenLanguage(BaseModel):
    """A language and its level: a CEFR level, one of `LEVELS`, or nothing where none is given."""

    name: str
    level: str | None = None

    @property
    def rank(self) -> int:
        """The level as a number, 1 to 5."""
        return RANKS.get(self.level or "", UNKNOWN_RANK)


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
        name = _english(match["before"] or match["after"])
        found.setdefault(name, SpokenLanguage(name=name, level=level_in(match[0])))
    return list(found.values())


def level_in(text: str) -> str | None:
    """The first level that a text names."""
    match = ANY_LEVEL.search(text)
    if match is None:
        return None
    written = match[0].lower()
    if re.fullmatch(r"[abc][12]", written):
        return written.upper()
    return next(level for level, words in LEVELS.items() if re.fullmatch(words, written))


def language_asked(requirement: str) -> SpokenLanguage:
    """A language as a project asks for it: "German", "German (B2)", "fluent English"."""
    match = ANY_NAME.search(requirement)
    name = _english(match[1]) if match else " ".join(requirement.split())
    return SpokenLanguage(name=name, level=level_in(requirement))


def _in_line(line: str) -> list[SpokenLanguage]:
    """A line's languages: "English (C1), German - native" or "Fluent in English, basic German"."""
    names = list(ANY_NAME.finditer(line))
    if not names:
        return []
    edges = [0, *(name.end() for name in names)]
    levels_first = ANY_LEVEL.search(line[: names[0].start()]) is not None
    before = [line[edge : name.start()] for edge, name in zip(edges, names, strict=False)]
    after = [*before[1:], line[edges[-1] :]]
    beside = before if levels_first else after
    return [
        SpokenLanguage(name=_english(name[1]), level=level_in(text)) for name, text in zip(names, beside, strict=True)
    ]


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
    return GERMAN_NAMES.get(written.capitalize(), written.capitalize())
