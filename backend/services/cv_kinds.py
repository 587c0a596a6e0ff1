"""Which files are taken as a CV, told by their content; what a name or a client's header says decides nothing."""

import re
import unicodedata

from services.refusals import Unsupported
from sourcing.documents import ENCRYPTED_PACKAGE, OLD_OFFICE, REASONS
from sourcing.json_resume import is_json_resume
from sourcing.plain_text import encoding_of

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "text/plain"
JSON = "application/json"

MAX_FILENAME = 255
MARKED_UP = (b"{\\rtf", b"%!PS")
"""Kinds that are made of text, but are not to be read as such."""
DOS_END_OF_FILE = b"\x1a"
_PDF_HEADER_WITHIN = 1024
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Reversed by one of these, "exe.pdf" reads as another kind of file."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def media_type_of(content: bytes) -> str:
    """Return the media type of a CV's content.

    Raises:
        Unsupported: it is neither PDF, nor DOCX, nor JSON Resume, nor text.
    """
    if b"%PDF-" in content[:_PDF_HEADER_WITHIN]:
        return PDF
    if content.startswith(b"PK\x03\x04") and b"word/document" in content:
        return DOCX
    if content.startswith(OLD_OFFICE) and ENCRYPTED_PACKAGE in content:
        raise Unsupported(REASONS["encrypted"])
    if is_json_resume(content, is_promised=False):
        return JSON
    if _is_text(content):
        return TEXT
    raise Unsupported("a CV must be a PDF, a DOCX or a text file; this is none of them")


def _is_text(content: bytes) -> bool:
    if content.startswith(OLD_OFFICE):
        return False
    if encoding_of(content) not in {None, "utf-8", "utf-8-sig"}:
        return True
    text = content.rstrip(DOS_END_OF_FILE)
    return not text.startswith(MARKED_UP) and _CONTROL.search(text) is None


def shown_filename(filename: str | None) -> str:
    """Return a client's file name as it may be shown: one line, without folders, at most 255 characters."""
    last = re.split(r"[/\\]", filename or "")[-1]
    kept = "".join(character for character in unicodedata.normalize("NFC", last) if _is_shown(character))
    return kept.strip()[-MAX_FILENAME:] or "cv"


def _is_shown(character: str) -> bool:
    hidden = {"Cc", "Cs", "Co", "Zl", "Zp"}
    return unicodedata.category(character) not in hidden and character not in _DIRECTIONS
