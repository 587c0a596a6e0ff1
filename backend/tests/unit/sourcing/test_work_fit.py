"""What somebody works as, beside what a project is called."""

import pytest

from sourcing.asked import Requirements
from sourcing.candidates import MOST_TITLES, Candidate, Held
from sourcing.scoring import Part, score
from sourcing.title_vectors import title_nearness
from sourcing.title_words import title_words
from sourcing.work_fit import work


def near(one: str, other: str) -> float:
    return title_nearness(title_words([one]), title_words([other]))


def part(title: str, headline: str = "", *positions: str, name: str = "") -> Part | None:
    asked = Requirements(title=title, required_skills=["Python"])
    person = Candidate(name=name, headline=headline, positions=[Held(title=each) for each in positions])
    return next((part for part in score(asked, person).parts if part.name == "work"), None)


@pytest.mark.parametrize(
    ("title", "nearer", "remoter"),
    [
        ("Backend developer for payments", "Software engineer", "Pastry chef"),
        ("Nurse for a night ward", "Healthcare assistant", "Web developer"),
        ("Chef for a hotel", "Cook", "Software engineer"),
        ("Backend developer for instant payments", "Backend developer", "Junior developer"),
        ("Event-driven backend for instant payments", "Senior Backend Engineer", "Junior Developer"),
        ("Welder for a shipyard", "Metal worker", "Accountant"),
    ],
)
def test_titles_are_near_by_what_they_mean(title: str, nearer: str, remoter: str) -> None:
    assert near(title, nearer) > near(title, remoter)


def test_a_title_is_nearest_to_itself() -> None:
    assert near("Data engineer", "Engineer of data") == pytest.approx(1.0, abs=1e-5)


def test_the_nearest_of_headline_and_positions_counts_and_is_told() -> None:
    found = part("Web developer", "Pastry chef", "Gardener", "Web developer", "Plumber")
    assert found is not None
    assert found.value == pytest.approx(1.0, abs=1e-5)
    assert (found.evidence[0].asked, found.evidence[0].has) == ("Web developer", "Web developer")
    assert found.explanation == "Title Web developer: near to Web developer."


def test_other_work_counts_nothing() -> None:
    found = part("Web developer", "Pastry chef")
    assert found is not None
    assert (found.value, found.evidence[0].how) == (0.0, "not_met")


@pytest.mark.parametrize(
    ("title", "headline"), [("", "Web developer"), ("Zürich", "Web developer"), ("Web developer", "")]
)
def test_where_either_side_names_no_work_the_part_is_left_out(title: str, headline: str) -> None:
    assert part(title, headline) is None


def test_a_name_that_is_a_word_of_work_counts_nothing() -> None:
    assert part("Baker wanted", "Baker", name="Jo Baker") is None
    assert part("Baker wanted", "Baker", name="Jo Smith") is not None


def test_no_more_titles_are_looked_at_than_said() -> None:
    positions = [Held(title=f"Gardener of park {number}") for number in range(MOST_TITLES)]
    person = Candidate(positions=[*positions, Held(title="Web developer")])
    assert len(person.titles) == MOST_TITLES
    assert "Web developer" not in person.titles


def test_a_project_that_asks_for_nothing_but_a_title_compares_nothing() -> None:
    match = score(Requirements(title="Web developer"), Candidate(headline="Web developer"))
    assert (match.score, match.parts) == (0.0, [])
    assert work(Requirements(title="Web developer"), Candidate(headline="Web developer")) is not None
