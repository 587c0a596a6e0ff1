"""Habits of those who write CVs, each by itself: how they name employers, breaks, levels, years and what is aside."""

# ruff: noqa: RUF001 - typography as it comes

import pytest

from sourcing.page_layout import Word, texts_of
from sourcing.plain_text import decoded
from tests.unit.sourcing.lines import positions, read


class TestEmployersAndRoles:
    """An employer belongs to all roles that are told below it, and what is no position is none."""

    def test_roles_below_an_employer_have_it_in_common(self) -> None:
        assert positions(
            "Altamont LLP, London",
            "Senior Manager    Apr 2021 – Present",
            "Leads eight people.",
            "Manager    Jan 2018 – Mar 2021",
        ) == [("Senior Manager", "Altamont LLP", "2021-04"), ("Manager", "Altamont LLP", "2018-01")]

    def test_a_freelancer_after_that_has_no_employer(self) -> None:
        found = positions(
            "Altamont LLP", "Manager    2018 – 2021", "Led people.", "Freelance Consultant    2021 – 2023"
        )
        assert found[1] == ("Freelance Consultant", "", "2021")

    def test_a_dated_employer_over_dated_roles_is_no_position(self) -> None:
        assert positions(
            "HALVORSEN TOOLS, INC., Milwaukee    2016 – Present",
            "Maker of hand tools.",
            "Finance Director (2019 – Present)",
            "• Refinanced the debt",
            "Controller, Europe (2016 – 2019)",
        ) == [
            ("Finance Director", "HALVORSEN TOOLS, INC.", "2019"),
            ("Controller, Europe", "HALVORSEN TOOLS, INC.", "2016"),
        ]

    def test_a_dated_project_within_a_job_is_part_of_it_and_tells_the_years_of_what_it_used(self) -> None:
        profile = read(
            "Experience",
            "Consultant, Brightwave GmbH",
            "01/2018 – present",
            "Project: Data lake (03/2020 – 12/2021)",
            "- Kafka and Scala",
        )
        assert [each.title for each in profile.positions] == ["Consultant"]
        assert {skill.id: skill.years for skill in profile.skills}["apache-kafka"] == 1.8

    def test_projects_alone_are_positions(self) -> None:
        assert len(read("Projects", "Project: Data lake (03/2020 – 12/2021)").positions) == 1

    @pytest.mark.parametrize("gap", ["Career break", "Parental leave", "Elternzeit", "Sabbatical", "Gap year"])
    def test_a_break_is_no_position(self, gap: str) -> None:
        profile = read("Experience", "Welder, Acme Ltd, 2010 – 2014", f"{gap}, Jan 2014 – Dec 2019")
        assert [each.title for each in profile.positions] == ["Welder"]
        assert profile.years_of_experience == 4.0

    def test_an_employer_above_a_complete_line_is_not_taken_for_its_ward(self) -> None:
        assert positions(
            "Desert Sun Medical Center, Phoenix",
            "Registered Nurse | June 2019 – Present",
            "- Cares for patients",
            "Saguaro Community Hospital, Mesa",
            "Staff Nurse, Telemetry | 07/2016 – 05/2019",
        )[1] == ("Staff Nurse", "Saguaro Community Hospital", "2016-07")

    def test_dates_before_every_employer_keep_what_stands_above_out(self) -> None:
        assert positions(
            "2021 – today | Studio Lombardi",
            "Senior Architect",
            "Hotels",
            "2016 – 2021 | Moretti & Figli",
            "Architect",
        ) == [("Senior Architect", "Studio Lombardi", "2021"), ("Architect", "Moretti & Figli", "2016")]

    def test_a_year_within_a_title_below_its_dates_begins_no_position(self) -> None:
        found = positions("June 2013 - Sep 2020", "Driver, foreman from 2016", "Bretherton Haulage")
        assert [(title, start) for title, _, start in found] == [("Driver", "2013-06")]

    def test_a_title_of_two_roles_leaves_the_employer_to_the_line_below(self) -> None:
        assert positions("1998 - 2013", "Warehouse operative, forklift driver", "Preston Stores") == [
            ("Warehouse operative", "Preston Stores", "1998")
        ]

    @pytest.mark.parametrize(
        ("line", "organisation"),
        [
            ("Jefa de obra – Urgull, S.A. (Donostia), 2019 – 2020", "Urgull, S.A."),
            ("Senior Associate | Harrow & Pike Lawyers | Melbourne | 2019 – 2020", "Harrow & Pike Lawyers"),
            ("Sviluppatore presso Tramonto Srl, Bologna, 2019 – 2020", "Tramonto Srl"),
            ("Bookbinder — Self-employed, 2019 – 2020", "Self-employed"),
            ("Ontwerper bij Havenlab, 2019 – 2020", "Havenlab"),
        ],
    )
    def test_names_of_employers(self, line: str, organisation: str) -> None:
        assert [found for _, found, _ in positions(line)] == [organisation]

    def test_a_place_at_the_right_edge_is_no_employer(self) -> None:
        assert positions("Data Officer          Kumasi", "HealthReach NGO          Oct 2017 – Jun 2021") == [
            ("Data Officer", "HealthReach NGO", "2017-10")
        ]


class TestDates:
    """Dates are read as they are written, wherever they stand."""

    @pytest.mark.parametrize(
        "line",
        ["2019–    Lecturer, University of Bergen", "2019– Lecturer, University of Bergen", "2019 - obecnie: Lecturer"],
    )
    def test_a_year_that_is_left_open_lasts(self, line: str) -> None:
        [position] = read("Experience", line).positions
        assert (position.title, position.start, position.end) == ("Lecturer", "2019", None)

    def test_a_year_in_a_column_of_its_own_is_one_of_work(self) -> None:
        [position] = read("Experience", "2019    Assistant Director, City Theatre").positions
        assert (position.title, position.start, position.end) == ("Assistant Director", "2019", "2019")

    def test_months_of_one_digit_before_years_of_two(self) -> None:
        [position] = read("Jobs", "Machine Operator, Hoosier Castings     3/09 - 4/14").positions
        assert (position.start, position.end) == ("2009-03", "2014-04")

    def test_years_are_stated_in_words_too(self) -> None:
        profile = read("Over nine years' experience in care", "five years of React")
        assert profile.years_of_experience == 9
        assert [skill.years for skill in profile.skills if skill.id == "react"] == [5]

    def test_a_study_between_positions_is_education(self) -> None:
        profile = read(
            "Werdegang", "2017 – 2019 Bauleiter, Wallraf KG", "2012 – 2016 Studium Bauingenieurwesen, FH Lübeck"
        )
        assert [each.title for each in profile.positions] == ["Bauleiter"]
        assert [(each.degree, each.institution) for each in profile.education] == [
            ("Studium Bauingenieurwesen", "FH Lübeck")
        ]


class TestSections:
    """Headings are known with adjectives, in pairs, and in small capitals; words of sentences are none."""

    @pytest.mark.parametrize(
        "heading",
        [
            "Civilian experience",
            "RECENT WORK EXPERIENCE",
            "E XPERIENCE",
            "Berufliche Praxis",
            "Appointments",
            "Interim assignments",
            "Career to date",
        ],
    )
    def test_headings_over_work(self, heading: str) -> None:
        assert len(read("Profile", "Cook.", "", heading, "Cook, Hotel Aurore, 2019 – 2020").positions) == 1

    def test_of_two_headings_in_one_that_counts_which_says_more(self) -> None:
        profile = read("Training & Certificates", "CCRN, 2021", "", "Education and skills", "BA Theatre, 2013")
        assert [each.name for each in profile.certificates] == ["CCRN"]
        assert [each.degree for each in profile.education] == ["BA Theatre"]

    @pytest.mark.parametrize("line", ["User experience", "Customer experience", "Sales and marketing"])
    def test_what_is_no_heading(self, line: str) -> None:
        assert not read("Skills", line, "Cook, Hotel Aurore, 2019 – 2020").positions

    def test_the_last_word_of_a_sentence_ends_no_section(self) -> None:
        found = positions("Cook, Aurore, 2019 – 2020", "Ran several", "projects", "Waiter, Volant, 2015 – 2019")
        assert len(found) == 2

    def test_a_heading_below_each_position_ends_no_section(self) -> None:
        found = positions(
            "Cook, Aurore, 2019 – 2020", "Key achievements", "- a", "Waiter, Volant, 2015 – 2019", "Key achievements"
        )
        assert len(found) == 2

    @pytest.mark.parametrize("heading", ["Interests", "Hobbies & Interests", "Hobbys", "References", "Referees"])
    def test_hobbies_and_other_people_are_no_skills(self, heading: str) -> None:
        profile = read("Skills", "Welding", "", heading, "Photography, Dr. Hans Meier, SAP consultant")
        assert [skill.id for skill in profile.skills] == ["welding"]

    def test_a_name_behind_its_label_is_known_everywhere(self) -> None:
        profile = read("Profil: SAP-Berater", "Name: Uwe Hinrichsen", "Jahrgang: 1974", "Uwe Hinrichsen kennt SAP.")
        told = profile.model_dump_json()
        assert "kennt SAP" in told
        assert "Hinrichsen" not in told
        assert "1974" not in told


class TestLanguages:
    """A level that is said once for several languages is that of each."""

    @pytest.mark.parametrize(
        ("line", "levels"),
        [
            ("Castellano y euskera: nativos. Inglés: B2", {"Spanish": "native", "Basque": "native", "English": "B2"}),
            ("Fluent: German, English; Basic: Turkish", {"German": "fluent", "English": "fluent", "Turkish": "basic"}),
            ("English, German (fluent)", {"English": None, "German": "fluent"}),
            ("English    C1 C1 B2 B2 B2", {"English": "C1"}),
        ],
    )
    def test_in_a_list(self, line: str, levels: dict[str, str | None]) -> None:
        assert {each.name: each.level for each in read("Languages", line).languages} == levels

    def test_in_running_text(self) -> None:
        found = read("Bilingual in Spanish/English, fluent in French and Dutch").languages
        assert {each.name: each.level for each in found} == {
            "Spanish": "native",
            "English": "native",
            "French": "fluent",
            "Dutch": "fluent",
        }

    def test_a_grid_of_a_form_without_a_heading(self) -> None:
        found = read(
            "Mother tongue(s)    Hungarian", "Other language(s)    English", "English    C1 C1 B2 B2 B2"
        ).languages
        assert {each.name: each.level for each in found} == {"Hungarian": "native", "English": "C1"}


class TestEducationAndCertificates:
    """Degrees and certificates are told apart from what stands beside them."""

    @pytest.mark.parametrize(
        ("line", "degree", "institution"),
        [
            ("Grado en Historia. Universidad de Vigo. 2011–2015", "Grado en Historia", "Universidad de Vigo"),
            ("B.E. (Civil)  Pune University    2014", "B.E. (Civil)", "Pune University"),
            ("3.1 MPH, University of Ibadan, 2015", "MPH", "University of Ibadan"),
            ("Högskolan Dalarna, BSc Economics, 2013 – 2016", "BSc Economics", "Högskolan Dalarna"),
        ],
    )
    def test_degree_and_school(self, line: str, degree: str, institution: str) -> None:
        [study] = read("Education", line).education
        assert (study.degree, study.institution) == (degree, institution)

    def test_a_degree_under_training_is_education_where_no_section_is(self) -> None:
        profile = read("Training", "MA Journalism, Université Libre de Bruxelles, 2014-2016", "Media law, 2018")
        assert [(each.degree, each.end) for each in profile.education] == [("MA Journalism", "2016")]

    def test_certificates_parted_by_bullets_each_with_its_year(self) -> None:
        found = read("Certificates", "CISSP (2018) • Azure Security Engineer (2021) • CCSP").certificates
        assert [(each.name, each.issued) for each in found] == [
            ("CISSP", "2018"),
            ("Azure Security Engineer", "2021"),
            ("CCSP", None),
        ]

    def test_certificates_in_a_line_each_with_its_year(self) -> None:
        found = read("Certificates", "First aid (2023), Safe Pass, Abrasive wheels (2024)").certificates
        assert [(each.name, each.issued) for each in found] == [
            ("First aid", "2023"),
            ("Safe Pass", None),
            ("Abrasive wheels", "2024"),
        ]


class TestPages:
    """What stands in a cell belongs together, however many lines it has."""

    def test_what_stands_over_the_narrow_column_alone_is_read_first(self) -> None:
        page = [
            Word("Biomedical engineer", 40, 780, 95, 10),
            *(Word(text, 40, y, 45, 10) for y, text in ((740, "SKILLS"), (728, "MATLAB"), (716, "Python"))),
            Word("EXPERIENCE", 210, 740, 200, 12),
            *(Word(text, 210, y, 200, 10) for y, text in ((728, "Engineer, Pulmora AB, 2019 - 2020"), (716, "Valves"))),
        ]
        assert "\n".join(texts_of([page])).startswith("Biomedical engineer\n")

    def test_a_cell_of_several_lines_is_one_in_the_text(self) -> None:
        def words(y: float, *placed: tuple[float, str]) -> list[Word]:
            return [Word(text, x, y, 5.0 * len(text), 10) for x, text in placed]

        page = [
            *words(700, (50, "2019"), (150, "Klinkerwerk"), (300, "Process")),
            *words(688, (150, "Osnabrück"), (300, "Engineer")),
            *words(660, (50, "2013"), (150, "Tasche"), (300, "Planner")),
        ]
        text = texts_of([page])[0]
        assert "Klinkerwerk Osnabrück    Process Engineer" in text

    def test_utf_16_without_a_mark_may_have_letters_of_other_pages(self) -> None:
        assert decoded("Pāvels Āboltiņš, welder in Rīga since 2015".encode("utf-16-le")) is not None
