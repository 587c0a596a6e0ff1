"""What somebody studied and where: degrees, schools and years out of a CV's section about education."""

import re
from dataclasses import dataclass
from datetime import date

from sourcing.dates import Month, date_in
from sourcing.header_lines import NUMBERED
from sourcing.patterns import LatePattern
from sourcing.periods import period_in
from sourcing.punctuation import BULLETS, DASHES, trimmed

DEGREES = LatePattern(
    r"\b(?:b\.?\s?sc|m\.?\s?sc|b\.?a|m\.?a|b\.?eng|m\.?eng|b\.e|m\.e|h\.?s\.?c|s\.?s\.?c|b\.?arch|m\.?arch|"
    r"b\.?ed|m\.?ed|b\.?tech|m\.?tech|b\.?com|m\.?phil|ll\.?[bm]|"
    r"mba|b\.?b\.?a|ph\.?\s?d|d\.?phil|dr|md|jd|b\.?s|m\.?s|bfa|mfa|"
    r"bachelors?|masters?|magister|associates?|doctorate|"
    r"doctor|postgraduate|undergraduate|graduate|degree|diplomas?|minor|major|certificate|foundation|a[- ]levels?|"
    r"gcses?|nvq|hnd|hnc|btec|ged|apprenticeship|high school|secondary school|baccalaureate|matura|matric\w*|honou?rs|"
    r"diplom\w*|staatsexamen|lehramt|abitur|fachabitur|mittlere reife|ausbildung|lehre|meister\w*|promotion|licence|"
    r"maîtrise|doctorat|bts|dut|cap|capa|bac|baccalauréat|brevet|dea|dess|grado|licenciatura|licenciad[oa]|máster|"
    r"bachillerato|técnico|doctorado|ingenier[íi]a|laurea|maturità|dottorato|mestrado|graduação|doutorado|"
    r"ensino médio|vwo|havo|mbo|hbo|mgr|inżynier|licencjat\w*|technik|b\.l|d\.o|pgce|pgd[em]?|aat)\b"
)
SCHOOLS = LatePattern(
    r"\b\w*(?:universit|universid|college|institut|akademie|academy|academia|école|escuela|escola|schule|"
    r"hochschule|högskol|h[øo]gsk[ou]l|uniwersyt|politechnik|univerzit|gymnasium|"
    r"polytech|politec|politéc|akademi)\w*|\b(?:schools?|lyc[ée]+|liceo|colegi\w*|facult\w*|fakultät|"
    r"scuola|conservato\w*|szkoła|liceum|technikum|eth|epfl|mit|tu|fh|iut|campus|seminary|seminar|"
    r"training cent(?:re|er))\b"
)
PARTS = re.compile(rf"\t|\s?[\u060c\u3001\uff0c]\s?|\s[|{BULLETS}]\s|\s[{DASHES}]\s|\s{{2,}}|,\s|;\s|\s@\s")
AT = re.compile(r"\s(?:at|from|an der|bei)\s|(?<=[^\W\d_]{4})\.\s(?=[A-ZÉ])")
LABEL = re.compile(
    r"^(?:(?P<dates>dates?(?:\s*\([^)]*\))?|period|years?|zeitraum)|(?P<degree>title of qualification(?: awarded)?|"
    r"degree|qualification(?: awarded)?|course|abschluss)|"
    r"(?P<school>name (?:and type )?of (?:the )?organi[sz]ation[\w ]{0,50}|institution|school|university|"
    r"college))\s*(?::|\||\s{3,})\s*",
    re.IGNORECASE,
)
NO_STUDY = re.compile(
    r"^(?:thesis|dissertation|grade|gpa|cgpa|relevant|coursework|modules?|subjects?|courses?|focus|major subjects?|"
    r"minor|activities|honors|awards?|abschlussnote|note|schwerpunkt\w*|thema|gesamtnote|mention|final mark|average)\b",
    re.IGNORECASE,
)
COLUMN_NAME = re.compile(
    r"degree|course|qualification|exam|examination|class|institution|institute|school|college|university|"
    r"board(?:/university)?|university/board|year(?: of passing)?|passing year|percentage|marks|c?gpa|grade|subject",
    re.IGNORECASE,
)
IN_CAPITALS = re.compile(r"^([^\W\d_a-z][^a-z]{6,}[^\W\d_a-z)])\s(?=[^\W\d_a-z][a-z])")
"""A degree in capitals before a school that is not ("MASTER'S DEGREE IN PHYSICS Politecnico di Torino")."""
HOW_WELL = re.compile(r"\s\((?:[a-z\d]|First|Second|Distinction|Merit|Hon)[^()]*\)$")
"""A grade behind a school's name."""
REST_OF_A_DEGREE = re.compile(r"[^\W\d]+(?: [^\W\d]+)?")
MAX_STUDIES = 12
LONGEST = 200


@dataclass
class Study:
    """A degree (or what was studied), the school, from when to when; what is not said is empty."""

    degree: str = ""
    institution: str = ""
    start: Month | None = None
    end: Month | None = None
    beside: tuple[str, ...] = ()
    """What follows the degree and is not known: the school, or the degree's subject where the school is another."""


def find_studies(lines: list[str], today: date) -> list[Study]:
    """The studies in the order of the text. A line that brings what the study before already has begins the next."""
    studies: list[Study] = []
    for line in _whole(lines):
        found = _in_line(line, today)
        if found is None:
            continue
        is_known = found.degree or found.institution or found.end
        if studies and _completes(studies[-1], found):
            _complete(studies[-1], found)
        elif is_known:
            studies.append(found)
    for study in studies:
        beside = list(study.beside)
        study.degree = study.degree or (beside.pop(0) if beside else "")
        study.institution = HOW_WELL.sub("", study.institution or (beside[0] if beside else ""))
    return [study for study in studies if study.degree or study.institution][:MAX_STUDIES]


def _whole(lines: list[str]) -> list[str]:
    """The lines, with a degree that a narrow column has parted put together: its last words stand over the school."""
    whole: list[str] = []
    filled = [line for line in lines if line.strip()]
    for number, line in enumerate(filled):
        above, below = filled[number - 1] if number else "", filled[number + 1] if number + 1 < len(filled) else ""
        is_rest = REST_OF_A_DEGREE.fullmatch(line.strip()) and not NO_STUDY.match(line.strip())
        is_between = DEGREES.search(above) and not SCHOOLS.search(above) and SCHOOLS.search(below)
        if is_rest and is_between and not re.search(r"\d", above) and not DEGREES.search(line):
            whole[-1] = f"{whole[-1]} {line.strip()}"
        else:
            whole.append(line)
    return whole


def is_whole(study: Study) -> bool:
    """Whether a degree and a school are told that look like such."""
    return bool(DEGREES.search(study.degree) and SCHOOLS.search(study.institution))


def _in_line(line: str, today: date) -> Study | None:
    """What one line tells of a study; `None` when it tells of none."""
    plain = NUMBERED.sub("", re.sub(r"\*\*|__|^#+\s", "", line)).strip(f" \t{BULLETS}{DASHES}")
    label = LABEL.match(plain)
    plain = plain[label.end() :] if label else plain
    if not plain or len(plain) > LONGEST or NO_STUDY.match(plain):
        return None
    start, end, rest = _dates(IN_CAPITALS.sub(r"\1 | ", plain), today)
    parts = _parts(rest)
    if len(parts) > 1 and all(COLUMN_NAME.fullmatch(part) for part in parts):
        return None
    if label:
        said = parts[0] if parts else ""
        return Study(said if label["degree"] else "", said if label["school"] else "", start, end)
    school = next((at for at, part in enumerate(parts) if SCHOOLS.search(part) and not DEGREES.match(part)), None)
    degree = next((at for at, part in enumerate(parts) if at != school and DEGREES.search(part)), None)
    if school is None and degree is None:
        return Study("", "", start, end, tuple(parts))
    if degree is None or (school is not None and school < degree):
        before = ", ".join(parts[:school]) if degree is None else parts[degree]
        return Study(before, parts[school] if school is not None else "", start, end)
    if school is None:
        beside = tuple(part for part in parts[degree + 1 :] if not NO_STUDY.match(part) and not re.search(r"\d", part))
        return Study(parts[degree], "", start, end, beside)
    return Study(", ".join(parts[degree:school]), parts[school], start, end)


def _parts(line: str) -> list[str]:
    """The parts of a line; a degree "at" a school is two."""
    parts = []
    for part in PARTS.split(line):
        both = AT.split(part, maxsplit=1) if DEGREES.search(part) and SCHOOLS.search(part) else [part]
        parts += [trimmed(each) for each in (both if SCHOOLS.search(both[-1]) else [part])]
    return [part for part in parts if len(part) > 1 and re.search(r"[^\W\d_]", part)]


def _dates(line: str, today: date) -> tuple[Month | None, Month | None, str]:
    period = period_in(line, today)
    if period is not None:
        return period[0].start, period[0].end, period[1]
    single = date_in(line)
    return (None, single[0], single[1]) if single else (None, None, line)


def _completes(study: Study, found: Study) -> bool:
    """Whether a line brings only what the study before lacks."""
    has_dates, brings_dates = study.end or study.start, found.end or found.start
    is_twice = (study.degree and found.degree) or (study.institution and found.institution)
    awaits_school = study.degree and not study.institution and not study.beside
    is_other = found.beside and not found.degree and not awaits_school
    return not (is_twice or is_other or (has_dates and brings_dates))


def _complete(study: Study, found: Study) -> None:
    study.degree = study.degree or (", ".join((found.degree, *found.beside)) if study.institution else found.degree)
    study.institution = study.institution or found.institution
    study.beside = study.beside or found.beside
    study.start = study.start or found.start
    study.end = study.end or found.end
