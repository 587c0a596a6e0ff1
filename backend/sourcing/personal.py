"""What identifies a person in a CV: it is blanked before anything is read, as it must count for nothing.

Name, address, telephone, e-mail, date and place of birth, nationality, marital status, gender, religion and photo are
no skills, and no evidence to be shown. Blanks keep the place of all other characters. What a sentence gives away in
passing is beyond this; so are names that stand elsewhere than on top.
"""

import re

from sourcing.headings import SectionKind
from sourcing.punctuation import APOSTROPHES, BULLETS, DASHES
from sourcing.roles import ROLES
from sourcing.sections import is_heading, kinds_of_lines

LABELS = (
    r"(?:full |first |last |family |given |sur|birth )?names?(?: and surname)?|surname|address|home address|"
    r"postal address|current address|residence|permanent address|tel(?:ephone)?(?: no| number)?|"
    r"(?:mobile|cell|home|work)?\s?phones?(?: no| number)?|mobile(?: no| number)?|cell|fax|"
    r"e-?mails?(?: address| id)?|skype|whatsapp|"
    r"linkedin|website|(?:date|place)(?: and place)? of birth|d\.?o\.?b\.?|born|birth ?date|birth ?place|"
    r"birth year|year of birth|age|gender|"
    r"sex|nationality|citizenship|ethnicity|race|marital status|civil status|family status|children|religion|photo|"
    r"photograph|picture|passport(?: no| number)?|father'?s name|mother'?s name|spouse|height|weight|"
    r"vor-? und (?:nachname|zuname)|vorname|nachname|anschrift|adresse|wohnort|telefon|handy|mobil|geburtsdatum|"
    r"geburtsjahr|jahrgang|"
    r"geboren(?: am)?|geburtsort|geschlecht|alter|staatsangehörigkeit|staatsbürgerschaft|nationalität|familienstand|"
    r"kinder|konfession|nom|prénom|nom et prénom|téléphone|tél|date de naissance|né[e]? le|lieu de naissance|"
    r"nationalité|état civil|sexe|âge|situation familiale|nombre|nombre y apellidos|apellidos|dirección|teléfono|"
    r"correo(?: electrónico)?|fecha de nacimiento|lugar de nacimiento|nacionalidad|estado civil|edad|sexo|cognome|"
    r"indirizzo|telefono|data di nascita|luogo di nascita|nazionalità|stato civile|endereço|telefone|"
    r"data de nascimento|nacionalidade|naam|adres|telefoon|geboortedatum|geboorteplaats|nationaliteit"
)
LABELLED = re.compile(rf"^[\s#*|{BULLETS}{DASHES}]*(?:{LABELS})[\s*]*(?::|\||\s{{3,}}|\t)", re.IGNORECASE)
INLINE = re.compile(
    r"\b(?:(?:date of birth|d\.?o\.?b|born(?: on| in)?|geb(?:oren|\.)(?: am)?|née? le)\b[:.]?\s"
    r"|(?:nationality|marital status|gender|age|geburtsdatum|nationalität|staatsangehörigkeit|familienstand|"
    r"date de naissance|nationalité|fecha de nacimiento|nacionalidad)\s*:)[^|;\n\u2022\u00b7]{1,40}",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?:mailto:)?(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}")
LINK = re.compile(
    r"(?:https?://|www\.)[^\s)\]>]+|\b(?:linkedin\.com|xing\.com|facebook\.com|instagram\.com)/[^\s)\]>]*",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<![\w/.-])(?:(?:\+|00)\d[\d ()/.-]{6,20}\d|\(?0\d{2,5}\)?[ /-]\d[\d -]{4,12}\d|"
    r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?!\w)"
)
_REST = r"[^\n|\u2022\u00b7]{0,60}"
STREET = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[A-Z][\w.'-]+ ){1,3}(?:[Ss]treet|St|[Rr]oad|Rd|[Aa]venue|Ave|[Ll]ane|Ln|Drive|Dr|Close|"
    rf"Court|Ct|Row|Way|Boulevard|Blvd|Terrace|Place|Square|Crescent|Gardens|Highway)\b{_REST}"
    rf"|\b[\w.-]{{1,40}}(?:straße|strasse|str\.|[a-zß]weg|gasse|platz|allee|laan|straat)\s+\d{{1,4}}\s?[a-z]?\b{_REST}"
    rf"|\b\d{{1,4}}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse)\s\S{_REST}"
    rf"|\b(?:[Cc]alle|[Aa]venida|[Pp]laza|Via|Viale|Piazza|Rua)\s[^\n|\d]{{2,40}}\s?\d{{1,4}}\b{_REST}"
)
WHERE_DETAILS_STAND = (SectionKind.TOP, SectionKind.SUMMARY, SectionKind.OTHER, SectionKind.REFERENCES)
TITLES = re.compile(r"\W*(?:curriculum vitae|lebenslauf|résumé|resume|cv)\W*", re.IGNORECASE)
NAME = re.compile(
    rf"(?:(?:[Dd]r|[Pp]rof|M[rs]s?|Herr|Frau|Dipl|Ing)\.?[- ]+)*[^\W\d_a-z][\w{APOSTROPHES}.]*"
    rf"(?:[- ]+(?:(?:von|van|de|da|del|della|di|den|der|ter|al|bin|y|zu)\s)*[^\W\d_a-z][\w{APOSTROPHES}.]*){{1,3}}"
)
AFTER_NAME = re.compile(rf"\s+[|{BULLETS}{DASHES}]\s+|,\s|\s{{3,}}|\t|\s\(")
FIELDS = re.compile(
    r"\b(?:development|management|science|technology|relations|services?|engineering|marketing|sales|finance|accounting|"
    r"administration|resources|education|health ?care|design|arts|banking|construction|operations|support|security|"
    r"analytics|consulting|aviation|agriculture|logistics|media|nursing|teaching|software|systems|profile|portfolio)\b",
    re.IGNORECASE,
)
"""Words that no name has: a line with one of them tells of work."""
NAME_LABEL = re.compile(r"^\W*(?:full )?(?:name|nom|nombre|nome|naam)\s*[:|]\s*(?P<said>\S.*)", re.IGNORECASE)
LINES_ON_TOP = 4
LINES_WITH_LABELS = 30
LONGEST_NAME = 40


def impersonal(text: str) -> str:
    """A CV's text with blanks for what identifies the person; as long as before."""
    lines = text.split("\n")
    name = _name_in(lines)
    told = [
        _without(line, name) if kind is not SectionKind.PERSONAL else " " * len(line)
        for line, kind in zip(lines, kinds_of_lines(lines), strict=True)
    ]
    blanked = "\n".join(told)
    for pattern in (EMAIL, LINK, PHONE):
        blanked = pattern.sub(_blanks, blanked)
    return "\n".join(
        _without_details(line) if kind in WHERE_DETAILS_STAND else line
        for line, kind in zip(blanked.split("\n"), kinds_of_lines(lines), strict=True)
    )


def _name_in(lines: list[str]) -> str | None:
    """The name behind its label; else the first line or its beginning, when it is written as names are.

    What names a profession is no name.
    """
    said = next((found["said"] for line in lines[:LINES_WITH_LABELS] if (found := NAME_LABEL.match(line))), "").strip()
    if len(said) <= LONGEST_NAME and NAME.fullmatch(said):
        return said
    filled = [line.strip(" \t#*_") for line in lines if line.strip(" \t#*_")][:LINES_ON_TOP]
    for line in filled:
        if TITLES.fullmatch(line):
            continue
        first = AFTER_NAME.split(line, maxsplit=1)[0].strip(" *_")
        is_name = (
            len(first) <= LONGEST_NAME
            and NAME.fullmatch(first)
            and not ROLES.search(first)
            and not FIELDS.search(first)
        )
        return first if is_name and not is_heading(first) else None
    return None


def _without(line: str, name: str | None) -> str:
    return re.sub(re.escape(name), _blanks, line, flags=re.IGNORECASE) if name else line


def _without_details(line: str) -> str:
    if LABELLED.match(line):
        return " " * len(line)
    return INLINE.sub(_blanks, STREET.sub(_blanks, line))


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])
