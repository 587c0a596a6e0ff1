"""Files that tests make: a plain PDF and DOCX, and what strangers might upload instead."""

import io
import zipfile
import zlib

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

SENTENCE = "Ten years of Python and PostgreSQL in payments"


def pdf(text: str = SENTENCE, *, password: str | None = None, pages: int = 1) -> bytes:
    """A PDF that shows the text on each page (or a rectangle, when there is no text)."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1, encrypt=StandardEncryption(password) if password else None)
    for _ in range(pages):
        if text:
            canvas.drawString(72, 700, text)
        else:
            canvas.rect(10, 10, 100, 100, fill=1)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def raw_pdf(page_extra: bytes = b"", content: bytes = b"") -> bytes:
    """A PDF of one page written by hand, without a cross-reference table."""
    packed = zlib.compress(content or f"BT /F1 12 Tf 72 700 Td ({SENTENCE}) Tj ET".encode())
    font = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    return b"\n".join(
        [
            b"%PDF-1.4",
            b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj",
            b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj",
            b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources" + font + page_extra,
            b">>\nendobj",
            b"4 0 obj\n<</Filter/FlateDecode/Length " + str(len(packed)).encode() + b">>\nstream",
            packed,
            b"endstream\nendobj\ntrailer\n<</Root 1 0 R>>\n",
        ]
    )


def nested_pdf() -> bytes:
    """A dictionary entry nested 200,000 arrays deep: a recursive parser runs out of stack."""
    return raw_pdf(page_extra=b"/Deep " + b"[" * 200_000 + b"]" * 200_000)


def slow_pdf() -> bytes:
    """25 KB that unpack to 200,000 drawings of one word: seconds of work."""
    return raw_pdf(content=b"BT /F1 1 Tf 1 0 0 1 72 700 Tm (abc) Tj ET\n" * 200_000)


def looping_pdf() -> bytes:
    """A page tree whose only child is itself."""
    return raw_pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")


def word(*paragraphs: str, table: list[list[str]] | None = None, header: str = "") -> bytes:
    """A DOCX with these paragraphs, a table and a header."""
    target = io.BytesIO()
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    for row in table or []:
        cells = document.add_table(1, len(row)).rows[0].cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    document.sections[0].header.paragraphs[0].text = header
    document.save(target)
    return target.getvalue()


def package(**files: bytes) -> bytes:
    """A zip of files; `__` in a name stands for a slash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return target.getvalue()


def zip_bomb() -> bytes:
    """A DOCX of 300 KB whose text unpacks to 300 MB."""
    return package(word__document=b"<a>" + b" " * (300 * 1024 * 1024))


def with_document_xml(replacement: bytes) -> bytes:
    """A real DOCX whose main part is replaced."""
    source = zipfile.ZipFile(io.BytesIO(word(SENTENCE)))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, replacement if name == "word/document.xml" else source.read(name))
    return target.getvalue()


BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body><w:p><w:r><w:t>'
    b"Ten years of Python %s</w:t></w:r></w:p></w:body></w:document>"
)


def entity_bomb() -> bytes:
    """Ten entities, each ten times the one before."""
    entities = b"".join(
        b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10 if level else b"bombbomb") for level in range(10)
    )
    return with_document_xml(b"<!DOCTYPE x [" + entities + b"]>" + BODY % b"&e9;")


def plain_word() -> bytes:
    """The same document without any trick."""
    return with_document_xml(BODY % b"and SQL")


def file_thief() -> bytes:
    """An entity that names a file of the machine that reads it."""
    return with_document_xml(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + BODY % b"&e;")
