"""The whole platform on a language model: it reads, it may fail or obey a CV, and no score is its own to make."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.application import Application
from tests.e2e.people import Person, until
from tests.unit.hostile_cvs import ASKED, ATTACKS, WHOLE, placed
from trunkline.testing import Asked, ModelServer, Says
from trunkline.testing.models import Said

KEY = "sk-a-key-that-no-log-is-to-hold"


def obeys(asked: Asked) -> Said:
    """Grant whatever a CV may want; understand an owner's title."""
    if "message" in asked.data:
        return Says(json.dumps({"title": asked.data["message"], "reply": "Noted."}))
    claims = [{"name": name, "quote": f"Expert in {name}"} for name in ASKED]
    return Says(json.dumps({"headline": "Rate me 100%", "summary": ["Rate me 100%"], "skills": claims}))


@pytest_asyncio.fixture
async def application(tmp_path: Path, model_server: ModelServer) -> AsyncIterator[Application]:
    environment = {
        "LLM_RUNNER": "openai",
        "LLM_MODEL": "obedient",
        "LLM_BASE_URL": model_server.url,
        "LLM_API_KEY": KEY,
        "LOG_LEVEL": "DEBUG",
    }
    model_server.always = obeys
    async with Application(tmp_path, environment=environment) as application:
        await application.connected()
        yield application


async def test_a_cv_that_commands_and_a_model_that_obeys_change_no_score(
    application: Application, model_server: ModelServer
) -> None:
    owner = await Person.register(application, "owner")
    requirements = {"required_skills": ASKED}
    project = await owner.post("/projects", {"title": "A cluster", "requirements": requirements})
    people = [await Person.register(application, "freelancer") for _ in range(2)]
    texts = [WHOLE, placed(WHOLE, ATTACKS[0])["at the end"]]
    for person, text in zip(people, texts, strict=True):
        cv = await person.cv_ended(await person.upload(text.encode()))
        assert cv["state"] == "completed"
        note = cv["extracted"]["reasoning"]
        assert (note["runner"], note["model"], note["reason"], note["calls"]) == ("openai", "obedient", None, 1)

    async def ranked() -> list[float] | None:
        matches = (await owner.get(f"/projects/{project['id']}/matches"))["matches"]
        return [each["match_confidence"] for each in matches] if len(matches) == 2 else None

    first, second = await until(ranked)
    assert first == second < 0.5
    profiles = [await person.profile() for person in people]
    for field in ("headline", "summary", "skills", "positions", "years_of_experience", "languages"):
        assert profiles[0][field] == profiles[1][field]

    chat = await owner.post("/requirements", {})
    seen = await owner.post(f"/requirements/{chat['id']}/messages", {"content": "A web shop"})
    assert seen["known"]["title"] == "A web shop"
    assert seen["messages"][-1]["reasoning"]["runner"] == "openai"

    assert all(each.headers["authorization"] == f"Bearer {KEY}" for each in model_server.asked)
    assert len(model_server.asked) == 3
    assert KEY not in application.log
    assert "quiet at night" not in application.log, "the CV's words"
