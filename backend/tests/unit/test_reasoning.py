"""Which runner reasons is a setting; half a model is refused, and no key is shown."""

import pytest
from pydantic import SecretStr, ValidationError

from core.settings import Settings
from services.reasoning import Reasoning, limits, model_settings
from sourcing.gathering import INSTRUCTIONS, Known, OwnersMessage, Understood
from tests.unit.modules.world import World
from trunkline.reasoning import Limits
from trunkline.sql import Database
from trunkline.testing import ModelServer, Says

KEY = "sk-nobody-is-to-see-this"


def described(**given: object) -> Settings:
    return Settings(**{"llm_runner": "openai", "llm_model": "small", **given})  # type: ignore[arg-type]


class TestSettings:
    """What the settings say, and what they cannot say."""

    def test_plain_is_the_default(self) -> None:
        assert Settings().llm_runner == "plain"
        assert not Settings().llm_tracing

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"llm_model": None}, "needs LLM_MODEL"),
            ({"llm_budget_cost": 1.0}, "needs LLM_INPUT_PRICE"),
            ({"llm_budget_seconds": 10}, "LLM_BUDGET_SECONDS must be at least"),
            ({"llm_base_url": "http://user:secret@host/v1"}, "hold no user or password"),
            ({"llm_base_url": "host/v1"}, "must begin with http"),
        ],
    )
    def test_half_a_model_is_refused(self, given: dict[str, object], reason: str) -> None:
        with pytest.raises(ValidationError, match=reason):
            described(**given)

    def test_the_model_and_its_budget_are_as_set(self) -> None:
        settings = described(
            llm_api_key=SecretStr(KEY), llm_input_price=2.0, llm_budget_cost=0.5, llm_budget_tokens=1000
        )
        assert model_settings(settings).input_price == 2.0
        assert limits(settings) == Limits(tokens=1000, cost=0.5, calls=20, seconds=600)
        assert KEY not in repr(settings) + repr(model_settings(settings))


class TestRunners:
    """The setting decides who answers."""

    @pytest.mark.parametrize(("runner", "title"), [("plain", "A shop"), ("openai", "Another")])
    async def test_the_one_that_is_set_answers(
        self, database: Database, model_server: ModelServer, runner: str, title: str
    ) -> None:
        model_server.script.append(Says(Understood(title="Another").model_dump_json()))
        reasoning = Reasoning(described(llm_runner=runner, llm_base_url=model_server.url), database)
        said = OwnersMessage(known=Known(), asking="title", message="A shop")
        answer = await reasoning.reasoner.run("requirements_gathering", INSTRUCTIONS, said, Understood, root="r")
        await reasoning.close()
        assert (answer.note.runner, answer.result.title) == (runner, title)
        assert len(model_server.asked) == (runner == "openai")

    async def test_the_end_of_a_budget_is_told_on_a_subject_of_the_platform(
        self, database: Database, model_server: ModelServer
    ) -> None:
        reasoning = Reasoning(described(llm_budget_tokens=1, llm_base_url=model_server.url), database)
        said = OwnersMessage(known=Known(), asking="title", message="A shop")
        for _ in range(2):
            answer = await reasoning.reasoner.run("requirements_gathering", INSTRUCTIONS, said, Understood, root="r")
        await reasoning.close()
        assert (answer.note.reason, answer.result.title) == ("budget_exceeded", "A shop")
        [(subject, event)] = await World(database).said("agent.>")
        assert (subject, event["root"], event["over"]) == ("agent.budget.exceeded", "r", ["tokens"])
        assert event["limits"]["tokens"] == 1
