"""Lines that head a position: which they are, and what they name."""

import re
from datetime import date

from sourcing.dates import YEAR, Month
from sourcing.periods import RANGE, Period, period_in
from sourcing.punctuation import BULLET, BULLETS, DASHES, trimmed
from sourcing.roles import EMPLOYER_LABEL, OTHER_LABEL, ROLES, TITLE_LABEL
from sourcing.sections import is_list_of_skills

SEPARATORS = re.compile(
    rf"\t|\s?[\u060c\u3001\uff0c]\s?|\s[|{BULLETS}]\s|\s[{DASHES}]\s|\s{{3,}}|"
    r",\s(?!(?:ltd|inc|llc|llp|gmbh|plc|co|corp|s\.?[al]\.?|s\.?r\.?l|b\.?v|n\.?v)\b)"
    r"|\s(?:at|bei|bij|chez|presso|@)\s|\(|\)|(?<=[^\W\d_]{5})\.\s(?=(?-i:[A-Z]))",
    re.IGNORECASE,
)
DURATION = re.compile(
    r"(?:\d{1,2}\s*(?:years?|yrs?|months?|mos?|jahre?n?|monate?n?)\b\.?[\s,]*(?:and|und)?\s*)+", re.IGNORECASE
)
NO_NAME = re.compile(
    r"(?:full|part)[- ]?time|contract|permanent|temporary|remote|hybrid|on[- ]?site|seasonal|vollzeit|teilzeit|"
    r"befristet|unbefristet|temps plein|temps partiel|cdi|cdd|tiempo completo|fulltime|parttime|present|current|"
    r"\d(?:st|nd|rd|th) class|(?:pay )?(?:grade|band|level) \w{1,3}",
    re.IGNORECASE,
)
HOW_LONG_AS = re.compile(r"^\d{1,2}\+? (?:years?|months?) (?:as )?", re.IGNORECASE)
PLACE_LEFT_OUT = re.compile(r"\bCity {0,4}, {0,4}State\b")
"""What stands for the place in CVs that were made anonymous."""
NUMBERED = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|\d{1,2}(?:\.\d{1,2}){1,2}[.)]?)\s+")
WORKED_AS = re.compile(
    r"^\W*(?:(?:currently|presently|previously)\s)?work(?:ing|ed)\s(?:as\s)?(?:an?\s)?(?P<title>[^,;|\t]{3,60}?)\s(?:in|at|with|for)\s",
    re.IGNORECASE,
)
"""A sentence in a header's place: "Working as a Technical Lead in Acme Ltd"."""
LONGEST_HEADER = 110
YEAR_IN_A_COLUMN = re.compile(rf"\s*(?P<year>{YEAR})(?:\s{{2,}}|\s?\|\s?)(?P<rest>\S.*)")
DATES_LABEL = re.compile(
    r"^(?:dates?|period|duration|zeitraum|dauer|période|periodo|período|data)\b"
    r"(?:\s*\([^)]{0,20}\)?)?\s*[:|]?\s*(?=\t|$)",
    re.IGNORECASE,
)
DATES_FIRST = re.compile(r"^(?:dates?|period|duration|zeitraum|dauer|période|periodo|data)\b", re.IGNORECASE)
TOOLS_LABEL = re.compile(
    r"^\W*(?:environment|technical environment|tech\w*(?: used)?|tools?(?: used)?|umgebung|environnement)\s*[:|]\s",
    re.IGNORECASE,
)
COLUMN_NAME = re.compile(
    r"(?:period|dates?|years?|from|to|duration|role|position|(?:job )?title|company|employer|organi[sz]ation|client|"
    r"project|location|place|description|duties|responsibilities|tech\w*|stack|tools|skills)",
    re.IGNORECASE,
)
KIND_OF_WORK = re.compile(
    r"\((?:intern(?:ship)?|(?:work |industrial )?placement|stage|praktikum|apprenticeship|student job)\)",
    re.IGNORECASE,
)
WIDE_GAP = re.compile(r"\s{3,}")
"""What stands behind it at a page's right edge is more often a place than a name."""
TELLS = re.compile(r"\b(?:I|my|we|our|was|were|had|which|ich|wir|wurde|hatte)\b")
DOES = re.compile(r"\b(?:as|with|by|for|from|worked|led|managed|responsible)\b", re.IGNORECASE)
ABBREVIATED = re.compile(r"(?:\b\w\.\w\.|\b(?:inc|ltd|co|corp|bros|pvt|pty|kft|bhd)\.)$", re.IGNORECASE)


def dated_headers(lines: list[str], today: date) -> list[tuple[int, tuple[Period, str]]]:
    """The dated lines with their numbers; items of lists only where they begin with dates, or no other line has any."""
    for any_item in (False, True):
        dated = [
            (number, found)
            for number, line in enumerate(lines)
            if (found := _dated_header(line, today, any_item=any_item))
        ]
        if dated:
            return dated
    return []


def _dated_header(line: str, today: date, *, any_item: bool) -> tuple[Period, str] | None:
    """The period of a line that may head a position, and what else it says; a sentence that tells of years is none."""
    bullet = BULLET.match(line)
    if bullet and not (ROLES.search(line) and (any_item or RANGE.match(line, bullet.end()))):
        return _dates_and_place(line[bullet.end() :], today)
    if len(line) > LONGEST_HEADER:
        return _header_before_text(line, today)
    found = period_in(line, today) or _year_in_a_column(line)
    if found is None or TELLS.search(found[1]) or is_list_of_tools(line):
        return None
    return found[0], DATES_LABEL.sub("", found[1])


def _dates_and_place(item: str, today: date) -> tuple[Period, str] | None:
    """The period of an item that is nothing but dates, perhaps with a place at a distance: its mark was an icon."""
    dates, *place = WIDE_GAP.split(item.strip(), maxsplit=1)
    is_dated = RANGE.fullmatch(dates) is not None and len(dates) + sum(map(len, place)) <= LONGEST_HEADER
    return period_in(item, today) if is_dated else None


def is_list_of_tools(line: str) -> bool:
    """Whether a line lists behind a label what was used ("Environment: SQL Server 2012/2016")."""
    return TOOLS_LABEL.match(line) is not None or is_list_of_skills(line)


def _year_in_a_column(line: str) -> tuple[Period, str] | None:
    """A single year that stands apart before a title ("2019    Assistant Director, City Theatre")."""
    found = YEAR_IN_A_COLUMN.match(line)
    title = next(iter(pieces_of(found["rest"])), "") if found else ""
    if found is None or not ROLES.search(title):
        return None
    year = Month(int(found["year"]), None)
    return Period(year, year), found["rest"]


def _header_before_text(line: str, today: date) -> tuple[Period, str] | None:
    """The header with which a long line begins, where title, employer and dates stand before what was done."""
    found = period_in(line[:LONGEST_HEADER], today)
    header = found[1].partition("\t")[0] if found else ""
    if found is None or not ROLES.search(header) or TELLS.search(header) or DOES.search(header):
        return None
    return found[0], header


def is_header(line: str) -> bool:
    """Whether a line could name a title or an employer; a table's names of columns do not."""
    plain = line.strip()
    if len(plain) > LONGEST_HEADER or BULLET.match(line) or plain.endswith((";", ":", ",")):
        return False
    if is_labelled(line):
        return True
    if COLUMN_NAME.match(plain) and all(map(COLUMN_NAME.fullmatch, pieces_of(line))):
        return False
    return not OTHER_LABEL.match(plain) and (not plain.endswith(".") or bool(ABBREVIATED.search(plain)))


def labelled(lines: list[str], above: int) -> tuple[str, str, int]:
    """Title and employer behind their labels ("Role: ..."), and how many lines below the dates they reach."""
    title = organisation = ""
    last = 0
    for number, line in enumerate(lines):
        plain = _bare(line)
        if (found := TITLE_LABEL.match(plain)) and not title:
            title, last = found["said"].strip(), number + 1 - above
        elif (found := EMPLOYER_LABEL.match(plain)) and not organisation:
            pieces = pieces_of(found["said"])
            organisation, last = pieces[0] if pieces else "", number + 1 - above
    return title, organisation, max(0, last)


def is_labelled(line: str) -> bool:
    """Whether a line names a title or an employer behind a label."""
    return bool(TITLE_LABEL.match(_bare(line)) or EMPLOYER_LABEL.match(_bare(line)))


def _bare(line: str) -> str:
    """A line without the mark of a list's item."""
    return NUMBERED.sub("", line).strip(f" \t{BULLETS}{DASHES}")


def pieces_of(line: str) -> list[str]:
    """The parts of a header line, without marks of emphasis, and without how long it was ("6 years 10 months")."""
    bare = WORKED_AS.sub(r"\g<title>\t", KIND_OF_WORK.sub("\t", PLACE_LEFT_OUT.sub("\t", NUMBERED.sub("", line))))
    parts = (_trimmed(part) for part in SEPARATORS.split(bare))
    named = (part for part in parts if not DURATION.fullmatch(part) and not NO_NAME.fullmatch(part))
    return [part for part in named if re.search(r"[^\W\d_]{2}", part)]


def _trimmed(part: str) -> str:
    bare = HOW_LONG_AS.sub("", trimmed(part))
    return f"{bare}." if ABBREVIATED.search(f"{bare}.") and f"{bare}." in part else bare
