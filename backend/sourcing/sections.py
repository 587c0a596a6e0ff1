"""A CV's text in sections: a short line that is a known heading, English or German, begins one."""

import re
from dataclasses import dataclass
from enum import StrEnum


class SectionKind(StrEnum):
    """What a section is about; `TOP` is what stands before the first heading."""

    TOP = "top"
    SUMMARY = "summary"
    EXPERIENCE = "experience"
    PROJECTS = "projects"
    EDUCATION = "education"
    SKILLS = "skills"
    LANGUAGES = "languages"
    OTHER = "other"


HEADINGS: dict[SectionKind, str] = {
    SectionKind.SUMMARY: "profile|summary|about|about me|personal profile|professional profile|professional summary|"
    "career summary|objective|career objective|personal statement|in brief|in short|"
    "profil|kurzprofil|über mich|zur person|zusammenfassung",
    SectionKind.EXPERIENCE: "experience|work experience|professional experience|employment|employment history|career|"
    "career history|work history|professional background|relevant experience|positions|positions held|practice|"
    "berufserfahrung|berufserfahrungen|berufliche erfahrung|beruflicher werdegang|berufliche stationen|werdegang|"
    "berufspraxis|praxiserfahrung|praktische erfahrung|arbeitserfahrung|berufstätigkeit|berufliche tätigkeit|"
    "berufliche tätigkeiten|beruflicher hintergrund|berufliche laufbahn",
    SectionKind.PROJECTS: "projects|selected projects|project history|project experience|freelance projects|"
    "projekte|ausgewählte projekte|projekthistorie|projektliste|projekterfahrung",
    SectionKind.EDUCATION: "education|education and training|education and qualifications|academic background|"
    "academic qualifications|qualifications|studies|training and education|"
    "ausbildung|bildung|bildungsweg|schulbildung|studium|ausbildung und studium|studium und ausbildung|"
    "akademische ausbildung|aus und weiterbildung|qualifikationen",
    SectionKind.SKILLS: "skills|technical skills|key skills|core skills|top skills|professional skills|"
    "core competencies|competencies|technologies|tools|expertise|areas of expertise|skills and tools|tools and methods|"
    "skills and expertise|skills and technologies|methods and tools|software|stack|"
    "kenntnisse|fähigkeiten|kompetenzen|kernkompetenzen|fachkenntnisse|it kenntnisse|edv kenntnisse|"
    "technische kenntnisse|besondere kenntnisse|kenntnisse und fähigkeiten|fähigkeiten und kenntnisse|technologien|"
    "werkzeuge",
    SectionKind.LANGUAGES: "languages|language skills|spoken languages|sprachen|sprachkenntnisse|fremdsprachen",
    SectionKind.OTHER: "certificates|certifications|certificates and courses|courses|licences|licenses|training|"
    "further training|publications|talks|talks and publications|awards|volunteering|voluntary work|interests|hobbies|"
    "references|contact|contact details|personal details|memberships|availability|other|"
    "registrations|additional information|"
    "zertifikate|zertifizierungen|weiterbildung|weiterbildungen|fortbildungen|"
    "veröffentlichungen|publikationen|ehrenamt|hobbys|interessen|referenzen|kontakt|kontaktdaten|persönliche daten|"
    "persönliches|verfügbarkeit|mitgliedschaften|auszeichnungen|sonstiges",
}
KIND_OF_HEADING = {
    heading.replace(" und ", " and "): kind for kind, names in HEADINGS.items() for heading in names.split("|")
}
LONGEST_HEADING = 45


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
    """The sections in order; the first is `TOP` (perhaps empty)."""
    sections = [Section(SectionKind.TOP, [])]
    for line in text.splitlines():
        heading, rest = _heading_of(line)
        if heading is None:
            sections[-1].lines.append(line)
            continue
        sections.append(Section(heading, [rest] if rest else []))
    return sections


def lines_of(sections: list[Section], *kinds: SectionKind) -> list[str]:
    """All lines of the sections of these kinds."""
    return [line for section in sections if section.kind in kinds for line in section.lines]


def is_heading(line: str) -> bool:
    """Whether a line is nothing but a heading that is known."""
    return _plain(line) in KIND_OF_HEADING


def _heading_of(line: str) -> tuple[SectionKind | None, str]:
    """The kind of the heading that a line is or begins with, and what follows on the same line."""
    whole = KIND_OF_HEADING.get(_plain(line))
    if whole is not None:
        return whole, ""
    before, separator, after = _parted(line)
    kind = KIND_OF_HEADING.get(_plain(before)) if separator else None
    return (kind, after.strip()) if kind is not None else (None, "")


def _parted(line: str) -> tuple[str, str, str]:
    """A line at its colon, or at the edge of a table's first cell."""
    cut = re.search(r":(?=\s)|\s\|\s", line[: LONGEST_HEADING + 3])
    return (line[: cut.start()], cut[0], line[cut.end() :]) if cut else (line, "", "")


def _plain(line: str) -> str:
    """A line as headings are listed: no marks, no letter-spacing, "and" for "&" and "und"."""
    if len(line) > LONGEST_HEADING * 2:
        return ""
    words = re.sub(r"[^\w&' ]+", " ", line).replace("_", " ").replace("&", " and ").lower().split()
    if len(words) > 3 and all(len(word) == 1 for word in words):
        return "".join(words)
    return " ".join("and" if word == "und" else word for word in words)
