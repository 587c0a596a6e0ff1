"""Documents that have lost their line breaks, as they do in tables and databases: put into lines again.

Three kinds are known: lines parted by wide gaps; a CV in one line in which its headings stand as words ("... 2012.
Education Bachelor of ... Skills Linux, ..."); and an advertisement in one line with colons behind its headings. The
latter two are taken for such when they have the headings of three parts; they are broken around these, before bullets,
and after sentences.
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
OF_CVS = (
    "Professional Summary|Executive Summary|Career Summary|Summary|Profile|Career Objective|Objective|Highlights|"
    "Core Qualifications|Qualifications|Accomplishments|Professional Experience|Work Experience|Experience|"
    "Work History|Employment History|Education and Training|Education|Technical Skills|Key Skills|Skills|"
    "Core Competencies|Certifications|Languages|Interests|References|Affiliations|"
    "Additional Information|Publications|Awards"
)
HEADING_OF_CV = re.compile(rf"(?<!\S)(?P<heading>{OF_CVS}|{OF_CVS.upper()})(?::|(?!\S))\s*")
OF_ADVERTISEMENTS = (
    "About Us|About the Company|About the Role|Company Overview|Job Description|Job Summary|Position Summary|The Role|"
    "Key Responsibilities|Responsibilities|Duties|Requirements|Minimum Qualifications|Preferred Qualifications|"
    "Qualifications|Required Skills|Preferred Skills|Skills|Education|Experience|Nice to Have|Benefits|Perks|"
    "What We Offer|How to Apply|Compensation"
)
HEADING_OF_ADVERTISEMENT = re.compile(rf"(?<!\S)(?P<heading>{OF_ADVERTISEMENTS}):(?!\S)\s*", re.IGNORECASE)
WORDS_BEFORE_A_NAME = (
    "a an the of in and for to with on at by my our your & , special physical higher early childhood adult continuing "
    "secondary primary elementary medical health patient customer user guest employee brand student communication "
    "computer interpersonal people social leadership language soft hard analytical management organizational"
)
BELONGS_TO = frozenset(WORDS_BEFORE_A_NAME.split())
"""After these, "Education" and its like go on with a name or a sentence."""
SENTENCE_END = re.compile(r"(?<=[a-z0-9)%][.!?]) (?=[A-Z\u2022])| (?=\u2022 )")


def unflattened(text: str) -> str:
    """Return the text with the lines that it once had, as far as can be told; most texts as they are."""
    return "\n".join(_opened(line, len(text)) if len(line) > LONG_LINE else line for line in text.split("\n"))


def _opened(line: str, length: int) -> str:
    if len(WIDE_GAP.findall(line)) >= LEAST_GAPS:
        return WIDE_GAP.sub("\n", line)
    if len(line) < MOST_OF_IT * length:
        return line
    of_cv = [match for match in HEADING_OF_CV.finditer(line) if _stands_alone(line, match)]
    if len({kind_of_heading(match["heading"].lower()) for match in of_cv}) >= LEAST_KINDS:
        return _broken(line, of_cv)
    of_advertisement = list(HEADING_OF_ADVERTISEMENT.finditer(line))
    if len({match["heading"].lower() for match in of_advertisement}) >= LEAST_KINDS:
        return _broken(line, of_advertisement)
    return line


def _broken(line: str, headings: list[re.Match[str]]) -> str:
    pieces, last = [], 0
    for match in headings:
        pieces += [line[last : match.start()], match["heading"]]
        last = match.end()
    return "\n".join(SENTENCE_END.sub("\n", piece) for piece in (*pieces, line[last:]))


def _stands_alone(line: str, match: re.Match[str]) -> bool:
    """Whether a heading is not the end of a name or the middle of a sentence ("Bachelor of Education")."""
    before = line[max(0, match.start() - LONGEST_WORD) : match.start()].split()
    return " " in match["heading"] or not before or before[-1].lower() not in BELONGS_TO
