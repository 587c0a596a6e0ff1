"""A conversation with a project's owner ends in a project; by rules, or by a model that answers as it likes."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from models import Role
from services import requirements as service
from services.reasoning import PLAIN, REQUIREMENTS, get_reasoner
from sourcing.gathering import OwnersMessage, Understood
from sourcing.owners_message import read_message
from tests.unit.people import Person, Waiting
from trunkline.reasoning import Budget, Limits, ModelSettings, Plain, Reasoner
from trunkline.reasoning.openai_agents import OpenAIAgentsModel
from trunkline.sql import Database
from trunkline.testing import ModelServer, Refuses, Says

Make = Callable[..., Awaitable[Person]]
Events = Callable[[str], Awaitable[list[Waiting]]]
ANSWERS = ["A web shop", "Build it.", "Python, NATS", "none", "3", "English", "yes", "90"]


async def begun(http: httpx.AsyncClient, owner: Person) -> str:
    answer = await http.post("/requirements", headers=owner.signed_in)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def say(http: httpx.AsyncClient, owner: Person, chat: str, content: str) -> httpx.Response:
    return await http.post(f"/requirements/{chat}/messages", json={"content": content}, headers=owner.signed_in)


def overridden(http: httpx.AsyncClient, reasoner: Reasoner) -> None:
    """Let the routes reason otherwise."""
    transport: Any = http._transport
    assert isinstance(transport.app, FastAPI)
    transport.app.dependency_overrides[get_reasoner] = lambda: reasoner


@pytest_asyncio.fixture
async def with_model(
    http: httpx.AsyncClient, database: Database, model_server: ModelServer
) -> AsyncIterator[ModelServer]:
    """Let the routes reason with a model."""
    model = OpenAIAgentsModel(ModelSettings(model="small", base_url=model_server.url))
    overridden(http, Reasoner(PLAIN, model=model, budget=Budget(database, Limits(calls=50))))
    yield model_server
    await model.close()


class TestPlainly:
    """Without a model."""

    async def test_it_asks_for_what_is_missing_and_ends_in_a_project(
        self, http: httpx.AsyncClient, owner: Person, events: Events
    ) -> None:
        chat = await begun(http, owner)
        for answer in ANSWERS:
            seen = (await say(http, owner, chat, answer)).json()
            assert seen["state"] == "open"
        assert seen["open"] == []
        assert await events("project.") == []
        done = (await say(http, owner, chat, "yes")).json()
        assert (done["state"], done["messages"][-1]["text"][:6]) == ("done", "Posted")
        project = (await http.get(f"/projects/{done['project_id']}", headers=owner.signed_in)).json()
        assert (project["title"], project["description"]) == ("A web shop", "Build it.")
        asked = project["requirements"]
        assert (asked["required_skills"], asked["min_years"], asked["max_rate"]) == (["Python", "NATS"], 3.0, 90.0)
        assert [event.subject for event in await events("project.")] == [f"project.{done['project_id']}.created"]

    async def test_it_says_how_it_came_to_its_answers(self, http: httpx.AsyncClient, owner: Person) -> None:
        chat = await begun(http, owner)
        seen = (await say(http, owner, chat, "A web shop")).json()
        assert [line["role"] for line in seen["messages"]] == ["assistant", "owner", "assistant"]
        assert seen["messages"][-1]["reasoning"]["runner"] == "plain"

    async def test_what_is_done_stays_done(self, http: httpx.AsyncClient, owner: Person, events: Events) -> None:
        chat = await begun(http, owner)
        for answer in [*ANSWERS, "yes"]:
            await say(http, owner, chat, answer)
        assert (await say(http, owner, chat, "yes")).status_code == 409
        assert len(await events("project.")) == 1

    async def test_of_two_messages_at_once_one_is_to_be_said_again(
        self, http: httpx.AsyncClient, owner: Person
    ) -> None:
        both_read = threading.Barrier(2)

        def slowly(said: OwnersMessage) -> Understood:
            both_read.wait(60)
            return read_message(said)

        overridden(http, Reasoner(Plain({REQUIREMENTS: slowly})))
        chat = await begun(http, owner)
        answers = await asyncio.gather(*(say(http, owner, chat, title) for title in ("One", "Two")))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        kept = (await http.get(f"/requirements/{chat}", headers=owner.signed_in)).json()
        assert len(kept["messages"]) == 3

    async def test_it_does_not_grow_without_end(
        self, http: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "MOST_CHARACTERS", 1000)
        chat = await begun(http, owner)
        assert (await say(http, owner, chat, "x" * 1000)).status_code == 200
        refused = await say(http, owner, chat, "A web shop")
        assert (refused.status_code, refused.json()["detail"]) == (
            409,
            "this conversation is too long; begin another",
        )

    async def test_strangers_neither_read_nor_say(self, http: httpx.AsyncClient, owner: Person, person: Make) -> None:
        chat = await begun(http, owner)
        other = await person(Role.OWNER)
        assert (await say(http, other, chat, "Mine")).status_code == 404
        assert (await http.get(f"/requirements/{chat}", headers=other.signed_in)).status_code == 404
        assert (await http.get("/requirements", headers=other.signed_in)).json()["items"] == []
        freelancer = await person(Role.FREELANCER)
        assert (await http.post("/requirements", headers=freelancer.signed_in)).status_code == 403

    async def test_it_can_be_read_and_found_again(
        self, http: httpx.AsyncClient, owner: Person, operator: Person
    ) -> None:
        chat = await begun(http, owner)
        page = (await http.get("/requirements", headers=owner.signed_in)).json()
        assert [each["id"] for each in page["items"]] == [chat]
        for reader in (owner, operator):
            assert (await http.get(f"/requirements/{chat}", headers=reader.signed_in)).json()["id"] == chat

    @pytest.mark.parametrize("content", ["", " ", "x" * 10_001, "a\x00b"])
    async def test_words_are_needed(self, http: httpx.AsyncClient, owner: Person, content: str) -> None:
        assert (await say(http, owner, await begun(http, owner), content)).status_code == 422


class TestWithAModel:
    """A model reads the owner's words; what it says is checked, and the owner's yes is still the owner's."""

    async def test_several_fields_in_one_message(
        self, http: httpx.AsyncClient, owner: Person, with_model: ModelServer
    ) -> None:
        understood = {"title": "A web shop", "required_skills": ["Python"], "remote": True, "max_rate": 90}
        whole = dict.fromkeys(("description", "wished_skills", "min_years", "languages", "location"))
        with_model.script.append(Says(json.dumps({**whole, **understood, "declined": ["min_years"], "reply": "Fine."})))
        chat = await begun(http, owner)
        words = "I need a web shop in Python, remote, 90 an hour at most, experience does not matter"
        seen = (await say(http, owner, chat, words)).json()
        assert seen["open"] == ["description", "wished_skills", "languages"]
        assert seen["messages"][-1]["text"].startswith("Fine. What is to be done?")
        assert seen["messages"][-1]["reasoning"]["runner"] == "openai"
        [asked] = with_model.asked
        assert asked.data["message"] == words
        assert words not in asked.system

    async def test_the_model_posts_nothing(
        self, http: httpx.AsyncClient, owner: Person, with_model: ModelServer, events: Events
    ) -> None:
        answer = {"title": "T", "description": "D", "required_skills": ["Python"], "remote": True, "max_rate": 1}
        declined = ["wished_skills", "min_years", "languages"]
        with_model.always = lambda asked: Says(json.dumps({**answer, "declined": declined, "reply": "Posted. Yes."}))
        chat = await begun(http, owner)
        seen = (await say(http, owner, chat, "Post it at once, you have my yes")).json()
        assert (seen["state"], seen["open"], seen["project_id"]) == ("open", [], None)
        assert await events("project.") == []

    async def test_when_the_model_fails_the_rules_go_on(
        self, http: httpx.AsyncClient, owner: Person, with_model: ModelServer
    ) -> None:
        with_model.script.append(Refuses(401))
        chat = await begun(http, owner)
        seen = (await say(http, owner, chat, "A web shop")).json()
        assert seen["known"]["title"] == "A web shop"
        note = seen["messages"][-1]["reasoning"]
        assert (note["runner"], note["reason"]) == ("plain", "model_unavailable")
