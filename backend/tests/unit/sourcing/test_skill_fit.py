"""A near skill stands in for a missing one in part; never for one that is there, nor for one that is denied."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sourcing.asked import Requirements, requirements_in, skills_named_in
from sourcing.candidates import DESCRIBED, Candidate, CandidateSkill
from sourcing.scoring import score
from sourcing.skill_fit import NEAR, fit_of
from sourcing.skills import skill_for

LISTED = ["python", "postgresql", "mysql", "docker", "kubernetes", "rust", "java", "nats", "basket-weaving"]


def person(*skills: CandidateSkill) -> Candidate:
    return Candidate(skills=list(skills))


def has(name: str, status: Any = "found", **fields: Any) -> CandidateSkill:
    return CandidateSkill(id=skill_for(name).id, name=name, status=status, **fields)


@pytest.fixture(scope="module", autouse=True)
def lists() -> None:
    """The lists are read at the first use, which no single example should have to wait for."""
    fit_of(skill_for("MySQL"), person(has("PostgreSQL")))


class TestNear:
    @examples(deadline=None)
    @given(
        st.sampled_from(LISTED), st.lists(st.sampled_from(LISTED), max_size=6), st.sampled_from(["found", "confirmed"])
    )
    def test_a_near_skill_counts_less_than_the_skill_itself_however_it_is_there(
        self, wanted: str, others: set[str], status: Any
    ) -> None:
        skill = skill_for(wanted)
        without = person(*(has(other, status) for other in others if other != wanted))
        itself = person(*without.skills, has(wanted, "found", method="meaning"))
        assert fit_of(skill, without).credit < NEAR <= DESCRIBED <= fit_of(skill, itself).credit

    def test_it_says_which_and_how_near_and_where_that_stands(self) -> None:
        fit = fit_of(skill_for("MySQL"), person(has("PostgreSQL", evidence="Kept PostgreSQL alive.", years=4)))
        assert (fit.how, fit.has, fit.sentence, fit.years) == ("near", "PostgreSQL", "Kept PostgreSQL alive.", 4)
        assert fit.nearness is not None
        assert 0.5 <= fit.nearness < 1
        assert 0 < fit.credit <= NEAR * fit.nearness

    def test_it_says_how_sure_the_reading_is_which_moves_no_credit_and_ends_with_a_confirmation(self) -> None:
        sure, unsure = (
            person(has("PostgreSQL", method="inflection", confidence=confidence)) for confidence in (0.95, 0.6)
        )
        for wanted in ("PostgreSQL", "MySQL"):
            fits = fit_of(skill_for(wanted), sure), fit_of(skill_for(wanted), unsure)
            assert [fit.confidence for fit in fits] == [0.95, 0.6]
            assert fits[0].credit == fits[1].credit
        confirmed = person(has("PostgreSQL", "confirmed", confidence=0.6))
        assert fit_of(skill_for("PostgreSQL"), confirmed).confidence is None

    def test_a_denied_skill_counts_nothing_and_lends_nothing(self) -> None:
        denied = fit_of(skill_for("MySQL"), person(has("MySQL", "denied"), has("PostgreSQL", "confirmed")))
        assert (denied.credit, denied.how) == (0, "denied")
        assert fit_of(skill_for("MySQL"), person(has("PostgreSQL", "denied"))).credit == 0

    def test_what_is_not_near_counts_nothing(self) -> None:
        assert fit_of(skill_for("Python"), person(has("Cooking", "confirmed"))).credit == 0

    def test_what_a_cv_only_describes_counts_less_than_what_it_names(self) -> None:
        named, described = (
            fit_of(skill_for("Python"), person(has("Python", method=how))) for how in ("name", "meaning")
        )
        assert (named.how, described.how) == ("found", "described")
        assert named.credit > described.credit


class TestProjectTexts:
    def test_a_phrase_that_is_no_skill_asks_for_the_skills_that_it_names(self) -> None:
        asked = Requirements(required_skills=["solid experience with PostgreSQL and Docker", "Basket weaving"])
        assert [skill.name for skill in asked.required] == ["Docker", "PostgreSQL", "Basket weaving"]

    def test_skills_that_only_the_description_names_count_a_little_and_are_not_missing(self) -> None:
        named = skills_named_in("A backend", "Python, and some Docker around it.")
        asked = Requirements(required_skills=["Python"], described_skills=named)
        assert [skill.name for skill in asked.described] == ["Docker"]
        without, with_it = score(asked, person(has("Python"))), score(asked, person(has("Python"), has("Docker")))
        assert 0 < with_it.score - without.score < 0.1
        assert without.missing_skills == []

    def test_a_text_alone_gives_skills_wishes_years_and_languages(self) -> None:
        asked = requirements_in("We need Python for 4 years or more. Ideally also Docker. Fluent German is needed.")
        assert (asked.required_skills, asked.wished_skills) == (["Python"], ["Docker"])
        assert (asked.min_years, asked.languages) == (4, ["fluent German"])
