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
    """A DOCX of 70 KB whose text unpacks to 70 MB."""
    return package(word__document=b"<a>" + b" " * (70 * 1024 * 1024))


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


def lying_zip_bomb() -> bytes:
    """A DOCX that declares a text of a hundred bytes, and unpacks to twenty megabytes."""
    honest = package(word__document=b"<a>" + b" " * (20 * 1024 * 1024))
    size = (20 * 1024 * 1024 + 3).to_bytes(4, "little")
    return honest.replace(size, (100).to_bytes(4, "little"))


def overlapping_zip_bomb() -> bytes:
    """A directory whose thousand entries all mean the same packed megabyte."""
    one = package(word__document=b"<a>" + b" " * 1024 * 1024)
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    directory = one[start:end] * 1_000
    tail = bytearray(one[end:])
    tail[8:12] = (1_000).to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    return one[:start] + directory + bytes(tail)


def utf_16_entity_bomb() -> bytes:
    """The same trick in an encoding in which a search for its marks finds nothing."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "bombbomb"}">' for n in range(10))
    document = "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x [" + entities + "]>" + (BODY % b"&e9;").decode()
    return with_document_xml(document.encode("utf-16"))


def deep_word() -> bytes:
    """Content controls within content controls, a hundred thousand deep."""
    control = b"<w:sdt><w:sdtContent>"
    opened = BODY[: BODY.index(b"<w:p>")] + control * 100_000
    return with_document_xml(opened + b"</w:sdtContent></w:sdt>" * 100_000 + b"</w:body></w:document>")


def crowded_word() -> bytes:
    """Two million empty paragraphs in thirty kilobytes."""
    opened = BODY[: BODY.index(b"<w:p>")]
    return with_document_xml(opened + b"<w:p/>" * 2_000_000 + b"</w:body></w:document>")


def endless_pdf() -> bytes:
    """A page tree that names its one page fifty thousand times."""
    return raw_pdf().replace(b"/Kids[3 0 R]/Count 1", b"/Kids[" + b"3 0 R " * 50_000 + b"]/Count 50000")


def pageless_pdf() -> bytes:
    """A page tree without a page."""
    return raw_pdf().replace(b"/Kids[3 0 R]/Count 1", b"/Kids[]/Count 0")


def pdf_bomb() -> bytes:
    """A page whose text is packed twice: fifty megabytes of blanks in a few hundred bytes."""
    packer = zlib.compressobj(9)
    once = b"".join([packer.compress(b" " * 1024 * 1024) for _ in range(50)] + [packer.flush()])
    packed = zlib.compress(once, 9)
    stream = b"4 0 obj\n<</Filter[/FlateDecode/FlateDecode]/Length " + str(len(packed)).encode() + b">>\nstream\n"
    whole = raw_pdf()
    return whole[: whole.index(b"4 0 obj")] + stream + packed + b"\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n"


def self_drawing_pdf() -> bytes:
    """A form that draws itself, and so without end."""
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 5>>"
    form += b"\nstream\n/X Do\nendstream"
    page = b"/Resources<</XObject<</X 5 0 R>>"
    whole = raw_pdf(content=b"/X Do").replace(b"/Resources<<", page, 1)
    return whole.replace(b"trailer", b"5 0 obj\n" + form + b"\nendobj\ntrailer")


def doubling_pdf() -> bytes:
    """Forty forms, each of which draws the next one twice."""
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length 11>>"
    form = b"\n%d 0 obj\n" + head + b"\nstream\n/X Do /X Do\nendstream\nendobj"
    forms = b"".join(form % (number, number + 1) for number in range(5, 45))
    whole = raw_pdf(content=b"/X Do").replace(b"/Resources<<", b"/Resources<</XObject<</X 5 0 R>>", 1)
    return whole.replace(b"trailer", forms + b"\ntrailer")


def turning_pdf() -> bytes:
    """A cross-reference table that goes on at itself."""
    whole = raw_pdf()
    body, start = whole[: whole.index(b"trailer")], whole.index(b"trailer")
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Size 5/Prev %d>>\nstartxref\n%d\n%%%%EOF"
    return body + table % (start, start)


def lost_pdf() -> bytes:
    """A cross-reference table that is said to stand where nothing is."""
    whole = pdf()
    at = whole.rindex(b"startxref")
    return whole[:at] + b"startxref\n99999999\n%%EOF\n"


def polyglot() -> bytes:
    """A web page, a picture and a zip at once, and then a PDF."""
    return b"GIF89a<html><script>alert(1)</script>PK\x03\x04" + pdf() + package(word__document=b"<a/>")


def deep_json() -> bytes:
    """A JSON Resume whose summary is a list, a hundred thousand deep."""
    return b'{"basics": {"summary": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"


def crowded_json() -> bytes:
    """A million empty lists."""
    return b'{"work": [' + b"[]," * 1_000_000 + b"[]]}"


def long_json() -> bytes:
    """A JSON Resume with a title of ten megabytes."""
    return b'{"basics": {"label": "' + b"engineer " * 1_200_000 + b'"}}'


def right_to_left_pdf(line: str) -> bytes:
    """A PDF whose words stand from right to left, drawn as it is usual: each word's last letter first."""
    codes = {letter: 0x41 + number for number, letter in enumerate(dict.fromkeys(line.replace(" ", "")))}
    mapping = "\n".join(f"<{code:02X}> <{ord(letter):04X}>" for letter, code in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapName /M def 1 begincodespacerange <00> <FF> "
        f"endcodespacerange {len(codes)} beginbfchar\n{mapping}\nendbfchar endcmap end"
    ).encode()
    drawn, x = b"", 500
    for word in line.split():
        x -= 10 * len(word)
        drawn += b"BT /F1 12 Tf %d 700 Td <%s> Tj ET\n" % (x, bytes(codes[each] for each in word[::-1]).hex().encode())
    whole = raw_pdf(content=drawn).replace(b"/BaseFont/Helvetica", b"/BaseFont/Helvetica/ToUnicode 5 0 R")
    stream = b"5 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (len(cmap), cmap)
    return whole.replace(b"trailer", stream + b"trailer")
