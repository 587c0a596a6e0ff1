"""Text out of a CV's file: PDF, DOCX, JSON Resume, plain text and Markdown.

What a file is, its content decides, not its name. All but plain text is read in a child process under limits of memory,
processor time, file size and wall time, which is killed when it exceeds them; that is only decoded here.
Nothing that a file contains can crash or hang the caller: it ends in `UnreadableDocument`, with a sentence for the
CV's owner.
"""

import re
from dataclasses import dataclass
from typing import Literal

from sourcing.json_resume import is_json_resume
from sourcing.limits import MAX_BYTES
from sourcing.markdown import without_marks
from sourcing.plain_text import cleaned, decoded
from sourcing.reading import Reader, reading_process

Kind = Literal["pdf", "docx", "json", "text"]
Code = Literal["encrypted", "no_text_layer", "broken", "too_large", "too_slow", "unsupported", "empty"]

MIN_LETTERS = 20

REASONS: dict[Code, str] = {
    "encrypted": "The file is protected by a password. Please upload a copy without one.",
    "no_text_layer": "The PDF holds pictures of pages but no text. Please upload a copy with text, or run it through"
    " text recognition first.",
    "broken": "The file is damaged and cannot be read. Please export it again and upload the new copy.",
    "too_large": "The file is too large, or needs too much memory to read. Please upload a smaller copy.",
    "too_slow": "Reading the file takes too long. Please upload a simpler copy.",
    "unsupported": "This kind of file cannot be read. Please upload a PDF, a DOCX, a JSON Resume or a plain text file.",
    "empty": "The file contains no text.",
}

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
FOREIGN_STARTS = (b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%!PS", b"\x7fELF", b"MZ\x90", b"\x1f\x8b", b"Rar!")
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
DEADLY_CPU_SIGNALS = (-24, -14)
"""A child ended by SIGXCPU or by its alarm."""


@dataclass(frozen=True)
class DocumentText:
    """A document's text (at most 200,000 characters), its number of pages where it has any, and what it is."""

    text: str
    pages: int | None
    kind: Kind


class UnreadableDocument(Exception):
    """The document cannot be read, now or later. `reason` is a sentence for its owner, `code` the same for programs."""

    def __init__(self, code: Code) -> None:
        self.code: Code = code
        self.reason = REASONS[code]
        super().__init__(self.reason)


def extract_text(content: bytes, filename: str, media_type: str | None = None) -> DocumentText:
    """The text of a document. Blocks, at worst for a minute, most of it for a place: call it on a thread.

    `filename` and `media_type` are what the uploader says; they only decide where the content leaves it open.

    Raises:
        UnreadableDocument: it cannot be read, with the reason.
        sourcing.reading.ReadingUnavailable: the machine cannot read any document now; another try may succeed.
    """
    if not content:
        raise UnreadableDocument("empty")
    if len(content) > MAX_BYTES:
        raise UnreadableDocument("too_large")
    kind = _kind_of(content, filename, media_type)
    if kind == "text":
        text_of_file = decoded(content)
        if text_of_file is None:
            raise UnreadableDocument("broken")
        return DocumentText(_with_letters(without_marks(text_of_file), "empty"), None, kind)
    if kind in {"docx", "json"}:
        text, _ = _read(kind, content)
        return DocumentText(_with_letters(text, "empty"), None, kind)
    text, pages = _read("pdf", content)
    return DocumentText(_with_letters(text, "no_text_layer"), pages, kind)


def _kind_of(content: bytes, filename: str, media_type: str | None) -> Kind:
    start = content[:1024]
    if b"%PDF-" in start:
        return "pdf"
    if start.startswith(ZIP_STARTS):
        return "docx"
    if start.startswith(OLD_OFFICE):
        raise UnreadableDocument("encrypted" if ENCRYPTED_PACKAGE in content else "unsupported")
    if start.startswith(FOREIGN_STARTS):
        raise UnreadableDocument("unsupported")
    is_json = filename.lower().endswith(".json") or media_type == "application/json"
    if is_json_resume(content, is_promised=is_json):
        return "json"
    is_promised = filename.lower().endswith((".pdf", ".docx")) or media_type == "application/pdf"
    if is_promised and CONTROL.search(start):
        raise UnreadableDocument("broken")
    return "text"


def _read(reader: Reader, content: bytes) -> tuple[str, int | None]:
    """Ask the reading process; a PDF on which pdf_oxide died, or of which it makes nothing, is read by pdfium."""
    outcome = reading_process.read(reader, content)
    is_unread = outcome.answer is None or not outcome.answer.get("text", "refused").strip()
    if is_unread and reader == "pdf":
        return _read("pdf-plainly", content)
    if outcome.answer is None:
        raise UnreadableDocument("too_slow" if outcome.overdue or outcome.exit in DEADLY_CPU_SIGNALS else "broken")
    if "refused" in outcome.answer:
        raise UnreadableDocument(outcome.answer["refused"])
    return outcome.answer["text"], outcome.answer["pages"]


def _with_letters(text: str, code: Code) -> str:
    """The text, cleaned; refused when hardly a letter is in it."""
    even = cleaned(text)
    if sum(character.isalnum() for character in even[:10_000]) < MIN_LETTERS:
        raise UnreadableDocument(code)
    return even
