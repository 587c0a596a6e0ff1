"""Text out of one PDF, DOCX or JSON file, whatever the file does to the library that reads it.

These functions run only in a child process that may be killed at any moment (see `reading_process`): pdfium aborts
on some bombs, pdf_oxide dies on deep nesting. They raise `Refused` for what they understand.
"""

import io
import math
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree

import pdf_oxide
import pypdfium2

from sourcing import json_resume, word_text
from sourcing.limits import MAX_CHARACTERS, MAX_PACKED_FILES, MAX_PAGES, MAX_UNPACKED_BYTES
from sourcing.page_layout import Word, texts_of

ZIP_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, ValueError)
RIGHT_TO_LEFT = 0.1
PASSWORD_ERRORS = (4, 5)
"""pdfium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY."""


class Refused(Exception):
    """The file was understood well enough to say why it cannot be read; `code` is one of `UnreadableDocument`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_pdf(content: bytes) -> tuple[str, int]:
    """The text and the number of pages; none where pdfium is to read alone. pdfium opens: it says what is encrypted."""
    with _open_with_pdfium(content) as document:
        pages = len(document)
    text = _text_by_pdf_oxide(content, pages)
    return ("" if _runs_from_right(text) else text), pages


def read_pdf_plainly(content: bytes) -> tuple[str, int]:
    """The same by pdfium, for a file on which pdf_oxide died or of which it makes nothing."""
    with _open_with_pdfium(content) as document:
        return _text_by_pdfium(document), len(document)


def read_docx(content: bytes) -> tuple[str, None]:
    """The text of headers, body, tables and text boxes, then of notes."""
    with _open_package(content) as package:
        try:
            return word_text.text_of(package)[:MAX_CHARACTERS], None
        except word_text.TooManyTags as error:
            raise Refused("too_large") from error
        except (KeyError, RecursionError, ElementTree.ParseError, word_text.DeclaresTypes, *ZIP_ERRORS) as error:
            raise Refused("broken") from error


def read_json(content: bytes) -> tuple[str, None]:
    """The text of a JSON Resume."""
    try:
        text = json_resume.text_of(content)
    except (ValueError, RecursionError) as error:
        raise Refused("broken") from error
    if text is None:
        raise Refused("unsupported")
    return text[:MAX_CHARACTERS], None


def _runs_from_right(text: str) -> bool:
    """Whether a share of the letters is of scripts that run from right to left: pdf_oxide mixes up their words."""
    directions = [unicodedata.bidirectional(character) for character in text if character.isalpha()]
    return sum(direction in {"R", "AL"} for direction in directions) > RIGHT_TO_LEFT * len(directions)


def _open_with_pdfium(content: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if error.err_code in PASSWORD_ERRORS else "broken") from error
    if len(document) == 0:
        raise Refused("broken")
    if len(document) > MAX_PAGES:
        raise Refused("too_large")
    return document


def _text_by_pdf_oxide(content: bytes, pages: int) -> str:
    """The text of the words that pdf_oxide finds; none when it cannot."""
    try:
        document = pdf_oxide.PdfDocument.from_bytes(content)
        words = [_words(document, page) for page in range(pages)]
    except Exception:  # noqa: BLE001 - whatever it raises, the answer is the same: the other library reads
        return ""
    return _joined(f"{text}\n" for text in texts_of(words))


def _words(document: Any, page: int) -> list[Word]:
    return [
        Word(word.text, word.bbox[0], word.bbox[1], word.bbox[2], word.font_size)
        for word in document.extract_words(page)
        if not word.rotation_degrees and all(map(math.isfinite, [*word.bbox, word.font_size]))
    ]


def _text_by_pdfium(document: pypdfium2.PdfDocument) -> str:
    return _joined(page.get_textpage().get_text_range() for page in document)


def _open_package(content: bytes) -> zipfile.ZipFile:
    """A DOCX is a zip: refuse bombs by what they declare (the memory limit holds for those that lie)."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except ZIP_ERRORS as error:
        raise Refused("broken") from error
    entries = package.infolist()
    if len(entries) > MAX_PACKED_FILES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Refused("too_large")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("encrypted")
    if word_text.DOCUMENT not in {entry.filename for entry in entries}:
        raise Refused("unsupported")
    return package


def _joined(pieces: Iterable[str]) -> str:
    """The pieces on lines of their own, no further than the limit."""
    taken: list[str] = []
    room = MAX_CHARACTERS
    for piece in pieces:
        taken.append(piece[:room])
        room -= len(piece) + 1
        if room <= 0:
            break
    return "\n".join(taken)


READERS: dict[str, Callable[[bytes], tuple[str, int | None]]] = {
    "pdf": read_pdf,
    "pdf-plainly": read_pdf_plainly,
    "docx": read_docx,
    "json": read_json,
}
