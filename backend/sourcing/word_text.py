"""The text of a DOCX: paragraphs, lists, tables and text boxes in the order of reading, as a person sees them.

Headers come first, as they may name the person; footers are left out. Deleted and hidden text is not read, nor the
second copy of a text box that is there for old programs. A table that only lays out the page is read cell by cell, the
fullest first; a row that says what was when becomes one line, its cells parted by bars.

Run only where it may fail in any way (see `readers.py`): entities that multiply are refused by expat and by the limits.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from sourcing.limits import MAX_TAGS
from sourcing.sections import is_heading

Element = ElementTree.Element

HEADERS = re.compile(r"word/header\d*\.xml")
NOTES = re.compile(r"word/(?:footnotes|endnotes)\.xml")
DOCUMENT = "word/document.xml"
UNSEEN = {
    "del",
    "moveFrom",
    "Fallback",
    "instrText",
    "delText",
    "rPr",
    "pPr",
    "sectPr",
    "tblPr",
    "tcPr",
    "trPr",
    "tblGrid",
}
WRITTEN = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "sym": "\u2022"}
BLOCKS = {"p", "tbl"}
LAYOUT_LINES = 8
"""A cell with so many lines is part of a page's layout."""


class TooManyTags(Exception):
    """The XML has more elements than any document needs."""


class DeclaresTypes(Exception):
    """The XML has a document type, which DOCX forbids: its entities could multiply or name files."""


def text_of(package: zipfile.ZipFile) -> str:
    """The text of a DOCX.

    Raises:
        TooManyTags: it is too large.
        DeclaresTypes, ElementTree.ParseError, KeyError, RecursionError, zipfile.BadZipFile: it is damaged or hostile.
    """
    names = sorted(package.namelist())
    headers = [line for name in names if HEADERS.fullmatch(name) for line in _lines(_parsed(package, name))]
    body = list(_lines(_parsed(package, DOCUMENT)))
    notes = [line for name in names if NOTES.fullmatch(name) for line in _lines(_parsed(package, name))]
    return "\n".join([*dict.fromkeys(headers), *body, *notes])


def _parsed(package: zipfile.ZipFile, name: str) -> Element:
    content = package.read(name)
    if content.count(b"<") > MAX_TAGS:
        raise TooManyTags(name)
    if (
        b"<!DOCTYPE" in content
        or "<!DOCTYPE".encode("utf-16-le") in content
        or "<!DOCTYPE".encode("utf-16-be") in content
    ):
        raise DeclaresTypes(name)
    return ElementTree.fromstring(content)  # noqa: S314 - see the import


def _tag(element: Element) -> str:
    """The element's name, whichever of the two namespaces of Word it is in."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _lines(element: Element) -> Iterator[str]:
    """The lines of what is below an element, which may be a body, a cell or a text box."""
    for child in element:
        tag = _tag(child)
        if tag == "p":
            yield from _paragraph(child)
        elif tag == "tbl":
            yield from _table(child)
        elif tag not in UNSEEN:
            yield from _lines(child)


def _paragraph(paragraph: Element) -> Iterator[str]:
    """A paragraph's lines, then those of text boxes that hang on it."""
    boxes: list[Element] = []
    text = "".join(_pieces(paragraph, boxes))
    mark = "\u2022 " if _is_item(paragraph) and text.strip() else ""
    if _style(paragraph).lower().startswith(("heading", "berschrift", "titre", "titolo", "ttulo", "kop")):
        yield ""
    yield from (mark + text).split("\n")
    for box in boxes:
        yield from _lines(box)


def _pieces(element: Element, boxes: list[Element]) -> Iterator[str]:
    """What is written within a paragraph; text boxes are put aside."""
    for child in element:
        tag = _tag(child)
        if tag == "t":
            yield child.text or ""
        elif tag in WRITTEN:
            yield WRITTEN[tag]
        elif tag == "txbxContent":
            boxes.append(child)
        elif tag not in UNSEEN and not (tag == "r" and _is_hidden(child)):
            yield from _pieces(child, boxes)


def _is_hidden(run: Element) -> bool:
    return any(_tag(format) == "vanish" and _value(format) not in {"0", "false"} for each in run for format in each)


def _is_item(paragraph: Element) -> bool:
    """Whether a paragraph is an item of a list, by its own format or by its style's name."""
    formats = [format for each in paragraph if _tag(each) == "pPr" for format in each]
    numbered = [each for format in formats if _tag(format) == "numPr" for each in format if _tag(each) == "numId"]
    return any(_value(each) != "0" for each in numbered) or bool(
        re.match(r"List(?:Bullet|Number)|Aufz|Liste[apn]", _style(paragraph))
    )


def _style(paragraph: Element) -> str:
    return next((_value(each) for part in paragraph for each in part if _tag(each) == "pStyle"), "")


def _value(element: Element) -> str:
    return next((value for name, value in element.items() if name.rpartition("}")[2] == "val"), "")


def _table(table: Element) -> Iterator[str]:
    for row in _children(table, "tr"):
        cells = [[line for line in _lines(cell) if line.strip()] for cell in _children(row, "tc")]
        yield from _row([cell for cell in cells if cell])


def _children(element: Element, wanted: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, also within content controls; not those of tables inside."""
    for child in element:
        tag = _tag(child)
        if tag == wanted:
            yield child
        elif tag not in UNSEEN | BLOCKS | {"tr", "tc"}:
            yield from _children(child, wanted)


def _row(cells: list[list[str]]) -> Iterator[str]:
    is_one_line = all(len(cell) == 1 for cell in cells)
    has_headings = any(is_heading(line) for cell in cells for line in cell) and not is_one_line
    if len(cells) > 1 and (has_headings or any(len(cell) >= LAYOUT_LINES for cell in cells)):
        yield from _layout(cells)
    elif cells:
        beside = [("   ".join(cell) if len(cell) < LAYOUT_LINES else cell[0]) for cell in cells[:-1]]
        yield " | ".join([*beside, cells[-1][0]])
        yield from cells[-1][1:]


def _layout(cells: list[list[str]]) -> Iterator[str]:
    """Cells that are columns of a page: a heading in the margin before what is beside it, else the fullest first."""
    if len(cells[0]) == 1:
        yield from _joined(cells)
        return
    yield from _joined(sorted(cells, key=lambda cell: -sum(map(len, cell))))


def _joined(cells: Iterable[list[str]]) -> Iterator[str]:
    for cell in cells:
        yield from cell
