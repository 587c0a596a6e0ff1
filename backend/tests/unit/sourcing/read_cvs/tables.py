"""CVs whose pages are laid out as tables, in narrow columns, and in small capitals."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

import io

import docx
from docx.oxml import parse_xml
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from tests.unit.sourcing.read_cvs.sample import Sample, Says
from tests.unit.sourcing.read_cvs.sheets import BOLD, ITALIC, Line, Sheet, heading
from tests.unit.sourcing.read_cvs.words import saved, text_box


def wrapped_cells() -> bytes:
    """From and to in columns of their own, cells of several lines."""
    styles, target = getSampleStyleSheet(), io.BytesIO()

    def cell(text: str) -> Paragraph:
        return Paragraph(text, styles["Normal"])

    work = [
        ["From", "To", "Employer", "Position", "Main tasks"],
        ["05/2019", "present", cell("Stadtwerke Bielefeld GmbH"), cell("Energy Manager"), cell("Energy audits, ISO 50001, reporting in Excel and Power BI")],
        ["10/2014", "04/2019", cell("Klinkerwerk Osnabrück"), cell("Process Engineer"), cell("Kiln optimisation, Six Sigma projects")],
        ["03/2013", "09/2014", cell("Ingenieurbüro Tasche"), cell("Junior Engineer"), cell("HVAC planning with AutoCAD")],
    ]  # fmt: skip
    studies = [["2007 - 2013", cell("Dipl.-Ing. Energy Engineering"), cell("TU Dortmund")]]
    SimpleDocTemplate(target, invariant=1).build(
        [
            Paragraph("Curriculum Vitae", styles["Title"]),
            cell("<b>Matthias Kröger</b>"),
            cell("Energy Manager"),
            Spacer(1, 8),
            Paragraph("Professional experience", styles["Heading2"]),
            Table(work, colWidths=[60, 60, 105, 90, 160], style=[("VALIGN", (0, 0), (-1, -1), "TOP")]),
            Paragraph("Education", styles["Heading2"]),
            Table(studies, colWidths=[80, 180, 180]),
            Paragraph("Languages", styles["Heading2"]),
            Table([["German", "native"], ["English", "C1"], ["Dutch", "A2"]]),
        ]
    )
    return target.getvalue()


def title_over_the_narrow_column() -> bytes:
    """What the person is stands below the name, over the narrow column."""
    sheet = Sheet(9.5)
    sheet.put(40, 800, "LENA FORSBERG", BOLD, 22)
    sheet.put(40, 780, "Biomedical Engineer", size=12)
    side: list[Line] = [
        heading("CONTACT"), "Göteborg, Sweden", "lena@example.org", "", heading("SKILLS"), "SolidWorks", "MATLAB",
        "Python", "ISO 13485", "", heading("LANGUAGES"), "Swedish - native", "English - C1", "",
        heading("INTERESTS"), "Sailing, chess, cooking",
    ]  # fmt: skip
    main: list[Line] = [
        heading("PROFILE"), "Biomedical engineer with a weakness for quiet pumps and loud tests.", "",
        heading("EXPERIENCE"), ("Pulmora AB, Göteborg", BOLD, 10.5), "R&D Engineer  |  Aug 2020 – present",
        "• Designed a ventilator valve in SolidWorks; risk ma-", "  nagement according to ISO 14971.", "",
        ("Sahlgrenska University Hospital", BOLD, 10.5), "Clinical Engineer  |  Jan 2016 – Jul 2020",
        "• Maintenance of infusion pumps and dialysis machines", "", heading("EDUCATION"),
        ("MSc Biomedical Engineering", BOLD, 10), "Chalmers University of Technology, 2013 – 2015",
    ]  # fmt: skip
    sheet.column(40, 740, side)
    sheet.column(210, 740, main)
    return sheet.done()


def small_capitals() -> bytes:
    """Headings whose first letters are larger, and stand by themselves in the text."""
    sheet = Sheet(10)
    sheet.put(200, 800, "Ondrej Fiala", BOLD, 20)
    y = 760.0
    for left, right, below in (
        ("E XPERIENCE", "", ()),
        ("Quantitative Analyst", "Feb. 2021 – Present", ("Vltava Capital, Prague", "– Pricing models in C++ and Python")),
        ("Software Developer", "Sep. 2017 – Jan. 2021", ("Brno Signal s.r.o.", "– Firmware in C for small devices")),
        ("E DUCATION", "", ()),
        ("M.Sc. in Mathematics", "2015 – 2017", ("Charles University, Prague",)),
        ("L ANGUAGES", "", ("Czech (native), English (C1), German (B1)",)),
    ):  # fmt: skip
        sheet.put(50, y, left, BOLD, 10 if right else 12)
        sheet.put_right(545, y, right)
        for number, line in enumerate(below):
            y -= 13
            sheet.put(50, y, line, BOLD if number else ITALIC)
        y -= 20
    return sheet.done()


def cells_of_paragraphs() -> bytes:
    """Dates in the left cell; employer, title and what was done below each other in the right one."""
    document = docx.Document()
    document.element.body.insert(0, parse_xml(text_box("Gianna Moretti", "Interior Architect", "Milano")))
    document.add_heading("Work experience", 1)
    for dates, *lines in (
        ("2021 – today", "Studio Lombardi, Milano", "Senior Interior Architect", "Refurbishments; Revit and SketchUp"),
        ("2016 – 2021", "Moretti & Figli", "Interior Architect", "Shop design, AutoCAD drawings"),
    ):
        left, right = document.add_table(1, 2).rows[0].cells
        left.text, right.text = dates, lines[0]
        for line in lines[1:]:
            right.add_paragraph(line)
    document.add_heading("Lingue / Languages", 1)
    document.add_paragraph("Italiano: madrelingua; Inglese: C1")
    return saved(document)


TABLES = [
    Sample(
        "wrapped_cells.pdf",
        wrapped_cells(),
        Says(
            years=13.8,
            positions=(
                "Energy Manager | Stadtwerke Bielefeld GmbH | 2019-05 | now",
                "Process Engineer | Klinkerwerk Osnabrück | 2014-10 | 2019-04",
                "Junior Engineer | Ingenieurbüro Tasche | 2013-03 | 2014-09",
            ),
            languages={"German": "native", "English": "C1", "Dutch": "A2"},
            education=("Dipl.-Ing. Energy Engineering | TU Dortmund | 2013",),
            skills={"AutoCAD": 1.6, "Power BI": 7.6, "Microsoft Excel": 7.6},
            headline="Energy Manager",
            never=("Kröger",),
        ),
    ),
    Sample(
        "narrow_column.pdf",
        title_over_the_narrow_column(),
        Says(
            years=10.9,
            positions=(
                "R&D Engineer | Pulmora AB | 2020-08 | now",
                "Clinical Engineer | Sahlgrenska University Hospital | 2016-01 | 2020-07",
            ),
            languages={"Swedish": "native", "English": "C1"},
            education=("MSc Biomedical Engineering | Chalmers University of Technology | 2015",),
            skills={"SolidWorks": 6.3, "Python": None, "Risk management": 6.3},
            headline="Biomedical Engineer",
            never=("FORSBERG", "lena@"),
        ),
    ),
    Sample(
        "small_capitals.pdf",
        small_capitals(),
        Says(
            years=9.2,
            positions=(
                "Quantitative Analyst | Vltava Capital | 2021-02 | now",
                "Software Developer | Brno Signal s.r.o. | 2017-09 | 2021-01",
            ),
            languages={"Czech": "native", "English": "C1", "German": "B1"},
            education=("M.Sc. in Mathematics | Charles University | 2017",),
            skills={"C++": 5.8, "Python": 5.8, "C": 3.4},
        ),
    ),
    Sample(
        "cells_of_paragraphs.docx",
        cells_of_paragraphs(),
        Says(
            years=10.9,
            positions=(
                "Senior Interior Architect | Studio Lombardi | 2021 | now",
                "Interior Architect | Moretti & Figli | 2016 | 2021",
            ),
            languages={"Italian": "native", "English": "C1"},
            skills={"Revit": 5.9, "AutoCAD": 5.0},
            headline="Interior Architect",
            never=("Gianna",),
        ),
    ),
]
