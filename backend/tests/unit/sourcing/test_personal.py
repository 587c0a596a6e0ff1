"""What identifies a person is neither a skill nor evidence for one."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing.personal import impersonal
from sourcing.profiles import read_profile
from sourcing.skills import skill_for

TODAY = date(2026, 11, 1)

CV = """Ruby Swift
Data Engineer

Date of birth: 12.03.1984, Nationality: Norwegian
12 Java Street, Oslo
ruby.swift@oracle.example.org | +47 555 01 234 | https://github.com/ruby/docker

Experience
Data Engineer, Acme, 2015 - 2020
- Pipelines in Python; call me at 0171 555 0123

Personal details
Marital status: married, plays Go
Photo: enclosed

Skills
SQL
"""


def test_a_name_or_an_address_is_no_skill() -> None:
    found = {skill.id for skill in read_profile(CV, TODAY).skills}
    assert found >= {skill_for(name).id for name in ("Python", "SQL")}
    assert found.isdisjoint(skill_for(name).id for name in ("Ruby", "Swift", "Java", "Docker", "Go", "Oracle"))


@pytest.mark.parametrize(
    "told", ["Ruby", "Swift", "1984", "Norwegian", "Java", "Oslo", "@", "555", "github", "married", "enclosed"]
)
def test_it_is_nowhere_in_the_profile(told: str) -> None:
    assert told not in read_profile(CV, TODAY).model_dump_json()


@pytest.mark.parametrize(
    "line",
    [
        "Mobile: Swift, Kotlin",
        "Gender studies, University of Oslo, 2012",
        "Led 12 people in the row of projects",
        "2015 - 2020",
        "01/2019 - 12/2020",
        "ISO 9606-1 and DIN 18800-7",
        "Names: tables for a thousand places",
    ],
)
def test_what_only_looks_like_it_stays(line: str) -> None:
    text = f"Ann Example\n\nExperience\n{line}\n"
    assert line in impersonal(text)


def test_a_profession_on_top_is_no_name() -> None:
    assert "Staff Accountant" in impersonal("Staff Accountant\nSummary\nI count.")
    assert "Public Relations" in impersonal("Public Relations\nSummary\nI write.")
    assert "Welder" in impersonal("Joe Bracken, Welder\n")
    assert "Bracken" not in impersonal("Joe Bracken, Welder\n")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_everything_else_keeps_its_place(text: str) -> None:
    blanked = impersonal(text)
    assert len(blanked) == len(text)
    assert all(kept in (character, " ") for character, kept in zip(text, blanked, strict=True))
