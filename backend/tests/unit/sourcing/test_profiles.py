from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing.dates import month_of
from sourcing.headings import SectionKind
from sourcing.periods import period_in, years_of
from sourcing.profiles import ReadProfile, read_profile
from sourcing.sections import kinds_of_lines, split_into_sections

TODAY = date(2026, 11, 1)
HEADINGS = ["EXPERIENCE", "Education:", "Languages | German", "## Skills", "Profile    of Ann"]

CV = """Jane Example
Senior Backend Engineer
jane@example.org | +00 555 0199

PROFILE
Backend engineer with a liking for Python. Plays chess.

WORK EXPERIENCE
Senior Backend Engineer, Acme Ltd        Mar 2019 \u2013 present
• FastAPI services on PostgreSQL and NATS
• Led a team of four since 2021 - with pleasure

Backend Developer | 2015 - 2019
Beta GmbH
• Python and Django

01/2014 \u2013 12/2014
Intern at Gamma
- Java

EDUCATION
BSc Computer Science, 2011 \u2013 2014

Languages: English (C1), German - native, French: basic
Skills: Python (9 years), Docker, Go
"""


def years(profile: ReadProfile) -> dict[str, float | None]:
    return {skill.id: skill.years for skill in profile.skills}


class TestAWholeCV:
    """A CV of the usual kind is read whole."""

    profile = read_profile(CV, TODAY)

    def test_headline_and_summary(self) -> None:
        assert self.profile.headline == "Senior Backend Engineer"
        assert self.profile.summary == "Backend engineer with a liking for Python. Plays chess."

    def test_positions_have_title_organisation_and_dates(self) -> None:
        assert [(p.title, p.organisation, p.start, p.end) for p in self.profile.positions] == [
            ("Senior Backend Engineer", "Acme Ltd", "2019-03", None),
            ("Backend Developer", "Beta GmbH", "2015", "2019"),
            ("Intern", "Gamma", "2014-01", "2014-12"),
        ]

    def test_years_are_those_of_the_positions_and_not_of_the_studies(self) -> None:
        assert self.profile.years_of_experience == pytest.approx(12.8)

    @pytest.mark.parametrize("heading", ["Keywords", "KEY WORDS:", "Mots-cl\u00e9s", "Palabras clave"])
    def test_a_list_of_keywords_is_no_part_of_the_position_before_it(self, heading: str) -> None:
        read = read_profile(f"Experience\nCook, Harrow, 2014 - 2020\n- Django\n\n{heading}\nPython, Docker\n", TODAY)
        assert {skill.name: skill.years for skill in read.skills} == {"Django": 6.0, "Python": None, "Docker": None}

    def test_a_skill_has_the_years_stated_beside_it_else_those_of_its_positions(self) -> None:
        found = years(self.profile)
        assert found["python"] == 9
        assert found["nats"] == pytest.approx(7.8)
        assert found["java"] == 1
        assert found["docker"] is None

    def test_languages_have_levels(self) -> None:
        assert [(language.name, language.level) for language in self.profile.languages] == [
            ("English", "C1"),
            ("German", "native"),
            ("French", "basic"),
        ]

    def test_education_has_degree_and_dates(self) -> None:
        [study] = self.profile.education
        assert (study.degree, study.institution, study.start, study.end) == ("BSc Computer Science", "", "2011", "2014")

    def test_a_position_tells_what_was_done(self) -> None:
        assert self.profile.positions[0].description.startswith("\u2022 FastAPI services")

    def test_name_and_address_are_not_read(self) -> None:
        assert "Jane" not in self.profile.model_dump_json()
        assert "example.org" not in self.profile.model_dump_json()


GERMAN_CV = """Max Beispiel
Softwareentwickler

Berufserfahrung
Senior Softwareentwicklerin
Beispiel GmbH
März 2019 \u2013 heute · 7 Jahre 9 Monate
• FastAPI auf PostgreSQL
• Keine Erfahrung mit Kubernetes oder Terraform

10/2015 \u2013 02/2019
Entwickler bei Muster AG
• Django

Ausbildung & Studium
BSc Informatik, 2011 \u2013 2014

IT-Kenntnisse
Python (6 Jahre), Docker

Sprachen
Deutsch (Muttersprache), Englisch: verhandlungssicher, Französisch \u2013 Grundkenntnisse, Polnisch B1
"""


class TestAGermanCV:
    """A CV in German is read as one in English; languages go by their English names, as projects ask for them."""

    profile = read_profile(GERMAN_CV, TODAY)

    def test_positions_and_years(self) -> None:
        assert [(p.title, p.organisation, p.start, p.end) for p in self.profile.positions] == [
            ("Senior Softwareentwicklerin", "Beispiel GmbH", "2019-03", None),
            ("Entwickler", "Muster AG", "2015-10", "2019-02"),
        ]
        assert self.profile.years_of_experience == pytest.approx(11.2)
        assert self.profile.headline == "Softwareentwickler"

    def test_skills_and_what_is_said_not_to_be_there(self) -> None:
        assert years(self.profile) == {
            "python": 6,
            "fastapi": pytest.approx(7.8),
            "postgresql": pytest.approx(7.8),
            "django": pytest.approx(3.4),
            "docker": None,
        }

    def test_a_skill_keeps_how_sure_it_is(self) -> None:
        skills = read_profile("We kept clusters of k8s alive, and wrote Python.", TODAY).skills
        assert [(skill.id, skill.method, skill.confidence) for skill in skills] == [
            ("kubernetes", "alias", 0.95),
            ("python", "name", 1.0),
        ]

    def test_languages_and_education(self) -> None:
        assert [(language.name, language.level) for language in self.profile.languages] == [
            ("German", "native"),
            ("English", "fluent"),
            ("French", "basic"),
            ("Polish", "B1"),
        ]
        assert [(study.degree, study.start, study.end) for study in self.profile.education] == [
            ("BSc Informatik", "2011", "2014")
        ]

    def test_languages_in_running_text(self) -> None:
        stated = read_profile("Ich spreche fließend Englisch und Deutsch (C2).", TODAY).languages
        assert [(language.name, language.level) for language in stated] == [("English", "fluent"), ("German", "C2")]

    def test_a_level_on_the_line_below(self) -> None:
        listed = read_profile("Sprachen\nSpanisch\nfliessend\nItalienisch\nGut", TODAY).languages
        assert [(language.name, language.level) for language in listed] == [
            ("Spanish", "fluent"),
            ("Italian", "professional"),
        ]

    def test_levels_of_professional_networks(self) -> None:
        text = "Languages\nAfrikaans (Native or Bilingual)\nDutch (Full Professional)\nFrench (Limited Working)"
        assert [(language.name, language.level) for language in read_profile(text, TODAY).languages] == [
            ("Afrikaans", "native"),
            ("Dutch", "fluent"),
            ("French", "intermediate"),
        ]

    def test_years_that_are_claimed(self) -> None:
        assert read_profile("Ich habe 12 Jahre Berufserfahrung.", TODAY).years_of_experience == 12
        assert years(read_profile("5 Jahre Erfahrung mit Python.", TODAY)) == {"python": 5}


@pytest.mark.parametrize("length", ["6 years 10 months", "(1 yr, 2 mos)", "3 years", "6 Jahre und 10 Monate"])
def test_how_long_a_position_lasted_is_no_organisation(length: str) -> None:
    """As the profiles of professional networks write it: title, employer, dates and their length."""
    text = f"Experience\nSoftware Engineer\nAcme Ltd\nJan 2020 - Present · {length}\n- Python\n"
    [position] = read_profile(text, TODAY).positions
    assert (position.title, position.organisation) == ("Software Engineer", "Acme Ltd")


def test_an_employer_stands_over_the_titles_held_there() -> None:
    """As professional networks export it, also with how long all of it lasted between employer and title."""
    text = """Experience
Kelpworks
Senior Engineer
March 2021 - Present (5 years 8 months)
Harbourtown
I own the tide tables.

Tidal Labs
4 years 2 months
Engineer
January 2019 - February 2021 (2 years 2 months)
"""
    positions = read_profile(text, TODAY).positions
    assert [(position.title, position.organisation) for position in positions] == [
        ("Senior Engineer", "Kelpworks"),
        ("Engineer", "Tidal Labs"),
    ]


def test_a_title_stands_under_employer_place_and_dates() -> None:
    text = "Experience\nBluebonnet Capital, Austin, TX    June 2018 - Present\nSenior Accountant\n- Month-end close\n"
    [position] = read_profile(text, TODAY).positions
    assert (position.title, position.organisation) == ("Senior Accountant", "Bluebonnet Capital")


def test_projects_are_the_experience_of_who_lists_no_other() -> None:
    projects = "Projekte\n01/2022 - 06/2024 Developer, Kraftwerk GmbH\n"
    assert read_profile(projects, TODAY).years_of_experience == 2.5
    without_dates = read_profile("2010 - 2020 Developer, Muster AG\n\nProjects\nA clock of wood\n", TODAY)
    assert without_dates.years_of_experience == 10
    employed = f"{projects}\nBerufserfahrung\n2010 - 2020 Developer, Muster AG\n"
    assert read_profile(employed, TODAY).years_of_experience == 10


def test_a_comma_before_the_dates_is_no_part_of_the_title() -> None:
    [position] = read_profile("Experience\nBitwerk - Lead Engineer, 2018 - 2020\n", TODAY).positions
    assert (position.title, position.organisation) == ("Lead Engineer", "Bitwerk")


@pytest.mark.parametrize("line", ["Title:    Site Manager", "**Site Manager** \u2014 Leeds", "Position: Site Manager"])
def test_a_headline_is_shown_without_label_and_marks(line: str) -> None:
    assert read_profile(f"# Ann Example\n{line}\n", TODAY).headline.startswith("Site Manager")
    assert "*" not in read_profile(f"# Ann Example\n{line}\n", TODAY).headline


PIECES_OF_DATES = [
    "2019", "20", "'19", "1949", "2031", " - ", "\u2013", "/", ".", " ", "to ", "since ", "Jan ", "M\u00e4rz ", "Q3 ",
    "fall ", "03", "31", "present", "heute", "(", ")", "\t", "th", "WS ", "of ",
]  # fmt: skip


class TestPeriods:
    """Dated periods are understood in the ways people write them."""

    @pytest.mark.parametrize(
        ("written", "start", "end"),
        [
            ("2018 - 2022", "2018", "2022"),
            ("Mar 2019 \u2013 present", "2019-03", "None"),
            ("March 2019 to August 2021", "2019-03", "2021-08"),
            ("Sept. 2019 \u2014 Oct. 2020", "2019-09", "2020-10"),
            ("03/2019 - 11/2020", "2019-03", "2020-11"),
            ("2019-03 \u2013 2020-11", "2019-03", "2020-11"),
            ("since 05/2021", "2021-05", "None"),
            ("from June 2020 to date", "2020-06", "None"),
            ("2016-2018", "2016", "2018"),
            ("from 2016 to 2018", "2016", "2018"),
            ("März 2019 \u2013 heute", "2019-03", "None"),
            ("Mai 2019 bis Dez. 2020", "2019-05", "2020-12"),
            ("seit 05/2021", "2021-05", "None"),
            ("von Oktober 2016 bis 2018", "2016-10", "2018"),
            ("01.10.2015 - 28.02.2019", "2015-10", "2019-02"),
            ("2021 - aktuell", "2021", "None"),
            ("Juni 2019 \u2013 dato", "2019-06", "None"),
            ("2018 \u2013 present day", "2018", "None"),
            ("2021 \u2192 now", "2021", "None"),
            ("March 2019 through May 2020", "2019-03", "2020-05"),
            ("Jan-2019 to Feb-2020", "2019-01", "2020-02"),
            ("1 April 2019 - 30th June 2020", "2019-04", "2020-06"),
            ("April 1, 2019 - June 30, 2020", "2019-04", "2020-06"),
            ("2019-03-01 \u2013 2020-05-31", "2019-03", "2020-05"),
            ("03/19 \u2013 08/21", "2019-03", "2021-08"),
            ("09/95 \u2013 12/99", "1995-09", "1999-12"),
            ("Jan \u201919 - Aug '21", "2019-01", "2021-08"),
            ("seit 03/21", "2021-03", "None"),
            ("Jul\u2013Sep 2014", "2014-07", "2014-09"),
            ("Q3 2021 \u2013 Q1 2023", "2021-07", "2023-03"),
            ("Summer 2019", "2019-06", "2019-08"),
            ("Spring 2018 - Fall 2019", "2018-03", "2019-11"),
            ("WS 2015/16 \u2013 SS 2018", "2015-10", "2018-09"),
            ("\u201919 \u2013 \u201921", "2019", "2021"),
            ("2015\u201316", "2015", "2016"),
            ("2018/2019", "2018", "2019"),
            ("2019 \u2013", "2019", "None"),
            ("2020 onwards", "2020", "None"),
            ("Present \u2013 January 2019", "2019-01", "None"),
            ("2019-03/2020-11", "2019-03", "2020-11"),
            ("01/03/2019 \u2013 30/11/2020", "2019-03", "2020-11"),
            ("janv. 2019 \u2013 d\u00e9c. 2020", "2019-01", "2020-12"),
            ("mars 2018 \u00e0 aujourd\u2019hui", "2018-03", "None"),
            ("enero de 2019 \u2013 actualidad", "2019-01", "None"),
            ("da marzo 2019 ad oggi", "2019-03", "None"),
            ("mei 2018 \u2013 heden", "2018-05", "None"),
            ("09/2009 | 02/2015", "2009-09", "2015-02"),
            ("2009-09    2015-02", "2009-09", "2015-02"),
        ],
    )
    def test_written_forms(self, written: str, start: str, end: str) -> None:
        found = period_in(f"Engineer, {written}", TODAY)
        assert found is not None
        assert (str(found[0].start), str(found[0].end)) == (start, end)
        assert found[1] == "Engineer,"

    @pytest.mark.parametrize(
        "text",
        [
            "2022 - 2018",
            "2031 - 2035",
            "1200 - 1300",
            "call 2018-20222",
            "no date",
            "2020",
            "Marketing 12 - 14",
            "5/6 - 7/8",
        ],
    )
    def test_what_is_no_period(self, text: str) -> None:
        assert period_in(text, TODAY) is None

    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.sampled_from(PIECES_OF_DATES), max_size=8).map("".join))
    def test_whatever_is_written_a_period_lies_within_a_life(self, written: str) -> None:
        found = period_in(written, TODAY)
        if found is not None:
            first, after = found[0].months(TODAY)
            assert 1950 * 12 <= first < after <= max(first + 1, TODAY.year * 12 + TODAY.month)
            assert 0.5 <= years_of([found[0]], TODAY) <= TODAY.year - 1949
            assert month_of(written) is None or str(month_of(written))

    def test_what_overlaps_counts_once(self) -> None:
        periods = [
            found[0] for line in ("2015 - 2019", "2017 - 2020", "2018 - 2018") if (found := period_in(line, TODAY))
        ]
        assert years_of(periods, TODAY) == 5

    def test_what_lasts_ends_today(self) -> None:
        found = period_in("Nov 2024 - now", TODAY)
        assert found is not None
        assert years_of([found[0]], TODAY) == pytest.approx(2.1)
        assert years_of([found[0]], date(2030, 10, 1)) == 6


class TestOtherTexts:
    """A text that is no CV, or one in another order, gives what it has."""

    @given(st.text())
    def test_no_text_is_refused(self, text: str) -> None:
        read_profile(text, TODAY)

    @given(st.lists(st.sampled_from(CV.splitlines()), max_size=30))
    def test_no_order_of_lines_is_refused(self, lines: list[str]) -> None:
        profile = read_profile("\n".join(lines), TODAY)
        assert profile.years_of_experience is None or 0 <= profile.years_of_experience < 80

    def test_a_text_without_headings_and_dates_still_gives_skills_and_claims(self) -> None:
        profile = read_profile("I have over 12 years of experience in nursing and speak fluent Dutch.", TODAY)
        assert [skill.id for skill in profile.skills] == ["nursing"]
        assert profile.years_of_experience == 12
        assert [(language.name, language.level) for language in profile.languages] == [("Dutch", "fluent")]

    def test_another_language_gives_an_empty_profile_rather_than_an_error(self) -> None:
        assert read_profile("Ich backe seit vielen Jahren Brot.", TODAY).positions == []

    def test_a_programming_language_is_not_spoken(self) -> None:
        assert read_profile("LANGUAGES\nPython, Go\nPolish (B2)", TODAY).languages[0].name == "Polish"

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.sampled_from([*HEADINGS, "\u2022 Tools", "Tools: Git", "Name: Ann", "Bread", ""]), max_size=12))
    def test_every_line_belongs_to_one_section(self, lines: list[str]) -> None:
        sections = split_into_sections("\n".join(lines))
        told = [line for section in sections for line in section.lines]
        assert len(kinds_of_lines(lines)) == len(lines)
        assert told.count("Bread") == lines.count("Bread")
        assert len(told) <= len(lines)

    def test_a_label_within_work_does_not_end_it(self) -> None:
        text = "Experience\nBaker, Mill, 2010 - 2014\nTools: oven\nLanguages: German\n\nMiller, Mill, 2014 - 2020\n"
        profile = read_profile(text, TODAY)
        assert [position.title for position in profile.positions] == ["Baker", "Miller"]
        assert [language.name for language in profile.languages] == ["German"]

    @pytest.mark.parametrize(
        ("listed", "level"),
        [
            ("Dutch \u25cf\u25cf\u25cf\u25cf\u25cf", "fluent"),
            ("Dutch \u2605\u2605\u2605\u2606\u2606", "intermediate"),
            ("Dutch 4/5", "professional"),
            ("Dutch (30 %)", "basic"),
            ("Dutch: fluent (C1)", "C1"),
            ("Dutch - native, C2", "native"),
            ("N\u00e9erlandais : courant", "fluent"),
            ("Holand\u00e9s: intermedio", "intermediate"),
            ("Dutch", None),
        ],
    )
    def test_levels_in_words_and_on_scales(self, listed: str, level: str | None) -> None:
        [language] = read_profile(f"Languages\n{listed}\n", TODAY).languages
        assert (language.name, language.level) == ("Dutch", level)

    def test_years_that_stand_between_two_skills_belong_to_the_one_they_name(self) -> None:
        found = years(read_profile("Skills\n5 years of Python, 3 years of Docker and Django (2 years)\n", TODAY))
        assert (found["python"], found["docker"], found["django"]) == (5, 3, 2)
        assert years(read_profile("Skills\n1.5 years of Python, 1 year of Docker; Django: 3 ans\n", TODAY)) == {
            "python": 1.5,
            "docker": 1,
            "django": 3,
        }

    def test_education_of_earlier_versions_is_still_understood(self) -> None:
        [study] = ReadProfile.model_validate({"education": ["BSc Nursing, 2012"]}).education
        assert study.degree == "BSc Nursing, 2012"

    def test_certificates_have_names_and_dates(self) -> None:
        text = "Certificates\n\u2022 ACLS, BLS, PALS\n\u2022 Forklift licence (2019), valid until 2028\nIssued by TUV\n"
        read = read_profile(text, TODAY).certificates
        assert [(each.name, each.issued) for each in read] == [
            ("ACLS", None), ("BLS", None), ("PALS", None), ("Forklift licence", "2019"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "heading",
        ["## Work experience", "E X P E R I E N C E", "**Employment history:**", "CAREER", "Berufliche Tätigkeit"],
    )
    def test_headings_are_known_in_many_forms(self, heading: str) -> None:
        kinds = [section.kind for section in split_into_sections(f"A name\n{heading}\nBaker, 2010 - 2020")]
        assert kinds == [SectionKind.TOP, SectionKind.EXPERIENCE]
