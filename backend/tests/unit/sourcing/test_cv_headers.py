"""How headings and the headers of positions, studies and certificates stand on a page, each habit by itself."""

# ruff: noqa: RUF001 - typography as it comes

import pytest

from tests.unit.sourcing.lines import positions, read


class TestHeadersOfPositions:
    """Title, employer and place are told apart wherever they stand."""

    def test_a_title_over_employer_place_and_dates(self) -> None:
        assert positions(
            "Head Chef", "The Copper Kettle, Bath | Apr 2019 - to date", "Brigade of eight",
            "Sous Chef", "Maison Bellegarde, Lyon | Nov 2014 - Mar 2019", "Training of apprentices",
        ) == [("Head Chef", "The Copper Kettle", "2019-04"), ("Sous Chef", "Maison Bellegarde", "2014-11")]  # fmt: skip

    def test_employer_and_place_at_both_edges_over_role_and_dates(self) -> None:
        assert positions(
            "Freightline Labs    Denver, CO", "Engineer    Mar 2021 – Present", "Rebuilt the load board",
            "Beacon Shop    Remote", "Developer    Jun 2017 – Jun 2018", "Sites for restaurants",
        ) == [("Engineer", "Freightline Labs", "2021-03"), ("Developer", "Beacon Shop", "2017-06")]  # fmt: skip

    def test_role_and_dates_over_employer_and_place_at_both_edges(self) -> None:
        assert positions("Engineer, Ads Ranking    2019 – 2021", "Finch & Field    New York, NY", "Ranked ads") == [
            ("Engineer, Ads Ranking", "Finch & Field", "2019")
        ]

    def test_an_employer_over_how_long_and_apart_from_the_role(self) -> None:
        assert positions(
            "Payvista", "5 years 8 months", "",
            "Product Manager", "April 2023 - Present (3 years 8 months)", "Bengaluru, Karnataka", "",
            "Product Owner", "April 2021 - March 2023 (2 years)",
        ) == [("Product Manager", "Payvista", "2023-04"), ("Product Owner", "Payvista", "2021-04")]  # fmt: skip

    def test_places_below_the_dates_of_roles_that_share_an_employer_are_none(self) -> None:
        assert positions(
            "Crescent Relief", "6 years 9 months", "", "Manager", "2018 - 2021 (3 years)", "Juba, South Sudan", "",
            "Officer", "2014 - 2018 (4 years)", "Kampala, Uganda", "", "Press Office", "Clerk", "2011 - 2014",
        ) == [
            ("Manager", "Crescent Relief", "2018"), ("Officer", "Crescent Relief", "2014"),
            ("Clerk", "Press Office", "2011"),
        ]  # fmt: skip

    def test_an_employer_below_a_list_of_what_was_used_before(self) -> None:
        assert positions(
            "Cognitive Labs, Chennai", "QA Lead    2021 – 2023", "Environment: Java",
            "Vaigai Softwares, Madurai", "Tester    2015 – 2017", "Environment: Oracle",
        )[1] == ("Tester", "Vaigai Softwares", "2015")  # fmt: skip

    def test_roles_below_a_dated_employer_apart_from_what_was_done(self) -> None:
        assert positions(
            "LAKE ERIE MANUFACTURING CO., Cleveland    2014 – Present", "Director of Sales (2019 – Present)",
            "Lead a team of 12", "", "Negotiated two contracts", "Moved to Ohio", "",
            "Sales Manager (2014 – 2019)", "Sold to 300 shops", "",
            "BUCKEYE HEALTH PARTNERS, Akron    2008 – 2014", "Sales Generalist",
        ) == [
            ("Director of Sales", "LAKE ERIE MANUFACTURING CO.", "2019"),
            ("Sales Manager", "LAKE ERIE MANUFACTURING CO.", "2014"),
            ("Sales Generalist", "BUCKEYE HEALTH PARTNERS", "2008"),
        ]  # fmt: skip

    def test_a_class_or_grade_is_no_employer(self) -> None:
        assert positions("Electrician's Mate, 2nd Class - United States Navy - 2008 - 2014") == [
            ("Electrician's Mate", "United States Navy", "2008")
        ]

    def test_labels_over_the_dates(self) -> None:
        assert positions(
            "1. Company : Gulf Consultants, Dubai", "Designation : Structural Engineer", "Duration : 2018 till date",
            "Duties:", "Design of towers", "Projects:", "Pearl Tower (2021-2023), 48 storeys",
            "2. Company : Indus Associates", "Designation : Design Engineer", "Duration : Aug. 2012 to Dec. 2017",
        ) == [
            ("Structural Engineer", "Gulf Consultants", "2018"),
            ("Design Engineer", "Indus Associates", "2012-08"),
        ]  # fmt: skip

    def test_a_sentence_that_says_as_what_and_where(self) -> None:
        assert positions(
            "• Working as Technical Lead in Nimbus Infotech Pvt Ltd, Pune from June 2020 to till date."
        ) == [("Technical Lead", "Nimbus Infotech Pvt Ltd", "2020-06")]

    def test_marks_of_a_timeline_before_titles_and_icons_before_dates(self) -> None:
        assert positions(
            "• Site Engineer · Hospitales Norte S.L. · Bilbao", "02/2012 → 04/2017", "Concrete",
            "Hardware Engineer", "Lumeo Medical BV", "• March 2010 – Jan 2012     Delft", "• Circuits",
        ) == [
            ("Site Engineer", "Hospitales Norte S.L.", "2012-02"),
            ("Hardware Engineer", "Lumeo Medical BV", "2010-03"),
        ]  # fmt: skip

    def test_names_of_columns_head_no_position(self) -> None:
        assert positions(
            "Period | Role | Company | Tech", "2021-08 – present | Data Engineer | Fjellkraft AS | dbt"
        ) == [("Data Engineer", "Fjellkraft AS", "2021-08")]

    def test_versions_in_a_list_of_tools_are_no_dates(self) -> None:
        assert len(positions("Welder, Acme Ltd, 2019 – 2020", "Environment: SQL Server 2012/2016")) == 1

    def test_a_sentence_behind_the_employer_and_a_kind_of_work_in_brackets_are_no_names(self) -> None:
        assert positions("2022 – pres.    Geneticist, Caucasus Centre. Pipelines in R.") == [
            ("Geneticist", "Caucasus Centre", "2022")
        ]
        assert positions("2014 – 15 Receptionist (internship)", "Grand Hotel Excelsior, Brighton") == [
            ("Receptionist", "Grand Hotel Excelsior", "2014")
        ]

    def test_dates_that_a_cell_has_parted_are_one_period(self) -> None:
        profile = read(
            "Experience", "07/2014 –    Accountant", "02/2019    Bergbräu AG", "2010-    Clerk", "2014    Kroll KG"
        )
        assert [(each.title, each.organisation, each.start, each.end) for each in profile.positions] == [
            ("Accountant", "Bergbräu AG", "2014-07", "2019-02"),
            ("Clerk", "Kroll KG", "2010", "2014"),
        ]

    @pytest.mark.parametrize("between", ["to", "-", "\u2013"])
    def test_a_dash_or_a_word_that_stands_alone_between_dates_joins_them(self, between: str) -> None:
        lines = ("Senior Accountant", "March 2012", between, "Current", "Harbour Bank", "Closed the month.")
        positions = read("Experience", *lines, "Clerk", "06/2006", between, "02/2012", "Lake Bank").positions
        assert [(each.title, each.start, each.end) for each in positions] == [
            ("Senior Accountant", "2012-03", None),
            ("Clerk", "2006-06", "2012-02"),
        ]


class TestHeadings:
    """Headings are known by what they say, in whatever letters all of a CV's are."""

    @pytest.mark.parametrize("heading", ["E D U C AT I O N", "E D U CA T I O N", "B I L D U N G"])
    def test_spaced_letters_of_which_pairs_stand_together(self, heading: str) -> None:
        assert len(read("Skills", "Welding", heading, "BA Theatre, University of Leeds, 2013").education) == 1

    def test_small_letters_where_all_headings_have_them(self) -> None:
        profile = read(
            "experience", "Cook, Aurore, 2019 – 2020", "education", "BA Theatre, 2013", "languages", "German"
        )
        assert len(profile.positions) == len(profile.education) == len(profile.languages) == 1

    @pytest.mark.parametrize("heading", ["SOFTWARE KNOWLEDGE", "PROFESSIONAL MEMBERSHIP", "COMPUTER PROFICIENCY"])
    def test_capitals_that_no_list_knows_end_a_section(self, heading: str) -> None:
        profile = read("EDUCATION", "BA Theatre, University of Leeds, 2013", heading, "Guild of Stage Technicians")
        assert len(profile.education) == 1

    @pytest.mark.parametrize(
        "lines",
        [
            ("Selected publications", "1. Deep learning (2020)", "Computing at home"),
            ("HOBBIES", "Chess", "COMPUTING AT HOME"),
        ],
    )
    def test_a_heading_that_no_list_knows_ends_what_is_no_practice(self, lines: tuple[str, ...]) -> None:
        assert [skill.name for skill in read(*lines, "Docker, SQL").skills] == ["Docker", "SQL"]

    def test_polish(self) -> None:
        profile = read(
            "Doświadczenie zawodowe", "Starsza programistka, Bank Wawelski S.A.", "marzec 2020 – obecnie",
            "Wykształcenie", "Magister inżynier, Akademia Górnicza, 2017",
            "Języki obce", "Angielski – C1", "Polski – ojczysty", "Zainteresowania", "Unity",
        )  # fmt: skip
        assert [(each.title, each.start) for each in profile.positions] == [("Starsza programistka", "2020-03")]
        assert [each.institution for each in profile.education] == ["Akademia Górnicza"]
        assert {each.name: each.level for each in profile.languages} == {"English": "C1", "Polish": "native"}
        assert not profile.skills


class TestLinesThatBelongTogether:
    """What a narrow column has parted is one; what one line says of several is of each."""

    def test_a_degree_that_goes_on(self) -> None:
        [study] = read("Education", "Certificate in Critical", "Care", "University of Perth, 2021").education
        assert (study.degree, study.institution) == ("Certificate in Critical Care", "University of Perth")

    def test_a_degree_in_capitals_before_its_school(self) -> None:
        [study] = read("Education", "MASTER'S DEGREE IN PHYSICS Politecnico di Torino").education
        assert (study.degree, study.institution) == ("MASTER'S DEGREE IN PHYSICS", "Politecnico di Torino")

    def test_a_certificate_that_goes_on(self) -> None:
        found = read(
            "Certificates", "Certified Scrum Product Owner", "(CSPO)", "Practitioner - Level", "III"
        ).certificates
        assert [each.name for each in found] == ["Certified Scrum Product Owner (CSPO)", "Practitioner - Level III"]

    def test_a_certificate_with_who_gave_it_and_its_number(self) -> None:
        [found] = read("Licenses", "LCSW, Texas State Board, #55501 (2013)").certificates
        assert (found.name, found.issued) == ("LCSW, Texas State Board, #55501", "2013")

    def test_a_level_of_both(self) -> None:
        found = read("Languages", "English, Spanish (both native)").languages
        assert {each.name: each.level for each in found} == {"English": "native", "Spanish": "native"}
