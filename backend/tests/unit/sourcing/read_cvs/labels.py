"""CVs as DOCX and PDF with labels and tables: tools below each job, a matrix of skills, dates at the left edge."""

# ruff: noqa: RUF001 - typography and long lines as they come

import docx

from tests.unit.sourcing.read_cvs.sample import Sample, Says
from tests.unit.sourcing.read_cvs.sheets import BOLD, Sheet
from tests.unit.sourcing.read_cvs.words import saved


def tools_below_each_job() -> bytes:
    """No empty lines, employers over roles and dates, an environment below each."""
    document = docx.Document()
    for line in ("Nithya Ramachandran", "QA Lead", "nithya.r@example.org, Chennai"):
        document.add_paragraph(line)
    document.add_paragraph("Summary")
    for line in (
        "10+ years of experience in manual and automation testing.",
        "Expertise in Selenium, Cypress, Postman.",
    ):
        document.add_paragraph(line, style="List Bullet")
    document.add_paragraph("Technical Skills")
    table = document.add_table(rows=0, cols=2)
    for row in (
        ("Automation tools", "Selenium, Cypress, Playwright"),
        ("Languages", "Java, JavaScript, Python"),
        ("Bug tracking", "JIRA, Bugzilla"),
        ("CI", "Jenkins, GitHub Actions"),
    ):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("Professional Experience")
    for employer, role, told, tools in (
        (
            "Cognitive Labs India Pvt Ltd, Chennai",
            "QA Lead\tApr 2021 – Till Date",
            "Test automation framework with Playwright.",
            "TypeScript, Playwright, Azure DevOps",
        ),
        (
            "Suntech Global Services, Bengaluru",
            "Senior Test Engineer\tNov 2017 – Mar 2021",
            "Load testing with JMeter.",
            "Java, Selenium, Jenkins",
        ),
        (
            "Vaigai Softwares, Madurai",
            "Test Engineer\tJul 2015 – Oct 2017",
            "Manual testing of hospital systems.",
            "Oracle, HP ALM",
        ),
    ):
        for line in (employer, role, "Roles & Responsibilities:"):
            document.add_paragraph(line)
        document.add_paragraph(told, style="List Bullet")
        document.add_paragraph(f"Environment: {tools}")
    document.add_paragraph("Academic Details")
    document.add_paragraph("B.E. Electronics and Communication, Anna University, 2015, 81%")
    document.add_paragraph("Certifications")
    document.add_paragraph("ISTQB Certified Tester – Foundation Level (2016)")
    document.add_paragraph("Personal Details")
    for line in ("Languages Known: Tamil, English, Hindi", "Marital Status: Married"):
        document.add_paragraph(line)
    return saved(document)


def matrix_of_skills() -> bytes:
    """Years of each skill in a table, and a table of labels for each project."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Lars Höglund  ·  SAP Consultant  ·  lars@example.org"
    document.add_heading("Skills Matrix", 1)
    matrix = document.add_table(rows=0, cols=3)
    for skill in (
        ("Skill", "Level", "Years"),
        ("SAP FI/CO", "Expert", "15"),
        ("ABAP", "Intermediate", "6"),
        ("Controlling", "Expert", "12"),
        ("Project management", "Advanced", "8"),
        ("Power BI", "Basic", "2"),
    ):
        for cell, text in zip(matrix.add_row().cells, skill, strict=True):
            cell.text = text
    document.add_heading("Project Experience", 1)
    for title, client, when, tools in (
        ("Lead consultant S/4HANA finance", "Fjällbryggeriet AB", "Jan 2023 – ongoing", "SAP S/4HANA, Fiori"),
        ("Controlling workstream lead", "Polar Paper Oy", "May 2019 – Dec 2022", "SAP CO, Power BI, Jira"),
        ("SAP consultant", "Norrnet Konsult AB", "2011 – 2019", "SAP FI, ABAP"),
    ):
        table = document.add_table(rows=0, cols=2)
        for row in (("Period", when), ("Client", client), ("Role", title), ("Tools", tools)):
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        document.add_paragraph("")
    document.add_heading("Education", 1)
    document.add_paragraph("M.Sc. Business Administration, Umeå University, 2006–2011")
    document.add_heading("Languages", 1)
    document.add_paragraph("Swedish: native | English: fluent | Finnish: basic | German: B2")
    return saved(document)


def dates_at_left() -> bytes:
    """Dates and labels right-aligned in a narrow column, headings over the wide one, publications and talks."""
    sheet = Sheet(9)
    sheet.put(60, 790, "Eluned Fairfax", size=24)
    sheet.put(60, 768, "Postdoctoral Researcher in Immunology", BOLD, 12)
    y = 730.0
    for left, right in (
        ("#", "Research Experience"),
        ("2021–present", "Postdoctoral Researcher, Fife Institute of Immunology, Edinburgh."),
        ("", "• cell culture of primary cells; statistics in R, first pipelines in Python."),
        ("2016–2021", "Research Assistant, Office for Public Health Affairs, Sheffield."),
        ("", "Microbiology of fifty outbreaks; scientific writing of reports."),
        ("#", "Education"),
        ("2012–2016", "PhD in Immunology, University of Sheffield, Sheffield."),
        ("2008–2012", "BSc Biomedical Sciences, University of Leicester, Leicester, First Class."),
        ("#", "Languages"),
        ("English", "Mother tongue"),
        ("Finnish", "Intermediate"),
        ("#", "Computer skills"),
        ("Languages", "R, Python, Bash"),
        ("Office", "Microsoft Excel, LaTeX"),
        ("#", "Publications"),
        ("2023", "E. Fairfax, R. Office. Deep learning predicts affinity. Journal of Immunology, 2023."),
        ("#", "Conference talks"),
        ("2022", "Blockchain for data sharing in biobanks, EuroBio, Lisbon"),
    ):
        if left == "#":
            y -= 8
            sheet.put(140, y, right, BOLD, 13)
        else:
            sheet.put_right(130, y, left)
            sheet.put(140, y, right)
        y -= 14
    return sheet.done()


LABELS = [
    Sample(
        "tools-below-each-job.docx",
        tools_below_each_job(),
        Says(
            years=11.4,
            positions=(
                "QA Lead | Cognitive Labs India Pvt Ltd | 2021-04 | now",
                "Senior Test Engineer | Suntech Global Services | 2017-11 | 2021-03",
                "Test Engineer | Vaigai Softwares | 2015-07 | 2017-10",
            ),
            languages={"Tamil": None, "English": None, "Hindi": None},
            education=("B.E. Electronics and Communication | Anna University | 2015",),
            certificates=("ISTQB",),
            skills={
                "Playwright": 5.7,
                "TypeScript": 5.7,
                "Test automation": 9.1,
                "Load testing": 3.4,
                "Jenkins": 3.4,
                "Java": 3.4,
                "Oracle Database": 2.3,
                "Cypress": None,
                "Jira": None,
                "GitHub Actions": None,
            },
            headline="QA Lead",
        ),
    ),
    Sample(
        "matrix-of-skills.docx",
        matrix_of_skills(),
        Says(
            years=15.6,
            positions=(
                "Lead consultant S/4HANA finance | Fjällbryggeriet AB | 2023-01 | now",
                "Controlling workstream lead | Polar Paper Oy | 2019-05 | 2022-12",
                "SAP consultant | Norrnet Konsult AB | 2011 | 2019",
            ),
            languages={"Swedish": "native", "English": "fluent", "Finnish": "basic", "German": "B2"},
            education=("M.Sc. Business Administration | Umeå University | 2011",),
            skills={
                "SAP": 15.6,
                "ABAP": 6.0,
                "Controlling": 12.0,
                "Project management": 8.0,
                "Power BI": 2.0,
                "Jira": 3.7,
            },
        ),
    ),
    Sample(
        "dates-at-left.pdf",
        dates_at_left(),
        Says(
            years=10.9,
            positions=(
                "Postdoctoral Researcher | Fife Institute of Immunology | 2021 | now",
                "Research Assistant | Office for Public Health Affairs | 2016 | 2021",
            ),
            languages={"English": "native", "Finnish": "intermediate"},
            education=(
                "PhD in Immunology | University of Sheffield | 2016",
                "BSc Biomedical Sciences | University of Leicester | 2012",
            ),
            skills={
                "Cell culture": 5.9,
                "R": 5.9,
                "Python": 5.9,
                "Microbiology": 5.0,
                "Scientific writing": 5.0,
                "Microsoft Excel": None,
            },
            headline="Postdoctoral Researcher in Immunology",
            never=("Eluned", "Deep learning", "Blockchain"),
        ),
    ),
]
