"""Reasoning: by plain functions, or by a model within a budget, and never without a result that was asked for."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

import agents
import pytest
import pytest_asyncio
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from structlog.testing import capture_logs

from trunkline import BudgetExceeded, ModelUnavailable, NoPlainFunction, UnusableAnswer
from trunkline.reasoning import Answer, Budget, Limits, ModelSettings, Plain, Reasoner, Spending
from trunkline.reasoning.openai_agents import OpenAIAgentsModel
from trunkline.sql import Database
from trunkline.testing import BreaksOff, CallsTool, ModelServer, Refuses, Says, Sends, Silent

KEY = "sk-a-key-that-nobody-is-to-see"
SECRET_WORDS = "Grace Hopper, born 1906"
LIMITS = Limits(tokens=20_000, cost=1.0, calls=10, seconds=600)


class Text(BaseModel):
    text: str


class Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["short", "long"]
    words: int = Field(ge=0)
    remark: str = Field(default="", max_length=20)


GOOD = Verdict(kind="short", words=4)
PLAIN = Verdict(kind="long", words=0, remark="plain")


def judge(data: Text) -> Verdict:
    return PLAIN


def says(verdict: Verdict = GOOD, tokens: tuple[int, int] | None = (100, 20)) -> Says:
    return Says(verdict.model_dump_json(), tokens)


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/trunkline.db", busy_limit=30)
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def model(model_server: ModelServer) -> AsyncIterator[Callable[..., OpenAIAgentsModel]]:
    """Make models at the server, and close them at the end."""
    made: list[OpenAIAgentsModel] = []

    def make(**settings: Any) -> OpenAIAgentsModel:
        given = {"model": "small", "base_url": model_server.url, "api_key": SecretStr(KEY), "input_price": 10.0}
        made.append(OpenAIAgentsModel(ModelSettings(**given | settings)))
        return made[-1]

    yield make
    for each in made:
        await each.close()


class World:
    """A reasoner on the model server, with a budget in a real database."""

    def __init__(self, model: OpenAIAgentsModel, database: Database, limits: Limits = LIMITS) -> None:
        self.budget = Budget(database, limits)
        self.reasoner = Reasoner(Plain({"judge": judge}), model=model, budget=self.budget)

    async def ask(self, work: str = "judge", **options: Any) -> Answer[Verdict]:
        return await self.reasoner.run(
            work, "Say how long the text is.", Text(text=SECRET_WORDS), Verdict, root="tree", **options
        )

    async def spent(self) -> Spending:
        return await self.budget.spent("tree")


@pytest.fixture
def world(model: Callable[..., OpenAIAgentsModel], database: Database) -> World:
    return World(model(), database)


class TestPlain:
    """Without a model everything is done by plain functions, and nothing leaves the process."""

    async def test_the_function_of_the_kind_of_work_answers(self) -> None:
        answer = await Reasoner(Plain({"judge": judge})).run("judge", "", Text(text=""), Verdict, root="r")
        assert answer.result == PLAIN
        assert answer.note.model_dump(exclude_defaults=True) == {"runner": "plain"}

    async def test_an_unknown_kind_of_work_is_named(self) -> None:
        with pytest.raises(NoPlainFunction, match="'juge'; there are: judge"):
            await Reasoner(Plain({"judge": judge})).run("juge", "", Text(text=""), Verdict, root="r")

    async def test_a_function_that_returns_something_else_is_a_mistake(self) -> None:
        with pytest.raises(TypeError, match="returned Text, not Verdict"):
            await Reasoner(Plain({"judge": lambda data: data})).run("judge", "", Text(text=""), Verdict, root="r")


class TestModel:
    """A model's answer is the result when it is what was asked for."""

    async def test_a_good_answer_is_returned_with_what_it_took(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(says())
        answer = await world.ask()
        assert answer.result == GOOD
        assert (answer.note.runner, answer.note.model, answer.note.reason) == ("openai", "small", None)
        assert (answer.note.calls, answer.note.tokens, answer.note.cost) == (1, 120, 0.001)

    async def test_the_data_travels_apart_from_the_instructions(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(says())
        await world.ask()
        [asked] = model_server.asked
        assert asked.path == "/v1/chat/completions"
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert [each["role"] for each in asked.body["messages"]] == ["system", "user"]
        assert asked.system.startswith("Say how long the text is.")
        assert SECRET_WORDS not in asked.system
        assert asked.data == {"text": SECRET_WORDS}

    async def test_it_is_offered_no_tools_and_told_the_schema(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(says())
        await world.ask()
        [asked] = model_server.asked
        assert "tools" not in asked.body
        wanted = asked.body["response_format"]["json_schema"]
        assert wanted["strict"] is True
        assert wanted["schema"]["required"] == ["kind", "words", "remark"]
        assert "maxLength" not in str(wanted)

    async def test_what_the_model_writes_can_be_watched(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(says())
        seen: list[str] = []

        async def watch(text: str) -> None:
            seen.append(text)

        answer = await world.ask(on_text=watch)
        assert answer.result == GOOD
        assert seen[-1] == GOOD.model_dump_json()
        assert len(seen) > 1
        assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(seen))
        assert (answer.note.calls, answer.note.tokens) == (1, 120)

    async def test_an_error_of_the_watcher_is_the_callers(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(says())

        async def watch(text: str) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await world.ask(on_text=watch)
        assert (await world.spent()).calls == 1

    async def test_a_server_that_does_not_say_what_it_took_is_counted_at_what_was_reserved(
        self, world: World, model_server: ModelServer
    ) -> None:
        model_server.script.append(says(tokens=None))
        answer = await world.ask()
        assert answer.note.tokens > 2000
        assert (await world.spent()).tokens == answer.note.tokens


class TestRepair:
    """An answer that does not fit goes back once."""

    @pytest.mark.parametrize(
        "wrong",
        [
            "not JSON",
            '{"kind": "short"',
            '{"kind": "huge", "words": 4}',
            '{"kind": "short", "words": -1}',
            '{"kind": "short", "words": 4, "score": 100}',
            '{"kind": "short", "words": 4, "remark": "far longer than twenty characters"}',
        ],
    )
    async def test_it_is_repaired(self, world: World, model_server: ModelServer, wrong: str) -> None:
        model_server.script.extend([Says(wrong), says()])
        answer = await world.ask()
        assert answer.result == GOOD
        assert answer.note.repaired
        assert (answer.note.calls, answer.note.tokens) == (2, 240)
        again = model_server.asked[-1]
        assert [each["role"] for each in again.body["messages"]] == ["system", "user", "assistant", "user"]
        assert again.body["messages"][2]["content"] == wrong

    async def test_wrong_twice_the_plain_runner_answers_and_says_why(
        self, world: World, model_server: ModelServer
    ) -> None:
        model_server.script.extend([Says(f'{{"kind": "{SECRET_WORDS}", "words": 1, "{SECRET_WORDS}": 1}}')] * 2)
        answer = await world.ask()
        assert answer.result == PLAIN
        assert (answer.note.runner, answer.note.reason, answer.note.calls) == ("plain", "unusable_answer", 2)
        assert answer.note.detail is not None
        assert "kind" in answer.note.detail
        assert SECRET_WORDS not in str(answer.note)

    @pytest.mark.parametrize("said", [CallsTool("send_money"), Says(""), Sends(b"{"), Sends(b"[]"), Sends(b'{"a":1}')])
    async def test_what_is_no_answer_at_all_is_not_repaired(
        self, world: World, model_server: ModelServer, said: Any
    ) -> None:
        model_server.script.append(said)
        answer = await world.ask()
        assert (answer.result, answer.note.reason, answer.note.calls) == (PLAIN, "unusable_answer", 1)

    async def test_without_a_plain_function_the_error_is_raised(self, world: World, model_server: ModelServer) -> None:
        model_server.script.extend([Says("{}"), Says("{}")])
        with pytest.raises(UnusableAnswer, match="kind: Field required"):
            await world.ask("other work")


class TestTrouble:
    """A server in trouble is asked again while there is time; then the plain runner answers."""

    @pytest.mark.parametrize("trouble", [Refuses(500), Refuses(503), Refuses(429, {"Retry-After": "0"}), BreaksOff()])
    async def test_after_trouble_that_passes_the_model_answers(
        self, world: World, model_server: ModelServer, trouble: Any
    ) -> None:
        model_server.script.extend([trouble, says()])
        answer = await world.ask()
        assert (answer.result, answer.note.reason, answer.note.calls) == (GOOD, None, 2)

    async def test_a_stream_that_breaks_off_is_asked_for_again(self, world: World, model_server: ModelServer) -> None:
        model_server.script.extend([BreaksOff('{"kind": "short", "wor'), says()])
        seen: list[str] = []

        async def watch(text: str) -> None:
            seen.append(text)

        answer = await world.ask(on_text=watch)
        assert (answer.result, answer.note.calls) == (GOOD, 2)
        assert seen[-1] == GOOD.model_dump_json()

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    async def test_a_refusal_is_final(self, world: World, model_server: ModelServer, status: int) -> None:
        model_server.script.append(Refuses(status, message=f"the key {KEY} is wrong"))
        answer = await world.ask()
        assert (answer.result, answer.note.reason, answer.note.calls) == (PLAIN, "model_unavailable", 1)
        assert answer.note.detail == f"the model's server answered {status}"
        assert (await world.spent()).tokens == 0

    async def test_trouble_that_stays_ends_after_three_tries(self, world: World, model_server: ModelServer) -> None:
        answer = await world.ask()
        assert (answer.result, answer.note.reason, answer.note.calls) == (PLAIN, "model_unavailable", 3)
        assert len(model_server.asked) == 3

    async def test_a_server_that_asks_for_a_longer_wait_than_there_is_time_is_left(
        self, world: World, model_server: ModelServer
    ) -> None:
        model_server.script.append(Refuses(429, {"Retry-After": "3600"}))
        answer = await world.ask()
        assert (answer.note.reason, answer.note.detail) == ("model_unavailable", "the model's server answered 429")
        assert len(model_server.asked) == 1

    @pytest.mark.parametrize("watched", [False, True])
    async def test_a_silent_server_is_left_at_the_time_limit(
        self,
        model: Callable[..., OpenAIAgentsModel],
        database: Database,
        model_server: ModelServer,
        watched: bool,
    ) -> None:
        model_server.script.append(Silent())
        world = World(model(time_limit=1.0), database)

        async def watch(text: str) -> None:
            raise AssertionError("nothing was written")

        answer = await world.ask(on_text=watch if watched else None)
        assert (answer.result, answer.note.reason) == (PLAIN, "model_unavailable")
        assert answer.note.detail is not None
        assert (await world.spent()).tokens > 2000, "it may have been answered, and charged for"

    async def test_no_server_at_all_is_said(
        self, model: Callable[..., OpenAIAgentsModel], database: Database, model_server: ModelServer
    ) -> None:
        world = World(model(), database)
        await model_server.stop()
        answer = await world.ask()
        assert (answer.note.reason, answer.note.detail) == (
            "model_unavailable",
            "the model's server cannot be reached",
        )

    async def test_without_a_plain_function_it_is_raised(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(Refuses(401))
        with pytest.raises(ModelUnavailable, match="401") as raised:
            await world.ask("other work")
        assert (raised.value.again, raised.value.spent) == (False, False)

    async def test_cancelled_in_a_call_it_ends_and_is_counted(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(Silent())
        asking = asyncio.create_task(world.ask())
        async with asyncio.timeout(60):
            while not model_server.asked:
                await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await world.spent()).calls == 1


class TestBudget:
    """No call without room for it."""

    async def test_spent_the_plain_runner_answers_and_says_why(
        self, model: Callable[..., OpenAIAgentsModel], database: Database, model_server: ModelServer
    ) -> None:
        model_server.always = lambda asked: says()
        world = World(model(), database, Limits(calls=2))
        reasons = [(await world.ask()).note.reason for _ in range(4)]
        assert reasons == [None, None, "budget_exceeded", "budget_exceeded"]
        assert len(model_server.asked) == 2

    async def test_without_a_plain_function_it_is_refused(
        self, model: Callable[..., OpenAIAgentsModel], database: Database, model_server: ModelServer
    ) -> None:
        world = World(model(), database, Limits(tokens=100))
        with pytest.raises(BudgetExceeded, match="tokens") as raised:
            await world.ask("other work")
        assert (raised.value.root, raised.value.over) == ("tree", ("tokens",))
        assert not model_server.asked

    async def test_a_repair_is_a_call_too(
        self, model: Callable[..., OpenAIAgentsModel], database: Database, model_server: ModelServer
    ) -> None:
        model_server.always = lambda asked: Says("{}")
        answer = await World(model(), database, Limits(calls=1)).ask()
        assert (answer.note.reason, answer.note.calls) == ("budget_exceeded", 1)

    async def test_calls_side_by_side_share_it(
        self, model: Callable[..., OpenAIAgentsModel], database: Database, model_server: ModelServer
    ) -> None:
        model_server.always = lambda asked: says()
        world = World(model(), database, Limits(calls=3))
        answers = await asyncio.gather(*(world.ask() for _ in range(8)))
        assert sorted(answer.note.runner for answer in answers) == ["openai"] * 3 + ["plain"] * 5
        assert (await world.spent()).calls == len(model_server.asked) == 3


class TestSecrets:
    """No key and no word of the data is in a log or an error; and no trace leaves unless asked for."""

    async def test_nothing_is_logged_of_key_and_data(
        self,
        world: World,
        model_server: ModelServer,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Also where the environment asks the SDK to log everything."""
        monkeypatch.setattr("agents._debug.DONT_LOG_MODEL_DATA", False)
        caplog.set_level(logging.DEBUG)
        model_server.script.extend([Refuses(429, {"Retry-After": "0"}), Says(SECRET_WORDS), Says(SECRET_WORDS)])
        with capture_logs() as logged:
            await world.ask()
        assert [entry["event"] for entry in logged] == ["model_replaced"]
        assert KEY not in caplog.text + str(logged)
        assert SECRET_WORDS not in caplog.text + str(logged)

    async def test_an_error_brings_nothing_of_the_server_with_it(self, world: World, model_server: ModelServer) -> None:
        model_server.script.append(Refuses(401, message=f"wrong key: {KEY}"))
        with pytest.raises(ModelUnavailable) as raised:
            await world.ask("other work")
        chain: list[BaseException] = []
        error: BaseException | None = raised.value
        while error is not None:
            chain.append(error)
            error = error.__cause__ or error.__context__
        assert KEY not in "".join(map(repr, chain))
        assert len(chain) == 1

    def test_settings_show_no_key_and_take_no_password(self) -> None:
        assert KEY not in repr(ModelSettings(model="m", api_key=SecretStr(KEY)))
        with pytest.raises(ValueError, match="must not hold a user") as raised:
            ModelSettings(model="m", base_url="http://user:pass@host/v1")
        assert "pass@" not in str(raised.value)

    @pytest.mark.parametrize("asked_for", [False, True])
    async def test_traces_are_made_only_when_asked_for_and_hold_no_content(
        self, model: Callable[..., OpenAIAgentsModel], database: Database, model_server: ModelServer, asked_for: bool
    ) -> None:
        traced = Traced()
        agents.set_trace_processors([traced])
        model_server.script.append(says())
        await World(model(tracing=asked_for), database).ask()
        agents.set_trace_processors([])
        agents.set_tracing_disabled(True)
        assert bool(traced.exported) is asked_for
        assert SECRET_WORDS not in str(traced.exported)


class Traced(agents.TracingProcessor):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        self.exported: list[Any] = []

    def on_trace_start(self, trace: Any) -> None:
        self.exported.append(trace.export())

    def on_trace_end(self, trace: Any) -> None:
        self.exported.append(trace.export())

    def on_span_start(self, span: Any) -> None:
        pass

    def on_span_end(self, span: Any) -> None:
        self.exported.append(span.export())

    def shutdown(self) -> None:
        pass

    def force_flush(self) -> None:
        pass
