"""What a vacancy's text asks for, wishes for, and tells beside."""

import pytest

from sourcing.asked import Requirements, requirements_in
from sourcing.vacancy_text import work_named

VACANCY = """Backend developer (Python) - 6 month contract, remote

About us
We make software for recruiting in the e-commerce sector.

What you'll do
- Keep our PostgreSQL in order
- Write services in Python

What we're looking for
- at least four years of experience
- fluent English; Dutch is a big advantage
- Machine learning is NOT part of this job
- AWS. Kubernetes is not required.

Nice to have
Terraform, and some Docker.

What we offer
Yoga, and a course in project management. We're an equal opportunity employer with SAP.
"""


class TestParts:
    """Each part of an advertisement is taken for what it is."""

    def test_only_duties_and_requirements_ask_for_skills(self) -> None:
        assert requirements_in(VACANCY).required_skills == ["Python", "PostgreSQL", "AWS"]

    def test_what_stands_under_a_heading_of_wishes_is_wished(self) -> None:
        assert {"Terraform", "Docker"} <= set(requirements_in(VACANCY).wished_skills)

    def test_a_skill_that_is_also_asked_for_is_not_wished(self) -> None:
        asked = requirements_in("Developer\n\nPython daily.\n\nDesirable\nPython, Docker")
        assert (asked.required_skills, asked.wished_skills) == (["Python"], ["Docker"])

    def test_a_wish_does_not_make_wishes_of_what_stands_beside_it(self) -> None:
        assert requirements_in(VACANCY).languages == ["fluent English"]

    @pytest.mark.parametrize(
        "refusal",
        [
            "Docker is not required.",
            "No Docker.",
            "We aren\u2019t looking for Docker.",
            "You don't have to be a Docker user.",
        ],
    )
    def test_what_is_refused_is_neither_asked_nor_wished(self, refusal: str) -> None:
        asked = requirements_in(f"Developer\n\nYou know Python. {refusal}")
        assert (asked.required_skills, asked.wished_skills) == (["Python"], [])

    def test_requirements_after_many_duties_are_not_cut_off(self) -> None:
        tools = "Python, Docker, Kubernetes, PostgreSQL, Terraform, Java, Kotlin, React, TypeScript, Kafka, Go, Grafana"
        duties = f"{tools}, Jenkins, Ansible, MongoDB, Redis"
        assert "AWS" in requirements_in(f"Engineer\n\nTasks\n{duties}\n\nRequirements\nAWS").required_skills

    @pytest.mark.parametrize(
        "notice",
        [
            "We're an equal opportunity employer and use SAP.",
            "SAP Recruitment acts as an employment business.",
            "Please send your SAP exports.",
            "People of all backgrounds, SAP included.",
        ],
    )
    def test_small_print_asks_for_nothing_wherever_it_stands(self, notice: str) -> None:
        assert requirements_in(f"Developer\n\nYou know Python. {notice}").required_skills == ["Python"]

    def test_a_part_about_the_company_ends_with_its_paragraph(self) -> None:
        asked = requirements_in("Developer\n\nAbout us\n\nWe sell SAP.\n\nPython is what we need.")
        assert asked.required_skills == ["Python"]

    def test_a_part_about_the_company_ends_at_any_heading_where_no_line_is_blank(self) -> None:
        asked = requirements_in("Developer\nAbout us\nWe sell SAP.\nSo that we get on together\n- Python")
        assert asked.required_skills == ["Python"]

    def test_headings_are_known_as_they_are_marked(self) -> None:
        for heading in ("## Nice to have", "**Nice to have:**", "NICE-TO-HAVE"):
            assert requirements_in(f"Developer\n\nPython.\n\n{heading}\n- Docker").wished_skills == ["Docker"]


class TestYears:
    @pytest.mark.parametrize(
        ("said", "years"),
        [
            ("at least four years in data engineering", 4),
            ("3 to 6 years of practice", 3),
            ("3-6 years of practice", 3),
            ("At least 12 months post-registration experience", 1),
            ("6+ years building things", 6),
            ("you are over 18 years old", None),
            ("a contract of 12 months", None),
        ],
    )
    def test_the_least_that_is_asked_for_counts(self, said: str, years: float | None) -> None:
        assert requirements_in(f"Somebody\n\nWe expect {said}.").min_years == years

    def test_the_age_of_the_company_is_not_asked_for(self) -> None:
        asked = requirements_in("Cook\n\nAbout us\nFor 30 years we've cooked.\n\nYou\n2 years in a kitchen")
        assert asked.min_years == 2


class TestTitle:
    @pytest.mark.parametrize(
        ("title", "work"),
        [
            (
                "Senior Backend Engineer (Payments) - 6 month contract, outside IR35",
                "Senior Backend Engineer, Payments",
            ),
            ("Interim Management Accountant - ASAP start, 4-6 months", "Management Accountant"),
            ("Frontend developer wanted for a project", "Frontend developer"),
            ("Hotel manager for a busy season", "Hotel manager"),
            ("Cook for nine months", "Cook"),
            ("Nurse for a surgical ward", "Nurse for a surgical ward"),
            ("Contract manager", "Contract manager"),
            ("Freelance", "Freelance"),
            ("", ""),
        ],
    )
    def test_the_work_is_left_when_the_engagement_is_taken_away(self, title: str, work: str) -> None:
        assert work_named(title) == work

    def test_who_else_has_contracts_is_not_near_for_it(self) -> None:
        assert Requirements(title="Java developer - 6 month contract").title_words == ("java", "develop")
