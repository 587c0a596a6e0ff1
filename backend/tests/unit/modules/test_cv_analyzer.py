"""A CV ends in `completed` or `failed`, each once, with its events in the same transaction."""

import pytest

from models import CV, CVState
from modules.cv_analyzer import begin, complete, fail
from sourcing.profiles import ReadProfile, ReadSkill
from sourcing.skill_list import taxonomy_version
from tests.unit.modules.world import World

PROFILE = ReadProfile(
    summary="A sentence of the CV.", skills=[ReadSkill(id="python", name="Python", evidence="Python since 2015.")]
)


class TestBeginning:
    async def test_an_uploaded_cv_is_taken_and_says_so(self, world: World) -> None:
        cv = await world.cv(await world.freelancer(), filename="cv.pdf", storage_key="cvs/1")
        reading = await world.do(begin, cv_id=cv)
        assert reading is not None
        assert (reading.filename, reading.storage_key) == ("cv.pdf", "cvs/1")
        assert (await world.get(CV, cv)).state is CVState.PROCESSING
        assert await world.subjects() == [f"cv.{cv}.processing.started", "workflow.cv_processing.state_change"]

    async def test_a_cv_taken_again_after_a_crash_is_read_again_and_says_nothing_twice(self, world: World) -> None:
        cv = await world.cv(await world.freelancer())
        await world.do(begin, cv_id=cv)
        session_id = (await world.get(CV, cv)).session_id
        assert await world.do(begin, cv_id=cv) is not None
        assert (await world.get(CV, cv)).session_id == session_id
        assert len(await world.subjects("cv.>")) == 1

    async def test_what_has_been_read_or_is_not_known_is_left_alone(self, world: World) -> None:
        cv = await world.cv(await world.freelancer(), state=CVState.COMPLETED)
        assert await world.do(begin, cv_id=cv) is None
        assert await world.do(begin, cv_id="123") is None
        assert await world.said() == []


class TestCompletion:
    async def test_it_hands_over_to_the_profile_builder(self, world: World) -> None:
        freelancer = await world.freelancer()
        cv = await world.cv(freelancer)
        await world.do(begin, cv_id=cv)
        await world.do(complete, cv_id=cv, profile=PROFILE)
        row = await world.get(CV, cv)
        assert row.state is CVState.COMPLETED
        assert row.extracted == {**PROFILE.model_dump(mode="json"), "taxonomy": taxonomy_version()}
        said = dict(await world.said())
        assert said[f"cv.{cv}.processing.completed"]["session_id"] == row.session_id
        task = said["agent.task.completed.cv_analyzer"]
        assert (task["cv_id"], task["next_step"]) == (cv, "profile_building")
        assert task["result"]["freelancer_id"] == freelancer
        assert said["workflow.cv_processing.state_change"]["next_state"] == "profile_building"

    async def test_no_sentence_of_the_cv_travels_in_an_event(self, world: World) -> None:
        cv = await world.cv(await world.freelancer())
        await world.do(complete, cv_id=cv, profile=PROFILE)
        assert "sentence" not in str(await world.said())
        assert "since 2015" not in str(await world.said())

    async def test_done_twice_it_says_everything_once(self, world: World) -> None:
        cv = await world.cv(await world.freelancer())
        for _ in range(2):
            await world.do(complete, cv_id=cv, profile=PROFILE)
        assert await world.subjects("cv.>") == [f"cv.{cv}.processing.completed"]


class TestFailure:
    async def test_the_owner_sees_the_reason(self, world: World) -> None:
        cv = await world.cv(await world.freelancer())
        await world.do(begin, cv_id=cv)
        await world.do(fail, cv_id=cv, reason="The file is damaged.")
        row = await world.get(CV, cv)
        assert (row.state, row.error) == (CVState.FAILED, "The file is damaged.")
        [(_, event)] = await world.said("cv.*.processing.failed")
        assert event["error"] == "The file is damaged."

    @pytest.mark.parametrize("state", [CVState.COMPLETED, CVState.FAILED])
    async def test_what_has_ended_does_not_fail_again(self, world: World, state: CVState) -> None:
        cv = await world.cv(await world.freelancer(), state=state, error="First reason")
        await world.do(fail, cv_id=cv, reason="Second reason")
        assert (await world.get(CV, cv)).error == "First reason"
        assert await world.said() == []

    async def test_a_replay_may_still_complete_it(self, world: World) -> None:
        cv = await world.cv(await world.freelancer())
        await world.do(fail, cv_id=cv, reason="A fault of ours.")
        assert await world.do(begin, cv_id=cv) is not None
        await world.do(complete, cv_id=cv, profile=PROFILE)
        row = await world.get(CV, cv)
        assert (row.state, row.error) == (CVState.COMPLETED, None)
