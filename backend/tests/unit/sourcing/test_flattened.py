"""CVs and advertisements that have lost their line breaks are read as if they had them."""

from datetime import date

from sourcing.asked import requirements_in
from sourcing.flattened import unflattened
from sourcing.profiles import read_profile

TEACHER = (
    "SPECIAL EDUCATION TEACHER Professional Summary Special Education Teacher with excellent Communication Skills and "
    "8 years of Experience in the Board of Education. Core Qualifications Lesson planning Classroom management Work "
    "Experience Special Education Teacher 08/2015 to 06/2023 Hill Elementary School Springfield, IL \u2022 Wrote IEPs "
    "for 22 students. \u2022 Led a team of Teacher Aides. Substitute Teacher August 2012 - June 2015 Lake School "
    "District Springfield, IL Taught grades 3 to 6. Prepared lesson plans. Education Master of Education 2012 "
    "University of Illinois Springfield, IL Skills classroom management, tutoring, Microsoft Office, Google Classroom "
    "Certifications Illinois Professional Educator License"
)
ACCOUNTANT = (
    "Senior Accountant - Remote (US) About Us: Bright Path makes software for insurance, and grows fast. We are "
    "looking for somebody who likes numbers to join our finance team. Responsibilities: Prepare journal entries and"
    " account reconciliations every month. Own the month-end close. Assist the external auditors at the end of the "
    "year. Requirements: A degree in finance. 5+ years of experience. US GAAP by heart. Advanced Excel, and "
    "NetSuite. Nice to have: SQL, and some Tableau. Benefits: Health and dental insurance, and courses in project "
    "management. We are an equal opportunity employer and do not ask for age, origin or religion. How to apply: "
    "Send us your papers by e-mail."
)


class TestOneLine:
    """Headings and sentences part what stands in one line."""

    def test_positions_headline_and_skills_are_those_of_the_sections(self) -> None:
        profile = read_profile(unflattened(TEACHER), date(2026, 11, 1))
        assert profile.headline == "SPECIAL EDUCATION TEACHER"
        assert [(each.title, each.start, each.end) for each in profile.positions] == [
            ("Special Education Teacher", "2015-08", "2023-06"),
            ("Substitute Teacher", "2012-08", "2015-06"),
        ]
        years = {skill.id: skill.years for skill in profile.skills}
        assert years["individualised-education-plans"] == 7.9

    def test_names_and_sentences_are_not_torn_apart(self) -> None:
        lines = [line.strip() for line in unflattened(TEACHER).splitlines()]
        assert lines[0] == "SPECIAL EDUCATION TEACHER"
        assert any(line.endswith("Experience in the Board of Education.") for line in lines)
        assert any(line.startswith("Master of Education 2012") for line in lines)

    def test_an_advertisement_asks_for_what_stands_under_its_headings(self) -> None:
        asked = requirements_in(unflattened(ACCOUNTANT))
        assert asked.title.strip() == "Senior Accountant - Remote (US)"
        assert set(asked.required_skills) == {
            "Accounting",
            "Financial reporting",
            "US GAAP",
            "Microsoft Excel",
            "NetSuite",
        }
        assert (asked.wished_skills, asked.min_years) == (["SQL", "Tableau"], 5)

    def test_a_long_line_without_headings_of_sections_stays_as_it_is(self) -> None:
        line = "The Skills of a Bachelor of Education are described here. " * 20
        assert unflattened(line) == line

    def test_a_long_line_among_others_stays_as_it_is(self) -> None:
        text = "\n".join((TEACHER, *["A line like any other."] * 40))
        assert unflattened(text) == text
