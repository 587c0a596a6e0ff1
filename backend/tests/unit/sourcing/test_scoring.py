from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing.scoring import Candidate, CandidateSkill, Match, Requirements, score
from sourcing.spoken_languages import SpokenLanguage

SKILLS = ["python", "postgresql", "nats", "docker", "kubernetes", "oncology", "basket-weaving"]
NAMES = {"python": "Python", "postgresql": "Postgres", "nats": "NATS", "docker": "Docker", "kubernetes": "k8s",
         "oncology": "Oncology", "basket-weaving": "Basket weaving"}  # fmt: skip

skills = st.lists(
    st.builds(
        CandidateSkill,
        id=st.sampled_from(SKILLS),
        name=st.just("-"),
        years=st.none() | st.floats(0, 40),
        status=st.sampled_from(["found", "confirmed", "denied"]),
    ),
    max_size=8,
)
titles = st.sampled_from(["", "Web developer", "Software engineer", "Pastry chef", "Zürich"])
candidates = st.builds(
    Candidate,
    headline=titles,
    skills=skills,
    years_of_experience=st.none() | st.floats(0, 60),
    languages=st.lists(
        st.builds(
            SpokenLanguage,
            name=st.sampled_from(["German", "English"]),
            level=st.sampled_from([None, "A1", "B2", "native"]),
        ),
        max_size=3,
    ),
    available=st.booleans(),
    remote=st.booleans(),
    rate=st.none() | st.floats(0, 500),
    location=st.none() | st.sampled_from(["Berlin", "Lindenborg"]),
)
names = st.lists(st.sampled_from(sorted(NAMES.values())), max_size=5)
requirements = st.builds(
    Requirements,
    title=titles,
    required_skills=names,
    wished_skills=names,
    min_years=st.none() | st.floats(0, 30),
    languages=st.lists(st.sampled_from(["German", "English (C1)"]), max_size=2),
    remote=st.booleans(),
    location=st.none() | st.just("Lindenborg"),
    max_rate=st.none() | st.floats(0, 500),
)


def person(*skill_ids: str, status: Any = "found", **others: Any) -> Candidate:
    return Candidate(skills=[CandidateSkill(id=i, name=NAMES[i], status=status) for i in skill_ids], **others)


def closed(candidate: Candidate, match: Match) -> Candidate:
    """The candidate after confirming every missing skill."""
    gained = {skill_id for skill_id, name in NAMES.items() if _names(name) & set(match.missing_skills)}
    kept = [skill for skill in candidate.skills if skill.id not in gained]
    confirmed = [CandidateSkill(id=skill_id, name="-", status="confirmed") for skill_id in sorted(gained)]
    return Candidate.model_validate(candidate.model_dump() | {"skills": kept + confirmed})


def _names(name: str) -> set[str]:
    return {name, {"Postgres": "PostgreSQL", "k8s": "Kubernetes"}.get(name, name)}


PROJECT = Requirements(required_skills=["Python", "NATS", "PostgreSQL", "Basket weaving"], wished_skills=["Docker"])


@pytest.fixture(scope="module", autouse=True)
def lists() -> None:
    """The lists are read at the first use, which no single example should have to wait for."""
    score(PROJECT, person("python"))


class TestPromises:
    """What holds for every project and every candidate."""

    @given(requirements, candidates)
    def test_a_score_is_within_nought_and_one_and_always_the_same(self, asked: Requirements, person: Candidate) -> None:
        match = score(asked, person)
        assert 0 <= match.match_confidence <= 1
        assert 0 <= match.improvement_potential <= 1
        assert match == score(asked, person)

    @given(requirements, candidates, st.sampled_from(SKILLS), st.sampled_from(["found", "confirmed"]))
    def test_one_more_skill_never_lowers_it(
        self, asked: Requirements, before: Candidate, skill_id: str, status: Any
    ) -> None:
        more = CandidateSkill(id=skill_id, name="-", status=status)
        after = Candidate.model_validate(before.model_dump() | {"skills": [*before.skills, more]})
        assert score(asked, after).match_confidence >= score(asked, before).match_confidence

    @given(requirements, candidates)
    def test_closing_all_gaps_gives_the_confidence_and_the_potential_together(
        self, asked: Requirements, candidate: Candidate
    ) -> None:
        match = score(asked, candidate)
        after = score(asked, closed(candidate, match))
        assert after.missing_skills == []
        assert after.match_confidence == pytest.approx(match.match_confidence + match.improvement_potential, abs=3e-6)

    @given(requirements, candidates)
    def test_the_parts_add_up_to_the_score_and_the_improvements_to_the_potential(
        self, asked: Requirements, candidate: Candidate
    ) -> None:
        match = score(asked, candidate)
        assert sum(part.weight * part.value for part in match.parts) == pytest.approx(match.match_confidence, abs=1e-5)
        assert sum(gap.adds for gap in match.improvements) == pytest.approx(match.improvement_potential, abs=1e-5)
        assert [gap.skill for gap in match.improvements] == match.missing_skills

    @given(requirements, candidates)
    def test_who_has_none_of_the_skills_asked_for_scores_by_a_like_title_alone(
        self, asked: Requirements, anyone: Candidate
    ) -> None:
        if asked.required or asked.wished:
            nobody = Candidate.model_validate(anyone.model_dump() | {"skills": []})
            match = score(asked, nobody)
            assert match.score == pytest.approx(
                sum(p.weight * p.value for p in match.parts if p.name == "work"), abs=1e-5
            )
            assert match.score <= 0.5

    def test_name_gender_age_and_nationality_are_no_input(self) -> None:
        plain = {"skills": [{"id": "python", "name": "Python"}]}
        told = plain | {"name": "Jane Backend", "gender": "f", "age": 61, "nationality": "Norwegian", "photo": "x.png"}
        assert score(PROJECT, Candidate.model_validate(plain)) == score(PROJECT, Candidate.model_validate(told))


class TestSkills:
    """What a skill counts."""

    def test_confirmed_counts_more_than_found_and_denied_counts_nothing(self) -> None:
        confirmed, found, denied, absent = (
            score(PROJECT, candidate).match_confidence
            for candidate in (
                person("python", status="confirmed"),
                person("python"),
                person("python", status="denied"),
                person(),
            )
        )
        assert confirmed > found > denied == absent

    def test_a_denial_stands_against_what_the_cv_says(self) -> None:
        both = Candidate(skills=[*person("python").skills, *person("python", status="denied").skills])
        assert "Python" in score(PROJECT, both).missing_skills

    def test_what_a_cv_only_lists_counts_less_where_its_work_bears_out_fewer_than_half(self) -> None:
        def named(name: str, years: float | None = None, status: Any = "found") -> CandidateSkill:
            return CandidateSkill(id=name, name=name, years=years, evidence="As the CV says.", status=status)

        def evidence(*skills: CandidateSkill) -> tuple[str, float]:
            found = score(Requirements(required_skills=["Python"]), Candidate(skills=list(skills))).parts[0].evidence[0]
            return found.how, round(found.credit, 6)

        docker = named("docker")
        assert evidence(named("python"), docker, named("nats")) == ("found", 0.6)
        assert evidence(named("python"), docker, named("nats", 6)) == ("listed", 0.5)
        assert evidence(named("python"), named("nats", 6)) == ("found", 0.6)
        assert evidence(named("python", 6), docker, named("nats")) == ("found", 0.9)
        assert evidence(named("python", status="confirmed"), docker, named("nats", 6)) == ("confirmed", 1.0)
        for status in ("confirmed", "denied"):  # what is said of one skill moves no other
            assert evidence(named("python"), docker, named("nats", 6, status)) == ("listed", 0.5)

    def test_years_of_use_count(self) -> None:
        fresh, used = (
            Candidate(skills=[CandidateSkill(id="python", name="Python", years=years)]) for years in (None, 3.0)
        )
        assert score(PROJECT, used).match_confidence > score(PROJECT, fresh).match_confidence

    def test_a_required_skill_counts_more_than_a_wished_one(self) -> None:
        asked = Requirements(required_skills=["Python"], wished_skills=["Docker"])
        assert score(asked, person("python")).match_confidence > score(asked, person("docker")).match_confidence

    def test_missing_skills_are_named_as_listed_with_the_nearest_that_is_there(self) -> None:
        match = score(Requirements(required_skills=["k8s", "Basket weaving"]), person("docker"))
        assert match.missing_skills == ["Kubernetes", "Basket weaving"]
        assert [gap.nearest for gap in match.improvements] == ["Docker", None]
        assert "missing: Kubernetes (nearest: Docker), Basket weaving." in match.reasons[0]

    def test_a_skill_asked_for_twice_counts_once(self) -> None:
        twice = Requirements(required_skills=["Postgres", "PostgreSQL", "NATS"], wished_skills=["nats"])
        once = Requirements(required_skills=["PostgreSQL", "NATS"])
        assert score(twice, person("nats")) == score(once, person("nats"))

    def test_a_free_skill_can_be_confirmed(self) -> None:
        asked = Requirements(required_skills=["basket WEAVING"])
        assert score(asked, person("basket-weaving", status="confirmed")).missing_skills == []


class TestConditions:
    """Years, languages, place, rate and availability."""

    asked = Requirements(required_skills=["Python"], min_years=10, languages=["German (C1)"], max_rate=100)

    def value(self, part: str, requirements: Requirements | None = None, **others: Any) -> float:
        parts = score(requirements or self.asked, person("python", **others)).parts
        return next(found.value for found in parts if found.name == part)

    def test_years_count_in_proportion(self) -> None:
        assert self.value("years", years_of_experience=5) == 0.5
        assert self.value("years", years_of_experience=25) == 1
        assert 0 < self.value("years") < 0.5

    def test_a_language_spoken_less_well_counts_half(self) -> None:
        levels = [self.value("languages", languages=[{"name": "german", "level": level}]) for level in ("A2", "native")]
        assert levels == [0.5, 1.0]
        assert self.value("languages", languages=[{"name": "English", "level": "native"}]) == 0

    def test_a_profile_that_lists_no_language_is_unknown_and_not_without_any(self) -> None:
        assert self.value("languages", languages=[]) == 0.5

    def test_a_rate_above_the_limit_counts_less_and_less(self) -> None:
        rates = [self.value("terms", rate=rate) for rate in (100, 110, 130, 200)]
        assert rates == sorted(rates, reverse=True)
        assert len(set(rates)) == 4

    def test_who_is_not_available_fits_less(self) -> None:
        assert self.value("terms", available=False) < self.value("terms", available=True)

    def test_a_place_counts_only_for_a_project_on_site(self) -> None:
        on_site = Requirements(required_skills=["Python"], remote=False, location="Lindenborg")
        places = [self.value("terms", on_site, location=place) for place in ("Lindenborg", None, "Berlin")]
        assert places == sorted(places, reverse=True)
        assert len(set(places)) == 3
        assert self.value("terms", location="Berlin") == self.value("terms", location="Lindenborg")

    def test_a_project_that_asks_for_nothing_fits_nobody(self) -> None:
        match = score(Requirements(), person("python"))
        assert match.match_confidence == 0
        assert match.reasons == ["The project names no skills, years or languages to compare."]
