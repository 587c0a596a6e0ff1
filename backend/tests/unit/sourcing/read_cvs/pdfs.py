"""CVs as PDF: exports of professional networks, LaTeX classes, word processors' templates, forms."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

from tests.unit.sourcing.read_cvs.sample import Sample, Says
from tests.unit.sourcing.read_cvs.sheets import BOLD, ITALIC, PLAIN, Line, Sheet, heading


def network_export() -> bytes:
    """Two columns on the first page, the wide one alone on the second, page numbers below."""
    sheet = Sheet(10.5)
    side: list[Line] = [
        ("Contact", PLAIN, 14), "+1 555 0102 (Mobile)", "maria.quent@example.org", "", "www.linkedin.com/in/maria-",
        "quent-0a1b2c (LinkedIn)", "", ("Top Skills", PLAIN, 14), "Search Engine Optimization", "(SEO)",
        "Google Analytics", "Content Strategy", "", ("Languages", PLAIN, 14), "English (Native or Bilingual)",
        "Spanish (Professional Working)", "German (Elementary)", "", ("Certifications", PLAIN, 14),
        "Google Ads Search Certification", "HubSpot Inbound Marketing",
    ]  # fmt: skip
    main: list[Line] = [
        ("Maria Quent", PLAIN, 26), "Senior Marketing Manager at Blueleaf | SEO, content, growth",
        "Austin, Texas, United States", "", ("Summary", PLAIN, 16),
        "Marketing manager who likes numbers. I have run campaigns for software companies",
        "and a bakery, and I write the first draft myself.", "", ("Experience", PLAIN, 16),
        ("Blueleaf Software", PLAIN, 12), ("Senior Marketing Manager", PLAIN, 11.5),
        "January 2019 - Present (7 years 11 months)", "Austin, Texas",
        "Leads a team of five. SEO and content strategy for three products;", "Google Analytics dashboards for the board.",
        "", ("Hartwell Foods", PLAIN, 12), "5 years 2 months", ("Marketing Manager", PLAIN, 11.5),
        "March 2016 - December 2018 (2 years 10 months)", "Email marketing in Mailchimp, social media.",
        ("Marketing Coordinator", PLAIN, 11.5), "November 2013 - February 2016 (2 years 4 months)", "Events and press.",
    ]  # fmt: skip
    sheet.column(24, 760, side)
    sheet.column(224, 760, main)
    sheet.put(400, 20, "Page 1 of 2", size=9)
    sheet.turn()
    rest: list[Line] = [
        ("Kestrel Agency", PLAIN, 12), ("Intern", PLAIN, 11.5), "June 2013 - September 2013 (4 months)", "",
        ("Education", PLAIN, 16), ("University of Texas at Austin", PLAIN, 12),
        "Bachelor of Science - BS, Advertising · (2009 - 2013)",
    ]  # fmt: skip
    sheet.column(224, 780, rest)
    sheet.put(400, 20, "Page 2 of 2", size=9)
    return sheet.done()


def latex_class() -> bytes:
    """Dates right-aligned in a narrow left column, headings over the wide one."""
    sheet = Sheet(9)
    sheet.put(60, 780, "Tomas Riedl", size=24)
    sheet.put(60, 758, "Data Scientist", ITALIC, 14)
    for height, line in ((780, "12 Example Lane, 1010 Vienna"), (770, "+43 555 0199"), (760, "tomas@example.org")):
        sheet.put_right(540, height, line, size=8)
    y = 720.0
    for left, right, below in (
        ("#", "Experience", ()),
        ("2019–present", ("Data Scientist", "Nordwind Energie", "Vienna."),
         ("• Demand forecasting with Python and gradient boosting; time series of 20,000 me-", "  ters every quarter of an hour.")),
        ("2015–2019", ("Statistician", "Health Registry", "Graz."), ("• Survival analysis in R, reports in LaTeX.",)),
        ("Jul–Sep 2014", ("Intern", "Statistics Office", "Vienna."), ()),
        ("#", "Education", ()),
        ("2012–2015", ("MSc Statistics", "University of Vienna", "with distinction."), ()),
        ("2009–2012", ("BSc Mathematics", "TU Graz", "Graz."), ()),
        ("#", "Languages", ()),
        ("German", ("Mother tongue",), ()), ("English", ("Fluent", "daily at work"), ()), ("Italian", ("Basic",), ()),
        ("#", "Computer skills", ()),
        ("Languages", ("Python", "R", "SQL"), ()), ("Tools", ("Git", "Docker"), ()),
    ):  # fmt: skip
        if left == "#":
            y -= 12
            sheet.put(140, y, str(right), BOLD, 12)
        else:
            sheet.put_right(130, y, left)
            x = sheet.put(140, y, right[0], BOLD)
            for number, part in enumerate(right[1:]):
                x = sheet.put(sheet.put(x, y, ", "), y, part, ITALIC if number == 0 else PLAIN)
        for line in below:
            y -= 11
            sheet.put(145, y, line, size=8)
        y -= 15
    return sheet.done()


def sidebar() -> bytes:
    """A narrow left column drawn line by line with the wide one; header and footer on every page."""
    sheet = Sheet()
    pages = (
        (
            ["SKILLS", "• Wound care", "• Triage", "• Patient education", "", "LANGUAGES", "English  ●●●●●",
             "French   ●●●○○", "", "CERTIFICATES", "ACLS, 2022", "BLS, 2023"],
            ["PROFILE", "Registered nurse with eleven years in emer-", "gency departments and a part-", "time post in triage.",
             "", "EXPERIENCE", "Charge Nurse", "St. Brigid Hospital, Dublin", "06/2019 – present",
             "• Leads the triage of a department with", "  sixty thousand patients a year", "• Trains new col-",
             "  leagues in wound care"],
        ),
        (
            ["REFERENCES", "On request"],
            ["Staff Nurse", "Mater Clinic, Cork", "09/2012 – 05/2019", "• Medication administration", "", "EDUCATION",
             "BSc Nursing, University College Cork, 2008 – 2012"],
        ),
    )  # fmt: skip
    for number, (left, right) in enumerate(pages, start=1):
        sheet.put(50, 815, "Anna Tierney - Curriculum Vitae", size=8)
        for line in range(max(len(left), len(right))):
            if line < len(left):
                sheet.put(50, 770 - line * 15, left[line])
            if line < len(right):
                sheet.put(220, 770 - line * 15, right[line])
        sheet.put(50, 20, "Confidential", size=8)
        sheet.put_right(545, 20, f"{number} / {len(pages)}", size=8)
        if number < len(pages):
            sheet.turn()
    return sheet.done()


def right_sidebar() -> bytes:
    """The name over both columns, the narrow one on the right, no heading that a list would know."""
    sheet = Sheet()
    sheet.put(50, 790, "ODILE MARCHAND", BOLD, 24)
    sheet.put(50, 768, "Landscape Architect", size=13)
    main: list[Line] = [
        heading("WHERE I HAVE WORKED"), ("Senior Landscape Architect", BOLD, 10), "Atelier Bocage | Oct 2018 - present",
        "• Parks and river banks, planting plans in", "  AutoCAD and Vectorworks", "", ("Landscape Architect", BOLD, 10),
        "Studio Garonne | Feb 2014 - Sept 2018", "• Site analysis, tender documents", "",
        heading("EDUCATION"), "MSc Landscape Architecture", "École du Paysage, Versailles | 2011 - 2013",
    ]  # fmt: skip
    side: list[Line] = [
        heading("WHAT I USE"), "AutoCAD", "Vectorworks", "Adobe InDesign", "", heading("LANGUAGES"), "French", "Native",
        "English", "C1", "", heading("CONTACT"), "+33 555 0177", "odile@example.org",
    ]  # fmt: skip
    sheet.column(50, 730, main)
    sheet.column(390, 730, side)
    return sheet.done()


def form() -> bytes:
    """The older European form: labels on the left, all else on the right."""
    sheet = Sheet(9.5)
    y = 790.0
    for left, right in (
        ("Europass", ""), ("Curriculum Vitae", ""),
        ("Personal information", ""), ("First name(s) / Surname(s)", "Marek Dvorsky"), ("Address", "Lesná 8, Žilina"),
        ("E-mail", "marek@example.org"), ("Nationality", "Slovak"), ("Date of birth", "3 May 1986"),
        ("Work experience", ""),
        ("Dates", "03/2016 - present"), ("Occupation or position held", "Truck Driver"),
        ("Main activities and responsibilities", "International transport of dangerous goods"),
        ("Name and address of employer", "Transkarpat s.r.o., Žilina"),
        ("Dates", "06/2011 - 02/2016"), ("Occupation or position held", "Delivery Driver"),
        ("Name and address of employer", "Rýchly Kuriér, Martin"),
        ("Education and training", ""),
        ("Dates", "2004 - 2008"), ("Title of qualification awarded", "Diploma in Car Mechanics"),
        ("Name of organisation", "Secondary Technical School, Žilina"),
        ("Languages", ""), ("Mother tongue(s)", "Slovak"), ("Other language(s)", ""),
        ("English", "B1   B1   A2   A2   A2"), ("German", "A2   A2   A2   A1   A1"),
        ("Licences and certificates", ""), ("", "ADR certificate (2021)"), ("", "Driving licence C+E"),
    ):  # fmt: skip
        is_heading = not right and left not in {"Other language(s)"}
        sheet.put_right(190, y, left, BOLD if is_heading else PLAIN)
        sheet.put(205, y, right)
        y -= 17 if is_heading else 14
    return sheet.done()


def margin_headings() -> bytes:
    """Headings in the left margin, their text beside them on the right."""
    sheet = Sheet()
    sheet.put(60, 790, "Prof. Ingrid Solheim", BOLD, 18)
    y = 750.0
    for left, right in (
        ("Profile", ["Marine biologist with a liking for kelp."]),
        ("Experience", ["Associate Professor, University of Vestfjord, Aug 2017 – present", "Teaching of statistics, supervision of nine doctoral theses.",
                        "Postdoctoral Researcher, Institute of Marine Research, 2013 – 2017", "Field work and data analysis in R."]),
        ("Education", ["PhD Marine Biology, University of Bergen, 2013", "MSc Biology, University of Oslo, 2009"]),
        ("Languages", ["Norwegian (native), English (C2), Spanish (A2)"]),
    ):  # fmt: skip
        sheet.put(60, y, left, BOLD)
        for line in right:
            sheet.put(150, y, line)
            y -= 15
        y -= 8
    return sheet.done()


def dates_at_the_right() -> bytes:
    """Employer and place in one line, title and dates in the next, dates at the right edge."""
    sheet = Sheet()
    sheet.canvas.setFont(BOLD, 16)
    sheet.canvas.drawCentredString(297, 800, "PRIYANKA NAIR")
    sheet.canvas.setFont(PLAIN, 9)
    sheet.canvas.drawCentredString(
        297, 785, "priyanka@example.org | (212) 555-0114 | 41 Beech Street, New York, NY 10013"
    )
    y = 755.0
    rows: list[tuple[str, str, str]] = [
        ("h", "EDUCATION", ""), ("b", "Columbia University", "New York, NY"),
        ("i", "Bachelor of Arts in Economics, GPA 3.8", "May 2017"), ("h", "PROFESSIONAL EXPERIENCE", ""),
        ("b", "Harbor Street Partners", "New York, NY"), ("i", "Senior Financial Analyst", "July 2020 – Present"),
        ("p", "• Built three-statement models for eleven acquisitions; valuation and due", ""), ("p", "  diligence", ""),
        ("b", "Cobalt Bank", "Boston, MA"), ("i", "Financial Analyst", "June 2017 – June 2020"),
        ("p", "• Forecasting and budgeting in Excel", ""), ("h", "ADDITIONAL INFORMATION", ""),
        ("p", "Certifications: CFA Level II, Series 7", ""), ("p", "Languages: Fluent in Malayalam, conversational in French", ""),
    ]  # fmt: skip
    fonts = {"h": BOLD, "b": BOLD, "i": ITALIC, "p": PLAIN}
    for kind, left, right in rows:
        y -= 8 if kind == "h" else 0
        sheet.put(50, y, left, fonts[kind])
        if right:
            sheet.put_right(545, y, right, fonts[kind])
        y -= 14
    return sheet.done()


PDFS = [
    Sample(
        "marketing.pdf",
        network_export(),
        Says(
            years=13.2,
            positions=(
                "Senior Marketing Manager | Blueleaf Software | 2019-01 | now",
                "Marketing Manager | Hartwell Foods | 2016-03 | 2018-12",
                "Marketing Coordinator | Hartwell Foods | 2013-11 | 2016-02",
                "Intern | Kestrel Agency | 2013-06 | 2013-09",
            ),
            languages={"English": "native", "Spanish": "professional", "German": "basic"},
            education=("Bachelor of Science, BS, Advertising | University of Texas at Austin | 2013",),
            certificates=("Google Ads Search Certification", "HubSpot Inbound Marketing"),
            headline="Senior Marketing Manager at Blueleaf",
            summary="Marketing manager who likes numbers.",
            never=("Quent", "quent", "0102"),
        ),
    ),
    Sample(
        "data-scientist.pdf",
        latex_class(),
        Says(
            years=12.2,
            positions=(
                "Data Scientist | Nordwind Energie | 2019 | now",
                "Statistician | Health Registry | 2015 | 2019",
                "Intern | Statistics Office | 2014-07 | 2014-09",
            ),
            languages={"German": "native", "English": "fluent", "Italian": "basic"},
            education=("MSc Statistics | University of Vienna | 2015", "BSc Mathematics | TU Graz | 2012"),
            skills={"Python": 7.8, "R": 4.0},
            headline="Data Scientist",
            never=("Riedl", "Example Lane", "0199"),
        ),
    ),
    Sample(
        "nurse.pdf",
        sidebar(),
        Says(
            years=14.2,
            positions=(
                "Charge Nurse | St. Brigid Hospital | 2019-06 | now",
                "Staff Nurse | Mater Clinic | 2012-09 | 2019-05",
            ),
            languages={"English": "fluent", "French": "intermediate"},
            education=("BSc Nursing | University College Cork | 2012",),
            certificates=("ACLS", "BLS"),
            summary="Registered nurse with eleven years in emergency departments and a part-time post in triage.",
            never=("Confidential",),
        ),
    ),
    Sample(
        "landscape-architect.pdf",
        right_sidebar(),
        Says(
            years=12.8,
            positions=(
                "Senior Landscape Architect | Atelier Bocage | 2018-10 | now",
                "Landscape Architect | Studio Garonne | 2014-02 | 2018-09",
            ),
            languages={"French": "native", "English": "C1"},
            education=("MSc Landscape Architecture | École du Paysage | 2013",),
            headline="Landscape Architect",
            never=("MARCHAND", "0177"),
        ),
    ),
    Sample(
        "truck-driver.pdf",
        form(),
        Says(
            years=15.4,
            positions=(
                "Truck Driver | Transkarpat s.r.o. | 2016-03 | now",
                "Delivery Driver | Rýchly Kuriér | 2011-06 | 2016-02",
            ),
            languages={"Slovak": "native", "English": "B1", "German": "A2"},
            education=("Diploma in Car Mechanics | Secondary Technical School | 2008",),
            certificates=("ADR certificate", "Driving licence C+E"),
            never=("Dvorsky", "Lesná", "1986"),
        ),
    ),
    Sample(
        "professor.pdf",
        margin_headings(),
        Says(
            years=13.3,
            positions=(
                "Associate Professor | University of Vestfjord | 2017-08 | now",
                "Postdoctoral Researcher | Institute of Marine Research | 2013 | 2017",
            ),
            languages={"Norwegian": "native", "English": "C2", "Spanish": "A2"},
            education=("PhD Marine Biology | University of Bergen | 2013", "MSc Biology | University of Oslo | 2009"),
            summary="Marine biologist with a liking for kelp.",
            never=("Solheim",),
        ),
    ),
    Sample(
        "financial-analyst.pdf",
        dates_at_the_right(),
        Says(
            years=9.4,
            positions=(
                "Senior Financial Analyst | Harbor Street Partners | 2020-07 | now",
                "Financial Analyst | Cobalt Bank | 2017-06 | 2020-06",
            ),
            languages={"Malayalam": "fluent", "French": "intermediate"},
            education=("Bachelor of Arts in Economics | Columbia University | 2017-05",),
            certificates=("CFA Level II", "Series 7"),
            never=("NAIR", "Beech Street", "555-0114"),
        ),
    ),
]
