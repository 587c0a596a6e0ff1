"""Which of the skills that a CV names are of practice, and for how long they were used."""

# ruff: noqa: RUF001 - typography as it comes

import pytest

from tests.unit.sourcing.lines import read


def years(*lines: str) -> dict[str, float | None]:
    return {skill.name: skill.years for skill in read(*lines).skills}


class TestWhatIsPractice:
    """What was written, and what an employer is called, is no skill."""

    @pytest.mark.parametrize(
        "heading",
        ["Publications", "Selected Publications", "Talks & writing", "Conference talks", "Patents", "Vorträge"],
    )
    def test_what_was_written_or_said_in_public_is_none(self, heading: str) -> None:
        found = years("Skills", "Python", "", heading, "Deep learning for buses, Transit Review, 2021")
        assert list(found) == ["Python"]

    def test_an_employers_name_is_none(self) -> None:
        found = years("Experience", "Data Analyst, Severn Insurance Group, 2015 – 2019", "Reports in SAS")
        assert "SAS" in found
        assert "Insurance" not in found

    def test_a_title_that_names_the_employers_product_is_one(self) -> None:
        assert years("Experience", "SAP Consultant, SAP SE, 2015 – 2019")["SAP"] == 4.0

    def test_the_evidence_of_a_skill_keeps_the_employers_name(self) -> None:
        [skill] = read("Experience", "Welding lead at Offbeat Robotics, 2015 – 2019").skills
        assert (skill.name, skill.evidence) == ("Welding", "Welding lead at Offbeat Robotics, 2015 – 2019")


class TestSmallLetters:
    """Names that are also words count in small letters where a list of technology has them."""

    def test_in_a_list_of_technology(self) -> None:
        assert list(years("react, node.js, typescript, go, postgres")) == [
            "React", "Node.js", "TypeScript", "Go", "PostgreSQL",
        ]  # fmt: skip

    def test_at_the_end_of_a_list_behind_a_label(self) -> None:
        assert list(years("stack: next.js, storybook, cypress and react")) == [
            "Next.js", "Storybook", "Cypress", "React",
        ]  # fmt: skip

    def test_in_a_list_of_one_on_each_line(self) -> None:
        assert list(years("Skills", "• python", "• react", "• docker")) == ["Python", "React", "Docker"]

    @pytest.mark.parametrize(
        "line",
        [
            "They react, go and excel under pressure",
            "unity, leadership, teamwork",
            "in spring, summer, autumn",
            "to sketch, paint, and draw",
            "we build in python and then go, docker or not",
        ],
    )
    def test_not_as_the_words_they_are(self, line: str) -> None:
        assert not {"React", "Go", "Unity", "Spring", "Sketch", "Microsoft Excel"} & set(years(line))


class TestListsWithinWork:
    """What is listed below a position was used there; what is listed below all of them, by all or none."""

    @pytest.mark.parametrize("label", ["Tools", "Tech stack", "Environment", "Technologies"])
    def test_a_list_below_each_position_is_of_that_position(self, label: str) -> None:
        found = years(
            "Experience",
            "Engineer, Acme Ltd, Jan 2020 – Dec 2023", "• Built things", f"{label}: Kafka, Docker", "",
            "Developer, Bolt Ltd, Jan 2018 – Dec 2019", "• Built others", f"{label}: PHP",
        )  # fmt: skip
        assert found == {"Apache Kafka": 4.0, "Docker": 4.0, "PHP": 2.0}

    def test_one_list_apart_below_the_last_is_of_no_position(self) -> None:
        found = years(
            "Experience",
            "Engineer, Acme Ltd, Jan 2020 – Dec 2023", "• Built things in Docker", "• And more",
            "Developer, Bolt Ltd, Jan 2018 – Dec 2019", "• Built others", "",
            "Tools: Kafka, PHP",
        )  # fmt: skip
        assert found == {"Docker": 4.0, "Apache Kafka": None, "PHP": None}

    def test_projects_of_clients_in_a_section_of_their_own_tell_years(self) -> None:
        found = years(
            "Experience", "Technical Lead, Nimbus Ltd, 2020 – 2024", "",
            "Project details", "Client: Unity Mutual", "Role: Technical Lead", "Duration: Jan 2022 – Dec 2023",
            "Environment: Kafka",
        )  # fmt: skip
        assert found["Apache Kafka"] == 2.0

    @pytest.mark.parametrize("between", [" | ", "     "])
    def test_a_table_of_skills_has_a_column_for_years(self, between: str) -> None:
        rows = [("Skill", "Level", "Years"), ("ABAP", "Good", "6"), ("Power BI", "Basic", "2 years")]
        assert years("Skills", *(between.join(row) for row in rows)) == {"ABAP": 6.0, "Power BI": 2.0}
