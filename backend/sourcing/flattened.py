"""Documents that have lost their line breaks, as they do in tables and databases: put into lines again.

Two kinds are known: lines parted by wide gaps, and a CV in one line in which its headings stand as words ("... 2012.
Education Bachelor of ... Skills Linux, ..."). The latter is taken for one when it has the headings of three sections;
it is broken around these, before bullets, and after sentences.
"""

import re

from sourcing.headings import kind_of_heading

LONG_LINE = 600
WIDE_GAP = re.compile(r"[^\S\n]{5,}")
LEAST_GAPS = 10
LEAST_KINDS = 3
MOST_OF_IT = 0.8
"""The share of a document's characters that its one line has, at least."""
LONGEST_WORD = 30
NAMES = (
    "Professional Summary|Executive Summary|Career Summary|Summary|Profile|Career Objective|Objective|Highlights|"
    "Core Qualifications|Qualifications|Accomplishments|Professional Experience|Work Experience|Experience|"
    "Work History|Employment History|Education and Training|Education|Technical Skills|Key Skills|Skills|"
    "Core Competencies|Certifications|Languages|Interests|References|Affiliations|"
    "Additional Information|Publications|Awards"
)
HEADING = re.compile(rf"(?<!\S)(?P<heading>{NAMES}|{NAMES.upper()})(?::|(?!\S))\s*")
BELONGS_TO = (
    "a an the of in and for to with on at by my our your & , special physical higher early childhood adult continuing "
    "secondary primary elementary medical health patient customer user guest employee brand student communication "
    "computer interpersonal people social leadership language soft hard analytical management organizational"
)
"""After these, "Education" and its like go on with a name or a sentence."""
SENTENCE_END = re.compile(r"(?<=[a-z0-9)%][.!?]) (?=[A-Z\u2022])| (?=\u2022 )")


def unflattened(text: str) -> str:
    """Return the text with the lines that it once had, as far as can be told; most texts as they are."""
    return "\n".join(_opened(line, len(text)) if len(line) > LONG_LINE else line for line in text.split("\n"))


def _opened(line: str, length: int) -> str:
    if len(WIDE_GAP.findall(line)) >= LEAST_GAPS:
        return WIDE_GAP.sub("\n", line)
    headings = [match for match in HEADING.finditer(line) if _stands_alone(line, match)]
    kinds = {kind_of_heading(match["heading"].lower()) for match in headings} - {None}
    if len(line) < MOST_OF_IT * length or len(kinds) < LEAST_KINDS:
        return line
    pieces, last = [], 0
    for match in headings:
        pieces += [line[last : match.start()], match["heading"]]
        last = match.end()
    return "\n".join(SENTENCE_END.sub("\n", piece) for piece in (*pieces, line[last:]))


def _stands_alone(line: str, match: re.Match[str]) -> bool:
    """Whether a heading is not the end of a name or the middle of a sentence ("Bachelor of Education")."""
    before = line[max(0, match.start() - LONGEST_WORD) : match.start()].split()
    return " " in match["heading"] or not before or before[-1].lower() not in BELONGS_TO.split()
