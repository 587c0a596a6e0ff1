"""JSON Resume (jsonresume.org, schema 1.0.0) as the text of a CV, which is then read as any other.

Name, e-mail, telephone, picture and address (`basics`) are left out. What is missing, or of another type than the
schema's, is passed over; nothing is taken beyond the limits.
"""

import json
from collections.abc import Iterator
from typing import Any

SECTIONS = ("basics", "work", "education", "skills", "projects", "certificates", "languages", "volunteer")
LONGEST = 5_000
MOST = 200

Entry = dict[str, Any]


def is_json_resume(content: bytes, *, is_promised: bool) -> bool:
    """Whether a file is meant as one: an object that names sections, or any object where the name promises JSON."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        return False
    return is_promised or any(f'"{section}"'.encode() in content for section in SECTIONS[:2])


def text_of(content: bytes) -> str | None:
    """The text; `None` when it is JSON of another kind.

    Raises:
        ValueError, RecursionError: it is no JSON, or nested too deep.
    """
    document = json.loads(content)
    if not isinstance(document, dict) or not any(section in document for section in SECTIONS):
        return None
    return "\n".join(_lines(document))


def _lines(document: Entry) -> Iterator[str]:
    basics = document.get("basics")
    if isinstance(basics, dict):
        yield from (_text(basics, "label"), "", "SUMMARY", _text(basics, "summary"))
    yield from _section("EXPERIENCE", map(_work, _entries(document, "work")))
    yield from _section("PROJECTS", map(_work, _entries(document, "projects")))
    yield from _section("EDUCATION", map(_study, _entries(document, "education")))
    yield from _section("CERTIFICATES", map(_certificate, _entries(document, "certificates")))
    yield from _section("SKILLS", map(_skill, _entries(document, "skills")))
    languages = (f"{_text(each, 'language')}: {_text(each, 'fluency')}" for each in _entries(document, "languages"))
    yield from _section("LANGUAGES", languages)
    yield from _section("VOLUNTEERING", map(_work, _entries(document, "volunteer")))
    for other in ("awards", "publications"):
        names = (f"{_text(each, 'title') or _text(each, 'name')}" for each in _entries(document, other))
        yield from _section(other.upper(), names)


def _section(heading: str, entries: Iterator[str]) -> Iterator[str]:
    filled = [entry for entry in entries if entry.strip(" :")]
    if filled:
        yield from ("", heading, *filled)


def _work(entry: Entry) -> str:
    """A position; one without dates is a paragraph."""
    told = [f"\u2022 {point}" for point in _strings(entry, "highlights")] + _strings(entry, "keywords")
    title = _text(entry, "position") or ", ".join(_strings(entry, "roles"))
    employer = _text(entry, "name") or _text(entry, "company") or _text(entry, "organization") or _text(entry, "entity")
    lines = [
        f"Position: {title}" if title else "",
        f"Company: {employer}" if employer else "",
        _dates(entry),
        _text(entry, "summary") or _text(entry, "description"),
        *told,
    ]
    return "\n".join(["", *(line for line in lines if line)])


def _study(entry: Entry) -> str:
    degree = " ".join(filter(None, (_text(entry, "studyType"), _text(entry, "area"))))
    return " | ".join(filter(None, (degree, _text(entry, "institution"), _dates(entry))))


def _certificate(entry: Entry) -> str:
    issuer, given = _text(entry, "issuer"), _text(entry, "date")
    dated = f"{_text(entry, 'name')} ({given})" if given else _text(entry, "name")
    return f"\u2022 {dated}\nIssuer: {issuer}" if issuer else f"\u2022 {dated}"


def _skill(entry: Entry) -> str:
    names = ", ".join(_strings(entry, "keywords"))
    return ": ".join(filter(None, (_text(entry, "name"), names)))


def _dates(entry: Entry) -> str:
    start, end = _text(entry, "startDate"), _text(entry, "endDate")
    if not start:
        return end
    return f"{start} \u2013 {end or 'present'}"


def _entries(document: Entry, section: str) -> list[Entry]:
    entries = document.get(section)
    return [entry for entry in entries[:MOST] if isinstance(entry, dict)] if isinstance(entries, list) else []


def _strings(entry: Entry, name: str) -> list[str]:
    values = entry.get(name)
    return [_plain(value) for value in values[:MOST] if isinstance(value, str)] if isinstance(values, list) else []


def _text(entry: Entry, name: str) -> str:
    value = entry.get(name)
    return _plain(value) if isinstance(value, str) else ""


def _plain(value: str) -> str:
    return " ".join(value[:LONGEST].split())
