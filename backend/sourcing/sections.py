"""A CV's text in sections: a short line that is a known heading begins one."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sourcing.headings import AND, KIND_OF_JOINED, SectionKind, kind_of_capitals, kind_of_heading
from sourcing.punctuation import BULLET

LONGEST_HEADING = 45
SMALL_CAPITALS = re.compile(r"\b([A-Z]) (?=[A-Z]{3,}\b)")
"""The larger first letter of a word in small capitals stands by itself in some PDFs."""
LEAST_SMALL = 3
LONGEST_UNKNOWN = 3
LEAST_CAPITALS = 5
SPACED = re.compile(r"(?:\w{1,2} ){3,}\w{1,2}")
"""Letters that are spaced; some pairs of them stand together ("e d u c at i o n")."""
WORK = (SectionKind.EXPERIENCE, SectionKind.PROJECTS)
WITHIN_WORK = (SectionKind.OTHER, SectionKind.SKILLS, SectionKind.PROJECTS, SectionKind.PUBLICATIONS)
BELOW_A_POSITION = (SectionKind.OTHER, SectionKind.PROJECTS)
LINES_OF_THEIR_OWN = (
    SectionKind.PERSONAL,
    SectionKind.EDUCATION,
    SectionKind.LANGUAGES,
    SectionKind.CERTIFICATES,
    SectionKind.INTERESTS,
    SectionKind.REFERENCES,
)


@dataclass
class Section:
    """The lines under one heading."""

    kind: SectionKind
    lines: list[str]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def split_into_sections(text: str) -> list[Section]:
    """The sections in order; the first is `TOP` (perhaps empty).

    A label within work ("Tools: Git") ends nothing: what follows belongs to the work again. Headings may also stand in
    the margin, their text beside them.
    """
    sections = [Section(SectionKind.TOP, [])]
    for kind, begins, said in _marked(text.splitlines()):
        if begins:
            sections.append(Section(kind, [said] if said else []))
        else:
            sections[-1].lines.append(said)
    return sections


def kinds_of_lines(lines: list[str]) -> list[SectionKind]:
    """The kind of the section of each line; a heading is of the section that it begins."""
    return [kind for kind, _, _ in _marked(lines)]


def _marked(lines: list[str]) -> Iterator[tuple[SectionKind, bool, str]]:
    """For each line: its section's kind, whether it begins that section, and what it says beside a heading."""
    here, returns, is_colon_usual = SectionKind.TOP, False, False
    is_small_usual = _has_small_headings(lines)
    often = {line for line, count in Counter(map(str.strip, lines)).items() if count > 1}
    for above, line in pairwise(["", *lines]):
        kind, mark, rest = _heading_of(line)
        if here in WORK and kind in WITHIN_WORK and line.strip() in often:
            kind = None  # "Key achievements", below each position
        if not mark and above.strip() and line.lstrip()[:1].islower() and not is_small_usual:
            kind = None  # the last word of a sentence: "... led the largest / projects"
        if here in WORK and kind in BELOW_A_POSITION and line.rstrip().endswith(":") and not is_colon_usual:
            kind = None  # "Projects:", where other headings have no colon
        if kind is None and _ends_what_is_aside(here, line):
            kind = SectionKind.OTHER
        is_label = mark == ":" and (here in WORK or kind is SectionKind.PERSONAL)
        is_beside = mark != "" and here in WORK and kind not in {*LINES_OF_THEIR_OWN, *WORK, SectionKind.SUMMARY}
        if kind is None or is_beside or (is_label and kind not in LINES_OF_THEIR_OWN):
            yield here, returns, line
            returns = False
        elif is_label:
            yield kind, True, rest
            returns = True
        else:
            here, returns = kind, False
            is_colon_usual = is_colon_usual or line.rstrip().endswith(":")
            yield here, True, rest


def _ends_what_is_aside(here: SectionKind, line: str) -> bool:
    """Whether a line looks like another heading, which no list knows, below publications, hobbies or referees."""
    words = line.split()
    if not 0 < len(words) <= LONGEST_UNKNOWN or not all(word.isalpha() or word == "&" for word in words):
        return False
    if here is SectionKind.PUBLICATIONS:
        return words[0][0].isupper()
    return here in (SectionKind.INTERESTS, SectionKind.REFERENCES) and len(line) > LEAST_CAPITALS and line.isupper()


def _has_small_headings(lines: list[str]) -> bool:
    """Whether all of a CV's headings are in small letters: three sections begin with such."""
    small = (line for line in lines if len(line) <= LONGEST_HEADING and line.strip()[:1].islower())
    kinds = {kind for line in small if (kind := kind_of_heading(_plain(line)))}
    return len(kinds) >= LEAST_SMALL


def lines_of(sections: list[Section], *kinds: SectionKind) -> list[str]:
    """All lines of the sections of these kinds."""
    return [line for section in sections if section.kind in kinds for line in section.lines]


def is_heading(line: str) -> bool:
    """Whether a line is nothing but a heading that is known."""
    return not line.lstrip()[:1].islower() and _kind_of(line) is not None


def is_list_of_skills(line: str) -> bool:
    """Whether a line is a label for skills with a list behind it ("Tools: Git, Jira")."""
    if ":" not in line and "|" not in line:
        return False
    kind, mark, rest = _heading_of(line)
    return kind is SectionKind.SKILLS and mark in (":", "|") and rest != ""


def _heading_of(line: str) -> tuple[SectionKind | None, str, str]:
    """The kind of the heading that a line is or begins with, the mark after it, and what follows on the same line."""
    if BULLET.match(line) and not line.isupper():
        return None, "", ""
    whole = _kind_of(line)
    if whole is not None:
        return whole, "", ""
    cut = re.search(r":(?=\s)|\s\|\s|(?<=\S)\s{3,}(?=\S)", line[: LONGEST_HEADING + 8])
    kind = kind_of_heading(_plain(line[: cut.start()])) if cut else None
    return (kind, cut[0].strip() or " ", line[cut.end() :].strip()) if cut and kind else (None, "", "")


def _kind_of(line: str) -> SectionKind | None:
    """The kind of the heading that a line is, also with spaced letters, or in capitals and in no list."""
    plain = _plain(line)
    return KIND_OF_JOINED.get(plain) or kind_of_heading(plain) or (kind_of_capitals(plain) if line.isupper() else None)


def _plain(line: str) -> str:
    """A line as headings are listed: no marks, accents, numbers or letter-spacing, "and" for its like."""
    if len(line) > LONGEST_HEADING * 2:
        return ""
    bare = "".join(each for each in unicodedata.normalize("NFKD", line) if not unicodedata.combining(each))
    bare = SMALL_CAPITALS.sub(r"\1", bare)
    words = re.sub(r"[^\w&'/ ]+|_|\d", " ", bare).replace("&", " & ").replace("/", " / ").lower().split()
    if SPACED.fullmatch(" ".join(words)):
        return "".join(words)
    return " ".join("and" if word in AND else word for word in words)
