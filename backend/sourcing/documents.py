"""Text out of a CV's file: PDF, DOCX, plain text and Markdown.

What a file is, its content decides, not its name. PDF and DOCX are read in a child process under limits of memory,
processor time, file size and wall time, which is killed when it exceeds them; plain text is only decoded here.
Nothing that a file contains can crash or hang the caller: it ends in `UnreadableDocument`, with a sentence for the
CV's owner.
"""

import re
from dataclasses import dataclass
from typing import Literal

from sourcing.limits import MAX_BYTES, MAX_CHARACTERS
from sourcing.reading import Reader, reading_process

Kind = Literal["pdf", "docx", "text"]
Code = Literal["encrypted", "no_text_layer", "broken", "too_large", "too_slow", "unsupported", "empty"]

MIN_LETTERS = 20

REASONS: dict[Code, str] = {
    "encrypted": "The file is protected by a password. Please upload a copy without one.",
    "no_text_layer": "The PDF holds pictures of pages but no text. Please upload a copy with text, or run it through"
    " text recognition first.",
    "broken": "The file is damaged and cannot be read. Please export it again and upload the new copy.",
    "too_large": "The file is too large, or needs too much memory to read. Please upload a smaller copy.",
    "too_slow": "Reading the file takes too long. Please upload a simpler copy.",
    "unsupported": "This kind of file cannot be read. Please upload a PDF, a DOCX or a plain text file.",
    "empty": "The file contains no text.",
}

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
FOREIGN_STARTS = (b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%!PS", b"\x7fELF", b"MZ\x90", b"\x1f\x8b", b"Rar!")
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
PLAIN_FORMS = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\u00ad": "",  # a hyphen that is shown only at a line's end
        "\u00a0": " ",
        "\x7f": "\u2022",  # where some PDF writers keep the bullet
    }
)
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
    """The text of a document. Blocks, at worst for a minute: call it on a thread.

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
        return DocumentText(_with_letters(_decoded(content), "empty"), None, kind)
    if kind == "docx":
        text, _ = _read("docx", content)
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
    is_promised = filename.lower().endswith((".pdf", ".docx")) or media_type == "application/pdf"
    if is_promised and CONTROL.search(start):
        raise UnreadableDocument("broken")
    return "text"


def _read(reader: Reader, content: bytes) -> tuple[str, int | None]:
    """Ask the reading process; a PDF on which pdf_oxide died is read again by pdfium alone."""
    outcome = reading_process.read(reader, content)
    if outcome.answer is None and reader == "pdf":
        return _read("pdf-plainly", content)
    if outcome.answer is None:
        raise UnreadableDocument("too_slow" if outcome.overdue or outcome.exit in DEADLY_CPU_SIGNALS else "broken")
    if "refused" in outcome.answer:
        raise UnreadableDocument(outcome.answer["refused"])
    return outcome.answer["text"], outcome.answer["pages"]


def _decoded(content: bytes) -> str:
    """Plain text in the encoding that its bytes speak for; Windows's Western one when it is not UTF-8."""
    cut = content[: MAX_CHARACTERS * 4]
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if cut.startswith(mark):
            return cut.decode(encoding, errors="replace")
    if b"\0" in cut:
        raise UnreadableDocument("broken")
    try:
        return cut.decode("utf-8") if cut is content else cut.decode("utf-8", errors="ignore")
    except UnicodeDecodeError:
        return cut.decode("cp1252", errors="replace")


def _with_letters(text: str, code: Code) -> str:
    """The text, cleaned; refused when hardly a letter is in it."""
    cleaned = _cleaned(text)
    if sum(character.isalnum() for character in cleaned[:10_000]) < MIN_LETTERS:
        raise UnreadableDocument(code)
    return cleaned


def _cleaned(text: str) -> str:
    """One kind of line end, no control characters or lone surrogates, no ligatures, no runs of empty lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").translate(PLAIN_FORMS)
    text = re.sub(r"(?<![^\S\n])[^\S\n]+\n", "\n", text.replace("\t", "    "))
    text = re.sub(r"[^\S\n]{9,}", " " * 8, text)  # wide gaps part columns; endless ones are a trap for patterns
    text = re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:MAX_CHARACTERS]
