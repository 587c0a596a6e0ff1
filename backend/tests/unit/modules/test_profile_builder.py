"""A profile follows the newest CV, except where the freelancer has spoken."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from models import CVState, Freelancer
from modules.profile_builder import build, merged_skills
from sourcing.profiles import ReadPosition, ReadProfile, ReadSkill
from sourcing.spoken_languages import SpokenLanguage
from tests.unit.modules.world import World, skill
from trunkline.sql.tables import outbox


def read(**fields: Any) -> dict[str, Any]:
    """What an analyser has read, as it is kept."""
    return ReadProfile(**fields).model_dump(mode="json")


def read_skill(name: str, years: float | None = None) -> ReadSkill:
    return ReadSkill(id=name.lower(), name=name, evidence=f"I know {name}.", years=years, confidence=0.85)


async def built(world: World, freelancer: str, **cv: Any) -> Freelancer:
    """The profile after a CV of this content was read."""
    cv_id = await world.cv(freelancer, state=CVState.COMPLETED, **cv)
    await world.do(build, cv_id=cv_id)
    return await world.get(Freelancer, freelancer)


class TestMerging:
    async def test_an_empty_profile_takes_everything_from_the_cv(self, world: World) -> None:
        freelancer = await world.freelancer()
        extracted = read(
            headline="Data engineer",
            summary="Builds pipelines.",
            skills=[read_skill("Python", 4.0)],
            years_of_experience=6.5,
            positions=[ReadPosition(title="Engineer", organisation="Acme", start="2018-01")],
            languages=[SpokenLanguage(name="English", level="C1")],
        )
        profile = await built(world, freelancer, extracted=extracted)
        assert (profile.headline, profile.summary, profile.years_of_experience) == (
            "Data engineer",
            "Builds pipelines.",
            6.5,
        )
        assert profile.languages == [{"name": "English", "level": "C1"}]
        assert profile.positions[0]["organisation"] == "Acme"
        [only] = profile.skills
        assert (only["id"], only["years"], only["status"]) == ("python", 4.0, "found")
        assert (only["method"], only["confidence"]) == ("name", 0.85)
        assert profile.version == 2

    async def test_fields_edited_by_hand_survive_a_new_cv(self, world: World) -> None:
        freelancer = await world.freelancer(headline="My own words", edited=["headline"])
        profile = await built(world, freelancer, extracted=read(headline="From the CV", summary="From the CV"))
        assert (profile.headline, profile.summary) == ("My own words", "From the CV")

    async def test_what_a_cv_does_not_say_takes_nothing_away(self, world: World) -> None:
        freelancer = await world.freelancer(summary="Earlier", years_of_experience=3.0)
        profile = await built(world, freelancer, extracted=read(headline="New"))
        assert (profile.summary, profile.years_of_experience) == ("Earlier", 3.0)

    async def test_a_headline_longer_than_its_column_is_cut(self, world: World) -> None:
        profile = await built(world, await world.freelancer(), extracted=read(headline="x" * 1000))
        assert profile.headline == "x" * 300


class TestSkills:
    def test_confirmed_and_denied_skills_stay_so_and_gain_the_evidence(self) -> None:
        current = [skill("Python", "confirmed", 9.0), skill("Rust", "denied")]
        found = read(skills=[read_skill("Python", 2.0), read_skill("Rust", 1.0)])["skills"]
        python, rust = merged_skills(current, found)
        assert (python["status"], python["years"], python["evidence"]) == ("confirmed", 9.0, "I know Python.")
        assert (rust["status"], rust["years"]) == ("denied", 1.0)

    def test_what_the_freelancer_said_stays_also_when_the_cv_is_silent(self) -> None:
        current = [skill("Python", "confirmed"), skill("Rust", "denied"), skill("Go")]
        assert merged_skills(current, []) == [skill("Python", "confirmed"), skill("Rust", "denied")]

    def test_what_was_read_before_confidences_were_kept_can_still_be_built_from(self) -> None:
        early = {"id": "python", "name": "Python", "evidence": "I know Python."}
        [python] = merged_skills([], [early])
        assert python["confidence"] is None
        assert ReadSkill.model_validate(early).confidence is None

    def test_what_only_an_earlier_cv_named_goes_with_it(self) -> None:
        [only] = merged_skills([skill("Go")], read(skills=[read_skill("Python")])["skills"])
        assert only["id"] == "python"


class TestOrder:
    async def test_an_older_cv_that_is_read_late_does_not_win(self, world: World) -> None:
        freelancer = await world.freelancer()
        older = {"created_at": datetime(2026, 1, 1, tzinfo=UTC), "extracted": read(headline="Older")}
        newer = {"created_at": datetime(2026, 1, 2, tzinfo=UTC), "extracted": read(headline="Newer")}
        await built(world, freelancer, **newer)
        profile = await built(world, freelancer, **older)
        assert profile.headline == "Newer"

    async def test_a_freelancers_profiles_are_matched_in_their_order(self, world: World) -> None:
        freelancer = await world.freelancer()
        await built(world, freelancer, extracted=read(headline="Hello"))
        keys = select(outbox.c.key).where(outbox.c.subject == "workflow.freelancer_opportunity.rematch.trigger")
        assert await world.do(lambda session: session.scalars(keys).all()) == [freelancer]


class TestAnnouncements:
    async def test_other_agents_hear_of_it_and_the_freelancer_is_matched_again(self, world: World) -> None:
        freelancer = await world.freelancer()
        await built(world, freelancer, extracted=read(headline="Hello"))
        said = dict(await world.said())
        assert said["agent.profile_builder.result.profile"]["data"]["freelancer_id"] == freelancer
        assert said["agent.task.completed.profile_builder"]["freelancer_id"] == freelancer
        assert said["workflow.freelancer_opportunity.rematch.trigger"]["data"] == {"freelancer_id": freelancer}
        assert said["workflow.cv_processing.state_change"]["state"] == "profile_built"

    async def test_a_cv_that_is_not_known_changes_nothing(self, world: World) -> None:
        await world.do(build, cv_id="123")
        assert await world.said() == []
