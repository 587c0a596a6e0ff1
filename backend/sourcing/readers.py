"""Text out of one PDF, DOCX or JSON file, whatever the file does to the library that reads it.

These functions run only in a child process that may be killed at any moment (see `reading_process`): pdfium aborts
on some bombs, pdf_oxide dies on deep nesting. They raise `Refused` for what they understand.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import docx2python
import pdf_oxide
import pypdfium2

from sourcing.hyphens import with_own_hyphens
from sourcing.json_resume import text_of
from sourcing.limits import MAX_CHARACTERS, MAX_PACKED_FILES, MAX_PAGES, MAX_UNPACKED_BYTES
from sourcing.page_layout import WHOLE_PAGE, Box, Word, layouts_of
from sourcing.punctuation import DASHES

DATES_ALONE = re.compile(
    rf"\s*[\w/. ]{{0,10}}\d{{4}}\s*[{DASHES}]\s*(?:[\w/. ]{{0,10}}\d{{4}}|[a-z ]{{3,8}})\s*", re.IGNORECASE
)
PASSWORD_ERRORS = (4, 5)
"""pdfium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY."""


class Refused(Exception):
    """The file was understood well enough to say why it cannot be read; `code` is one of `UnreadableDocument`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_pdf(content: bytes) -> tuple[str, int]:
    """The text and the number of pages. pdfium opens first: it says what is encrypted or truncated."""
    with _open_with_pdfium(content) as document:
        pages = len(document)
        text = _text_by_pdf_oxide(content, pages)
        if not text.strip() or _is_torn(text):
            plain = _text_by_pdfium(document)
            text = text if _is_torn(plain) else plain
    return text, pages


def read_pdf_plainly(content: bytes) -> tuple[str, int]:
    """The same without pdf_oxide, for a file on which it died."""
    with _open_with_pdfium(content) as document:
        return _text_by_pdfium(document), len(document)


def read_docx(content: bytes) -> tuple[str, None]:
    """The text of body, tables and text boxes, then of headers, footers and notes."""
    _check_package(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with docx2python.docx2python(io.BytesIO(content), duplicate_merged_cells=False) as document:
            parts = [document.body, document.header, document.footer, document.footnotes, document.endnotes]
    return _joined(_rows_of(parts)), None


def read_json(content: bytes) -> tuple[str, None]:
    """The text of a JSON Resume."""
    try:
        text = text_of(content)
    except (ValueError, RecursionError) as error:
        raise Refused("broken") from error
    if text is None:
        raise Refused("unsupported")
    return text[:MAX_CHARACTERS], None


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
    """What pdf_oxide reads, or nothing when it cannot: pdfium is asked next."""
    try:
        document = pdf_oxide.PdfDocument.from_bytes(content)
        return _joined(_texts_of_boxes(document, [_words(document, page) for page in range(pages)]))
    except Exception:  # noqa: BLE001 - whatever it raises, the answer is the same: the other library reads
        return ""


def _words(document: Any, page: int) -> list[Word]:
    return [
        Word(word.text, word.bbox[0], word.bbox[1], word.bbox[2], word.font_size)
        for word in document.extract_words(page)
        if not word.rotation_degrees
    ]


def _texts_of_boxes(document: Any, pages: list[list[Word]]) -> Iterator[str]:
    """The main columns of all pages, then the narrow ones."""
    layouts = layouts_of(pages)
    for boxes in ([layout.main for layout in layouts], [layout.beside for layout in layouts]):
        for page, parts in enumerate(boxes):
            text = "\n".join(_text_of_box(document, page, box) for box in parts)
            yield with_own_hyphens(text, *_hyphens(pages[page])) if text else text


def _text_of_box(document: Any, page: int, box: Box) -> str:
    if box == WHOLE_PAGE:
        return str(document.extract_text(page))
    region = (box.left, box.bottom, box.right - box.left, box.top - box.bottom)
    return str(document.extract_text(page, region=region))


def _hyphens(words: list[Word]) -> tuple[list[str], set[str]]:
    """The words that end with a hyphen, which pdf_oxide takes for a line's, and all words of the page."""
    written = [word.text for word in words]
    return [word for word in written if word.endswith("-")], {word.strip(".,;:()") for word in written}


def _text_by_pdfium(document: pypdfium2.PdfDocument) -> str:
    return _joined(page.get_textpage().get_text_range() for page in document)


def _is_torn(text: str) -> bool:
    """Whether dates stand one below the other: a table's first column, taken for a column of the page."""
    filled = [line for line in text.splitlines() if line.strip()]
    return any(DATES_ALONE.fullmatch(line) and DATES_ALONE.fullmatch(below) for line, below in pairwise(filled))


def _check_package(content: bytes) -> None:
    """A DOCX is a zip: refuse bombs by what they declare (the memory limit holds for those that lie)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except zipfile.BadZipFile as error:
        raise Refused("broken") from error
    if len(entries) > MAX_PACKED_FILES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Refused("too_large")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("encrypted")
    if "word/document.xml" not in {entry.filename for entry in entries}:
        raise Refused("unsupported")


def _rows_of(parts: list[list[list[list[list[str]]]]]) -> Iterator[str]:
    """Table rows of short cells as one line, everything else paragraph by paragraph."""
    for part in parts:
        for table in part:
            for row in table:
                cells = [[_plain(paragraph) for paragraph in cell if paragraph.strip()] for cell in row]
                filled = [cell for cell in cells if cell]
                if all(len(cell) == 1 for cell in filled):
                    yield " | ".join(cell[0] for cell in filled)
                else:
                    yield "\n".join(paragraph for cell in filled for paragraph in cell)


def _plain(paragraph: str) -> str:
    """A paragraph without docx2python's marks for pictures and numbering."""
    without_pictures = re.sub(r"----.*?----", " ", paragraph)
    return re.sub(r"^(\s*)(?:--|\d+\)|[a-z]\))\t", r"\1- ", without_pictures).replace("\t", "  ").strip("\n")


def _joined(pieces: Iterator[str]) -> str:
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
