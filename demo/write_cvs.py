"""Write the demo's PDF and DOCX CVs anew from `cvs/source/*.yaml`: `python demo/write_cvs.py [folder]`.

The same source gives the same bytes: no dates, no random ids. The plain text and Markdown CVs are their own source.
Each source names its format and its layout (see `PDF_LAYOUTS` and `DOCX_LAYOUTS`), so that the corpus holds single
columns, two columns, tables, headers and footers.
"""

import io
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import yaml
from docx.document import Document
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Frame, Paragraph, Spacer, Table

FOLDER = Path(__file__).resolve().parent / "cvs"
WRITTEN = datetime(2026, 11, 1, 12, 0)

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 50.0
SIDE_WIDTH = 150.0

NAME = ParagraphStyle("name", fontName="Helvetica-Bold", fontSize=18, leading=22)
ROLE = ParagraphStyle("role", fontName="Helvetica", fontSize=12, leading=16, textColor="#335577")
HEADING = ParagraphStyle("heading", fontName="Helvetica-Bold", fontSize=11, leading=14, spaceBefore=9, spaceAfter=3)
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=12.5)
STRONG = ParagraphStyle("strong", parent=TEXT, fontName="Helvetica-Bold", spaceBefore=4)
ITEM = ParagraphStyle("item", parent=TEXT, leftIndent=12, bulletIndent=2)

Cv = dict[str, Any]
Section = dict[str, Any]


def write_all(folder: Path) -> list[Path]:
    """Write every sourced CV into a folder; returns the files."""
    written = []
    for source in sorted((FOLDER / "source").glob("*.yaml")):
        cv = yaml.safe_load(source.read_text(encoding="utf-8"))
        target = folder / f"{source.stem}.{cv['format']}"
        target.write_bytes(pdf_of(cv) if cv["format"] == "pdf" else docx_of(cv))
        written.append(target)
    return written


def pdf_of(cv: Cv) -> bytes:
    """A CV as one PDF page in its layout."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle("Curriculum vitae")
    canvas.setFont("Helvetica", 8)
    canvas.drawString(MARGIN, PAGE_HEIGHT - 28, cv.get("header", ""))
    canvas.drawString(MARGIN, 24, cv.get("footer", ""))
    PDF_LAYOUTS[cv["layout"]](canvas, cv)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _single(canvas: Canvas, cv: Cv) -> None:
    """Everything below each other."""
    story = [*_title(cv), *_flow(cv["sections"], _entry)]
    _fill(canvas, story, MARGIN, PAGE_WIDTH - 2 * MARGIN, PAGE_HEIGHT - 2 * MARGIN)


def _tabled(canvas: Canvas, cv: Cv) -> None:
    """Positions as a table: dates on the left, what was done on the right."""
    story = [*_title(cv), *_flow(cv["sections"], _entry_as_row)]
    _fill(canvas, story, MARGIN, PAGE_WIDTH - 2 * MARGIN, PAGE_HEIGHT - 2 * MARGIN)


def _columns(canvas: Canvas, cv: Cv) -> None:
    """A narrow column on the left, drawn after the wide one, as many designers' templates do."""
    main = [section for section in cv["sections"] if not section.get("side")]
    side = [section for section in cv["sections"] if section.get("side")]
    body_height = PAGE_HEIGHT - 2 * MARGIN - 60
    left = MARGIN + SIDE_WIDTH + 20
    _fill(canvas, _title(cv, with_contact=False), MARGIN, PAGE_WIDTH - 2 * MARGIN, PAGE_HEIGHT - 2 * MARGIN)
    _fill(canvas, _flow(main, _entry), left, PAGE_WIDTH - MARGIN - left, body_height)
    _fill(canvas, _flow(side, _entry), MARGIN, SIDE_WIDTH, body_height)


def _title(cv: Cv, with_contact: bool = True) -> list[Flowable]:
    story: list[Flowable] = [Paragraph(escape(cv["name"]), NAME), Paragraph(escape(cv["headline"]), ROLE)]
    if with_contact:
        story.append(Paragraph(escape(" | ".join(cv["contact"])), TEXT))
    return story


def _flow(sections: list[Section], entry: Callable[[Section], list[Flowable]]) -> list[Flowable]:
    story: list[Flowable] = []
    for section in sections:
        story.append(Paragraph(escape(section["heading"].upper()), HEADING))
        if "text" in section:
            story.append(Paragraph(escape(section["text"]), TEXT))
        story += [Paragraph(escape(line), TEXT) for line in section.get("lines", [])]
        story += [_bullet(line) for line in section.get("bullets", [])]
        for position in section.get("entries", []):
            story += entry(position)
    return story


def _entry(position: Section) -> list[Flowable]:
    title = Paragraph(escape(f"{position['title']}, {position['place']}"), STRONG)
    return [title, Paragraph(escape(position["dates"]), TEXT), *map(_bullet, position["bullets"]), Spacer(1, 3)]


def _entry_as_row(position: Section) -> list[Flowable]:
    told = [Paragraph(escape(f"{position['title']}, {position['place']}"), STRONG), *map(_bullet, position["bullets"])]
    dates = Paragraph(escape(position["dates"]), STRONG)
    return [
        Table(
            [[dates, told]], colWidths=[110, PAGE_WIDTH - 2 * MARGIN - 110], style=[("VALIGN", (0, 0), (-1, -1), "TOP")]
        )
    ]


def _bullet(line: str) -> Paragraph:
    return Paragraph(escape(line), ITEM, bulletText="\u2022")


def _fill(canvas: Canvas, story: list[Flowable], left: float, width: float, height: float) -> None:
    Frame(left, MARGIN, width, height, 0, 0, 0, 0).addFromList(story, canvas)
    if story:
        raise ValueError("the CV does not fit on one page")


PDF_LAYOUTS: dict[str, Callable[[Canvas, Cv], None]] = {"single": _single, "table": _tabled, "columns": _columns}


def docx_of(cv: Cv) -> bytes:
    """A CV as a DOCX in its layout."""
    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = WRITTEN
    page = document.sections[0]
    page.header.paragraphs[0].text = cv.get("header", "")
    page.footer.paragraphs[0].text = cv.get("footer", "")
    document.add_heading(cv["name"], level=0)
    document.add_paragraph(cv["headline"])
    document.add_paragraph(" | ".join(cv["contact"]))
    for section in cv["sections"]:
        document.add_heading(section["heading"], level=1)
        _write_section(document, section, DOCX_LAYOUTS[cv["layout"]])
    target = io.BytesIO()
    document.save(target)
    return _without_dates(target.getvalue())


def _write_section(document: Document, section: Section, write: Callable[[Document, Section], None]) -> None:
    if "text" in section:
        document.add_paragraph(section["text"])
    for line in section.get("lines", []):
        document.add_paragraph(line)
    for line in section.get("bullets", []):
        document.add_paragraph(line, style="List Bullet")
    for position in section.get("entries", []):
        write(document, position)
    for row in section.get("rows", []):
        _write_row(document, [str(cell) for cell in row])


def _entry_below(document: Document, position: Section) -> None:
    """Title and place, the dates at a tab stop, then bullets."""
    heading = document.add_paragraph()
    heading.add_run(f"{position['title']}, {position['place']}").bold = True
    heading.add_run(f"\t{position['dates']}")
    for line in position["bullets"]:
        document.add_paragraph(line, style="List Bullet")


def _entry_in_table(document: Document, position: Section) -> None:
    """Dates in the left cell; title, place and bullets in the right one."""
    cells = document.add_table(rows=1, cols=2).rows[0].cells
    cells[0].text = position["dates"]
    cells[1].text = f"{position['title']}, {position['place']}"
    for line in position["bullets"]:
        cells[1].add_paragraph(line, style="List Bullet")


def _write_row(document: Document, row: list[str]) -> None:
    cells = document.add_table(rows=1, cols=len(row)).rows[0].cells
    for cell, text in zip(cells, row, strict=True):
        cell.text = text


DOCX_LAYOUTS: dict[str, Callable[[Document, Section], None]] = {
    "plain": _entry_below,
    "header": _entry_below,
    "table": _entry_in_table,
}


def _without_dates(package: bytes) -> bytes:
    """The same zip with one date for all entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, WRITTEN.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(entry, source.read(name))
    return target.getvalue()


if __name__ == "__main__":
    for path in write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        sys.stdout.write(f"{path}\n")
