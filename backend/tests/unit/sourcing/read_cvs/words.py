"""CVs as DOCX: templates that keep the name in the header, lay the page out in tables or text boxes."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

import io

import docx
from docx.document import Document
from docx.oxml import parse_xml

from tests.unit.sourcing.read_cvs.sample import Sample, Says

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def saved(document: Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def text_box(*lines: str) -> str:
    """A paragraph with a text box, and its second copy for old programs."""
    content = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    box = f"<w:txbxContent>{content}</w:txbxContent>"
    return (
        f"<w:p {NAMESPACES}><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>{box}"
        f"</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def header_and_tabs() -> bytes:
    """The name in the header, dates behind a tab, lists by style, page numbers in the footer."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Rosa Quillan\tHR Business Partner\trosa@example.org"
    document.sections[0].footer.paragraphs[0].text = "Page 1 of 2"
    document.add_heading("Professional Summary", 1)
    document.add_paragraph("HR generalist who has hired, paid and let go.")
    document.add_heading("Work Experience", 1)
    for title, dates, items in (
        (
            "HR Business Partner, Larkfield Foods",
            "Mar 2018 \u2013 Present",
            ["Employee relations", "Recruiting, onboarding"],
        ),
        ("HR Assistant, Mill & Sons", "Sep 2014 \u2013 Feb 2018", ["Payroll for ninety people"]),
    ):
        document.add_paragraph().add_run(title).bold = True
        document.paragraphs[-1].add_run(f"\t{dates}")
        for item in items:
            document.add_paragraph(item, style="List Bullet")
    document.add_heading("Education", 1)
    document.add_paragraph("BA Psychology\nUniversity of Leeds\n2011 \u2013 2014")
    document.add_heading("Licenses & Certifications", 1)
    document.add_paragraph("CIPD Level 5, 2019", style="List Bullet")
    document.add_heading("Languages", 1)
    document.add_paragraph("English (native), Polish (B2)")
    return saved(document)


def layout_table() -> bytes:
    """The page as one table: a narrow cell with what is short, a wide one with the work."""
    document = docx.Document()
    narrow, wide = document.add_table(1, 2).rows[0].cells
    for line in ("Contact", "0161 555 0188", "ben@example.org", "Skills", "Forklift driving", "Stock control",
                 "Languages", "English", "Native", "Urdu", "Fluent", "Certificates", "Forklift licence B1"):  # fmt: skip
        narrow.add_paragraph(line)
    for line in ("Ben Ashworth", "Warehouse Supervisor", "Profile", "Fourteen years in cold storage.", "Employment",
                 "Warehouse Supervisor", "Frostway Logistics, Salford", "April 2016 - to date",
                 "Runs a shift of twelve.", "Warehouse Operative", "Northern Cold Stores, Leigh", "June 2012 - March 2016",
                 "Picking and packing.", "Education", "GCSEs, Leigh High School, 2010"):  # fmt: skip
        wide.add_paragraph(line)
    return saved(document)


def table_of_stations() -> bytes:
    """A German CV: a table with dates on the left and the station on the right."""
    document = docx.Document()
    document.add_heading("Lebenslauf", 0)
    for heading, rows in (
        ("Persönliche Daten", [("Name", "Jürgen Tannhäuser"), ("Geburtsdatum", "17.09.1979"), ("Familienstand", "ledig")]),
        ("Berufserfahrung", [
            ("seit 05/2015", "Elektromeister\nStadtwerke Neuenfels\nInstandhaltung von Mittelspannungsanlagen"),
            ("09/2008\n04/2015", "Elektroniker für Betriebstechnik\nPapierfabrik Ahrtal GmbH"),
        ]),
        ("Ausbildung", [("2012 – 2014", "Meisterschule Elektrotechnik, Handwerkskammer Koblenz"), ("1998 – 2001", "Ausbildung zum Elektroniker, RWE")]),
        ("Sprachen", [("Deutsch", "Muttersprache"), ("Englisch", "Schulkenntnisse")]),
        ("Zertifikate", [("2019", "Schaltberechtigung bis 30 kV")]),
    ):  # fmt: skip
        document.add_heading(heading, 1)
        table = document.add_table(0, 2)
        for left, right in rows:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = left, right
    return saved(document)


def boxes() -> bytes:
    """Name, contact and skills in text boxes beside the text."""
    document = docx.Document()
    body = document.element.body
    body.insert(0, parse_xml(text_box("Chidera Nwosu", "Primary School Teacher")))
    body.insert(1, parse_xml(text_box("CONTACT", "07700 900 123", "chidera@example.org")))
    document.add_paragraph("WORK HISTORY")
    document.add_paragraph("Class Teacher Year 4 - Oakfield Primary School - Sept. 2019 to present")
    document.add_paragraph("Mathematics lead, mentor of two new teachers")
    document.add_paragraph("Teaching Assistant - St. Cuthbert's School - 9/2016 to 7/2018")
    document.add_paragraph("EDUCATION & TRAINING")
    document.add_paragraph("PGCE Primary Education, University of Cumbria (2018-19)")
    document.add_paragraph("BA (Hons) English, Lancaster University (2013-2016)")
    document.add_paragraph("LANGUAGES")
    document.add_paragraph("English: bilingual. Igbo: bilingual. French: GCSE level")
    return saved(document)


WORDS = [
    Sample(
        "hr.docx",
        header_and_tabs(),
        Says(
            years=12.2,
            positions=(
                "HR Business Partner | Larkfield Foods | 2018-03 | now",
                "HR Assistant | Mill & Sons | 2014-09 | 2018-02",
            ),
            languages={"English": "native", "Polish": "B2"},
            education=("BA Psychology | University of Leeds | 2014",),
            certificates=("CIPD Level 5",),
            headline="HR Business Partner",
            summary="HR generalist",
            never=("Quillan", "rosa@"),
        ),
    ),
    Sample(
        "warehouse.docx",
        layout_table(),
        Says(
            years=14.4,
            positions=(
                "Warehouse Supervisor | Frostway Logistics | 2016-04 | now",
                "Warehouse Operative | Northern Cold Stores | 2012-06 | 2016-03",
            ),
            languages={"English": "native", "Urdu": "fluent"},
            education=("GCSEs | Leigh High School | 2010",),
            certificates=("Forklift licence B1",),
            headline="Warehouse Supervisor",
            summary="Fourteen years in cold storage.",
            never=("Ashworth", "0188"),
        ),
    ),
    Sample(
        "elektromeister.docx",
        table_of_stations(),
        Says(
            years=18.2,
            positions=(
                "Elektromeister | Stadtwerke Neuenfels | 2015-05 | now",
                "Elektroniker für Betriebstechnik | Papierfabrik Ahrtal GmbH | 2008-09 | 2015-04",
            ),
            languages={"German": "native", "English": "basic"},
            education=(
                "Meisterschule Elektrotechnik | Handwerkskammer Koblenz | 2014",
                "Ausbildung zum Elektroniker | RWE | 2001",
            ),
            certificates=("Schaltberechtigung bis 30 kV",),
            never=("Tannhäuser", "1979", "ledig"),
        ),
    ),
    Sample(
        "teacher.docx",
        boxes(),
        Says(
            years=9.1,
            positions=(
                "Class Teacher Year 4 | Oakfield Primary School | 2019-09 | now",
                "Teaching Assistant | St. Cuthbert's School | 2016-09 | 2018-07",
            ),
            languages={"English": "native", "Igbo": "native", "French": None},
            education=(
                "PGCE Primary Education | University of Cumbria | 2019",
                "BA (Hons) English | Lancaster University | 2016",
            ),
            headline="Primary School Teacher",
            never=("Nwosu", "07700"),
        ),
    ),
]
