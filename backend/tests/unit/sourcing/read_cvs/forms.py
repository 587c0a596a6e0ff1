"""CVs as PDF from builders and text systems: the newer European form, a table with lines, a name in the narrow column."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

import io

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from tests.unit.sourcing.read_cvs.sample import Sample, Says
from tests.unit.sourcing.read_cvs.sheets import BOLD, ITALIC, PLAIN, Line, Sheet, heading


def newer_form() -> bytes:
    """The newer European form: dates and place over title and employer, a grid of language levels."""
    sheet = Sheet(9.5)
    sheet.put(200, 800, "Ilinca Dumitrescu", BOLD, 18)
    sheet.put(60, 784, "Date of birth: 02/05/1991 | Nationality: Romanian | Gender: Female", size=8)
    sheet.put(60, 772, "(+40) 7555123 | ilinca@example.org | Strada Lunga 5, 500001, Brasov, Romania", size=8)
    top: list[Line] = [
        heading("WORK EXPERIENCE", 11), ("01/06/2019 – CURRENT – Brasov, Romania", PLAIN, 9),
        ("SOCIAL WORKER – COUNTY CHILD PROTECTION OFFICE", BOLD, 9.5), "◦ Assesses families in need, writes care plans",
        "◦ Works with schools and the police", ("15/09/2014 – 31/05/2019 – Sibiu, Romania", PLAIN, 9),
        ("CARE ASSISTANT – SANTA MARIA HOME", BOLD, 9.5), "Daily care of twelve residents",
        heading("EDUCATION AND TRAINING", 11), ("2011 – 2014 – Sibiu, Romania", PLAIN, 9),
        ("BACHELOR OF SOCIAL WORK – Lucian Blaga University", BOLD, 9.5),
        heading("LANGUAGE SKILLS", 11), "Mother tongue(s): ROMANIAN", "Other language(s):",
    ]  # fmt: skip
    y = sheet.column(60, 745, top)
    for x, word in ((200, "UNDERSTANDING"), (330, "SPEAKING"), (460, "WRITING")):
        sheet.put(x, y, word, size=8)
    for number, (name, levels) in enumerate((("ENGLISH", "C1 C1 B2 B2 B2"), ("FRENCH", "B1 B1 A2 A2 A2")), start=1):
        sheet.put(60, y - 13 * number, name)
        for x, level in zip((170, 230, 290, 380, 460), levels.split(), strict=True):
            sheet.put(x, y - 13 * number, level)
    sheet.column(
        60, y - 42, ["Levels: A1 and A2: Basic user; B1 and B2: Independent user", heading("DRIVING LICENCE", 11), "B"]
    )
    return sheet.done()


def table_with_lines() -> bytes:
    """Positions in a table with a header row and a column for each thing."""
    styles = getSampleStyleSheet()
    target = io.BytesIO()

    def text(words: str) -> Paragraph:
        return Paragraph(words, styles["BodyText"])

    def head(words: str) -> Paragraph:
        return Paragraph(words, styles["Heading2"])

    work = [
        ["<b>Period</b>", "<b>Employer</b>", "<b>Position</b>", "<b>Duties</b>"],
        [
            "2018 – now",
            "Kranwerk AG, Basel",
            "Head of Logistics",
            "Fleet of 60 lorries; warehouses; carriers across Europe",
        ],
        ["2012 – 2018", "Rheinspedition", "Dispatcher", "Route planning and customs documents for Turkey"],
    ]
    languages = [["Turkish", "Native"], ["German", "C1"], ["English", "B2"]]
    lined = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
    SimpleDocTemplate(target, invariant=1).build(
        [
            head("Selin Aydin"), text("Logistics manager"), head("Professional experience"),
            Table([[text(cell) for cell in row] for row in work], colWidths=[70, 110, 100, 180], style=lined),
            head("Education"), Table([[text("2009 – 2012"), text("BSc Logistics, FH Nordwestschweiz")]], colWidths=[90, 300]),
            head("Languages"), Table([[text(cell) for cell in row] for row in languages], colWidths=[90, 300]),
        ]
    )  # fmt: skip
    return target.getvalue()


def name_in_the_sidebar() -> bytes:
    """The name is the largest thing on the page, and stands over the narrow column."""
    sheet = Sheet()
    side: list[Line] = [
        ("RAFAEL", BOLD, 20), ("OLIVEIRA", BOLD, 20), "Civil Engineer", "", heading("CONTACT"), "rafael@example.org", "",
        heading("SKILLS"), "AutoCAD", "Concrete design", "", heading("LANGUAGES"), "Portuguese (native)", "English (fluent)",
        "Spanish (basic)", "", heading("CERTIFICATIONS"), "PMP, 2020",
    ]  # fmt: skip
    main: list[Line] = [
        heading("PROFILE"), "Civil engineer with a decade of road and bridge projects in three", "countries, mostly on budget.", "",
        heading("EXPERIENCE"), ("Senior Civil Engineer", BOLD, 10), "Mota Pontes, Lisbon, Portugal", "May 2018 – Present",
        "• Designed four bridges, the longest of 240 m", "", ("Civil Engineer", BOLD, 10), "Estradas do Norte, Porto",
        "Sep 2013 – Apr 2018", "• Site supervision, quantity surveying", "", heading("EDUCATION"),
        ("MSc Civil Engineering", BOLD, 10), "Instituto Superior Técnico, Lisbon", "2008 – 2013",
    ]  # fmt: skip
    sheet.column(30, 790, side)
    sheet.column(210, 790, main)
    return sheet.done()


def employers_over_titles() -> bytes:
    """A LaTeX class: employer and place, below them title and dates; labels of skills at the right of their column."""
    sheet = Sheet(9.5)
    sheet.canvas.setFont(BOLD, 24)
    sheet.canvas.drawCentredString(297, 800, "Byung Seok Han")
    sheet.canvas.setFont(PLAIN, 9)
    sheet.canvas.drawCentredString(297, 782, "SITE RELIABILITY ENGINEER · SOFTWARE ARCHITECT")
    y = 742.0
    for section, entries in (
        ("Work Experience", [
            ("Danggeun Market", "Seoul, S.Korea", "SITE RELIABILITY ENGINEER", "Jul. 2020 - PRESENT", "• Kubernetes and Terraform"),
            ("Omnious", "Seoul, S.Korea", "SOFTWARE ENGINEER, DEVOPS", "Jun. 2017 - Jul. 2020", "• Infrastructure with Docker"),
        ]),
        ("Education", [("POSTECH University", "Pohang, S.Korea", "B.S. IN COMPUTER SCIENCE", "Mar. 2010 - Aug. 2017", "• Thesis on caches")]),
    ):  # fmt: skip
        sheet.put(50, y, section, BOLD, 14)
        y -= 20
        for first, place, title, dates, item in entries:
            sheet.put(50, y, first, BOLD, 10.5)
            sheet.put_right(545, y, place, ITALIC, 9)
            sheet.put(50, y - 13, title, size=9)
            sheet.put_right(545, y - 13, dates, ITALIC, 8)
            sheet.put(58, y - 25, item, size=9)
            y -= 45
    for label, words in (("Programming", "Python, Go"), ("Languages", "Korean, English")):
        sheet.put_right(150, y, label, BOLD)
        sheet.put(160, y, words)
        y -= 13
    return sheet.done()


FORMS = [
    Sample(
        "social-worker.pdf",
        newer_form(),
        Says(
            years=12.2,
            positions=(
                "SOCIAL WORKER | COUNTY CHILD PROTECTION OFFICE | 2019-06 | now",
                "CARE ASSISTANT | SANTA MARIA HOME | 2014-09 | 2019-05",
            ),
            languages={"Romanian": "native", "English": "C1", "French": "B1"},
            education=("BACHELOR OF SOCIAL WORK | Lucian Blaga University | 2014",),
            never=("Dumitrescu", "1991", "7555123"),
        ),
    ),
    Sample(
        "logistics.pdf",
        table_with_lines(),
        Says(
            years=14.9,
            positions=("Head of Logistics | Kranwerk AG | 2018 | now", "Dispatcher | Rheinspedition | 2012 | 2018"),
            languages={"Turkish": "native", "German": "C1", "English": "B2"},
            education=("BSc Logistics | FH Nordwestschweiz | 2012",),
            headline="Logistics manager",
            never=("Aydin",),
        ),
    ),
    Sample(
        "civil-engineer.pdf",
        name_in_the_sidebar(),
        Says(
            years=13.2,
            positions=(
                "Senior Civil Engineer | Mota Pontes | 2018-05 | now",
                "Civil Engineer | Estradas do Norte | 2013-09 | 2018-04",
            ),
            languages={"Portuguese": "native", "English": "fluent", "Spanish": "basic"},
            education=("MSc Civil Engineering | Instituto Superior Técnico | 2013",),
            certificates=("PMP",),
            headline="Civil Engineer",
            summary="Civil engineer with a decade of road and bridge projects in three countries",
        ),
    ),
    Sample(
        "reliability-engineer.pdf",
        employers_over_titles(),
        Says(
            years=9.5,
            positions=(
                "SITE RELIABILITY ENGINEER | Danggeun Market | 2020-07 | now",
                "SOFTWARE ENGINEER | Omnious | 2017-06 | 2020-07",
            ),
            languages={"Korean": None, "English": None},
            education=("B.S. IN COMPUTER SCIENCE | POSTECH University | 2017-08",),
            headline="SITE RELIABILITY ENGINEER",
            never=("Byung",),
        ),
    ),
]
