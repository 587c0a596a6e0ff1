"""What somebody studied and where: degrees, schools and years out of a CV's section about education."""

import re
from dataclasses import dataclass
from datetime import date

from sourcing.dates import Month, date_in
from sourcing.periods import period_in
from sourcing.punctuation import BULLETS, DASHES

DEGREES = re.compile(
    r"\b(?:b\.?\s?sc|m\.?\s?sc|b\.?a|m\.?a|b\.?eng|m\.?eng|b\.?ed|m\.?ed|b\.?tech|m\.?tech|b\.?com|m\.?phil|ll\.?[bm]|"
    r"mba|ph\.?\s?d|d\.?phil|dr|md|jd|b\.?s|m\.?s|bfa|mfa|bba|bachelors?|masters?|magister|associates?|doctorate|doctor|"
    r"postgraduate|undergraduate|graduate|degree|diplomas?|minor|major|certificate|foundation|a[- ]levels?|gcses?|nvq|"
    r"hnd|hnc|btec|ged|apprenticeship|high school|secondary school|baccalaureate|matura|matric\w*|honou?rs|"
    r"diplom\w*|staatsexamen|lehramt|abitur|fachabitur|mittlere reife|ausbildung|lehre|meister\w*|promotion|"
    r"licence|maîtrise|doctorat|bts|dut|cap|capa|bac|baccalauréat|brevet|dea|dess|"
    r"grado|licenciatura|licenciad[oa]|máster|bachillerato|técnico|doctorado|ingenier[íi]a|"
    r"laurea|maturità|dottorato|mestrado|graduação|doutorado|ensino médio|vwo|havo|mbo|hbo)\b",
    re.IGNORECASE,
)
SCHOOLS = re.compile(
    r"\b\w*(?:universit|universid|college|institut|akademie|academy|academia|école|escuela|escola|schule|"
    r"hochschule|gymnasium|polytech|politec|politéc)\w*|\b(?:schools?|lyc[ée]+|liceo|colegi\w*|facult\w*|fakultät|"
    r"scuola|conservato\w*|eth|epfl|mit|tu|fh|iut|campus|seminary|seminar|training cent(?:re|er))\b",
    re.IGNORECASE,
)
PARTS = re.compile(rf"\t|\s[|{BULLETS}]\s|\s[{DASHES}]\s|\s{{3,}}|,\s|;\s|\s(?:at|an der|bei)\s|\s@\s")
NO_STUDY = re.compile(
    r"^(?:thesis|dissertation|grade|gpa|cgpa|relevant|coursework|modules?|subjects?|courses?|focus|major subjects?|"
    r"minor|activities|honors|awards?|abschlussnote|note|schwerpunkt\w*|thema|gesamtnote|mention|final mark|average)\b",
    re.IGNORECASE,
)
MAX_STUDIES = 12
LONGEST = 200


@dataclass
class Study:
    """A degree (or what was studied), the school, from when to when; what is not said is empty."""

    degree: str = ""
    institution: str = ""
    start: Month | None = None
    end: Month | None = None


def find_studies(lines: list[str], today: date) -> list[Study]:
    """The studies in the order of the text. A line that brings what the study before already has begins the next."""
    studies: list[Study] = []
    for line in lines:
        found = _in_line(line, today)
        if found is None:
            continue
        if studies and _completes(studies[-1], found):
            _complete(studies[-1], found)
        elif found.degree or found.institution or found.end:
            studies.append(found)
    return [study for study in studies if study.degree or study.institution][:MAX_STUDIES]


def _in_line(line: str, today: date) -> Study | None:
    """What one line tells of a study; `None` when it tells of none."""
    plain = re.sub(r"\*\*|__|^#+\s", "", line).strip(f" \t{BULLETS}{DASHES}")
    if not plain or len(plain) > LONGEST or NO_STUDY.match(plain):
        return None
    start, end, rest = _dates(plain, today)
    parts = [part for each in PARTS.split(rest) if re.search(r"[^\W\d_]{2}", part := each.strip(" \t,:;|()[]."))]
    school = next((at for at, part in enumerate(parts) if SCHOOLS.search(part) and not _is_degree(part)), None)
    degree = next((at for at, part in enumerate(parts) if at != school and DEGREES.search(part)), None)
    if school is None and degree is None:
        return _unnamed(parts, start, end)
    study = Study(institution="" if school is None else parts[school], start=start, end=end)
    if degree is not None:
        until = school if school is not None and school > degree else degree + 1
        study.degree = ", ".join(parts[degree:until])
        if school is None:
            study.institution = parts[degree + 1] if len(parts) > degree + 1 else ""
    elif school:
        study.degree = ", ".join(parts[:school])
    return study


def _is_degree(part: str) -> bool:
    """Whether a part that names a school names a degree all the more ("High school diploma")."""
    return bool(re.match(r"high school|secondary school", part, re.IGNORECASE)) and bool(
        re.search(r"diploma|certificate|degree", part, re.IGNORECASE)
    )


def _unnamed(parts: list[str], start: Month | None, end: Month | None) -> Study | None:
    """A dated line whose words are not known, in whatever language: what was studied stands first, then where."""
    if end is None:
        return None
    return Study(parts[0] if parts else "", parts[1] if len(parts) > 1 else "", start, end)


def _dates(line: str, today: date) -> tuple[Month | None, Month | None, str]:
    period = period_in(line, today)
    if period is not None:
        return period[0].start, period[0].end, period[1]
    single = date_in(line)
    return (None, single[0], single[1]) if single else (None, None, line)


def _completes(study: Study, found: Study) -> bool:
    """Whether a line brings only what the study before lacks."""
    has_dates, brings_dates = study.end or study.start, found.end or found.start
    return not (
        (study.degree and found.degree) or (study.institution and found.institution) or (has_dates and brings_dates)
    )


def _complete(study: Study, found: Study) -> None:
    study.degree = study.degree or found.degree
    study.institution = study.institution or found.institution
    study.start = study.start or found.start
    study.end = study.end or found.end
