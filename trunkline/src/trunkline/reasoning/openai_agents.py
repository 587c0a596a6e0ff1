"""The runner on the OpenAI Agents SDK: any server that speaks OpenAI's chat completions. Needs ``trunkline[openai]``.

The SDK is given one agent, without tools or handoffs, for one turn. What it does besides, it does not do here:

- It sends traces with content to its maker. Off, unless the settings ask for them; then still without content, which
  is whatever people have written.
- Its client tries again by itself. Off: each try is a call, which the budget is to hold.
- It parses the answer, and writes it into the error when it cannot. The answer is taken as text; the reasoner parses.
- It logs prompts and answers at DEBUG where the environment says so, and its client always does in some versions. Their
  loggers are held at WARNING.

What it raises may quote the server, which may quote a key, so none of it leaves this file, not even as a cause: an
error here says what kind it was.
"""

import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import BaseModel

from trunkline.cancellation import end, uneaten
from trunkline.errors import ConfigurationError, ModelUnavailable, UnusableAnswer
from trunkline.reasoning.model import ModelSettings, Reply
from trunkline.reasoning.prompt import Prompt
from trunkline.reasoning.question import OnText

try:
    import agents
    import openai
    from agents.exceptions import AgentsException
    from agents.strict_schema import ensure_strict_json_schema
except ImportError as missing:
    raise ConfigurationError("the language model's runner needs openai-agents: install trunkline[openai]") from missing

LOGGERS = ("openai", "openai.agents", "httpx", "httpcore", "httpx2", "httpcore2")
NO_KEY = "none"
"""The client insists on a key; a server that wants none does not look at it."""

_UNREACHED, _BROKEN_OFF = "ConnectError", {"RemoteProtocolError", "ReadError", "ReadTimeout"}
"""Errors of the HTTP library under the client; by name, since different versions stand on different ones."""

_LATER = {408, 409, 429}
_UNSENT_LENGTHS = ("minLength", "maxLength")  # a strict schema may not have them; the reasoner validates them
_MOST_TOKENS = 1_000_000_000  # what a server says of itself is believed within reason


class OpenAIAgentsModel:
    """One model at one server."""

    name = "openai"

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        key = settings.api_key.get_secret_value() if settings.api_key is not None else NO_KEY
        self._client = openai.AsyncOpenAI(
            api_key=key, base_url=settings.base_url, max_retries=0, timeout=settings.time_limit
        )
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        agents.set_tracing_disabled(not settings.tracing)
        if settings.tracing and settings.api_key is not None:
            agents.set_tracing_export_api_key(key)

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.close()

    async def ask(self, prompt: Prompt, on_text: OnText | None = None) -> Reply:
        """Call the model once.

        Raises:
            ModelUnavailable: the server cannot be reached, refuses, or breaks off.
            UnusableAnswer: what came is no answer with a text.
        """
        try:
            text, usage = await uneaten(self._run(prompt, on_text))
        except _CallerFailed as failed:
            raise failed.error from None
        except Exception as error:  # noqa: BLE001 - an answer that is not of the protocol raises anything in the SDK
            failure = _failure(error)
        else:
            return _reply(text, usage)
        raise failure  # outside of the block that caught the SDK's error: it is not to be its context

    async def _run(self, prompt: Prompt, on_text: OnText | None) -> tuple[object, agents.Usage]:
        agent = agents.Agent(
            name="reasoner",
            instructions=prompt.system,
            model=agents.OpenAIChatCompletionsModel(self.settings.model, self._client),
            model_settings=agents.ModelSettings(max_tokens=self.settings.max_output_tokens, include_usage=True),
            output_type=_AnyText(prompt.result_type),
        )
        config = agents.RunConfig(
            tracing_disabled=not self.settings.tracing,
            trace_include_sensitive_data=False,
            workflow_name="reasoning",
        )
        messages = _in_turn(prompt.messages)
        if on_text is None:
            whole = await agents.Runner.run(agent, messages, max_turns=1, run_config=config)
            return whole.final_output, whole.context_wrapper.usage
        streamed = agents.Runner.run_streamed(agent, messages, max_turns=1, run_config=config)
        async with contextlib.aclosing(_texts(streamed)) as texts:
            async for text in texts:
                try:
                    await on_text(text)
                except Exception as error:
                    raise _CallerFailed(error) from error
        return streamed.final_output, streamed.context_wrapper.usage


class _CallerFailed(Exception):
    """What the caller's `on_text` raised, to be told from what the SDK raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _AnyText(agents.AgentOutputSchemaBase):
    """Asks the server for the result's schema, and takes whatever text comes back."""

    def __init__(self, result_type: type[BaseModel]) -> None:
        self._result_type = result_type

    def is_plain_text(self) -> bool:
        return False

    def name(self) -> str:
        return self._result_type.__name__

    def json_schema(self) -> dict[str, Any]:
        return ensure_strict_json_schema(_without_lengths(self._result_type.model_json_schema()))

    def is_strict_json_schema(self) -> bool:
        return True

    def validate_json(self, json_str: str) -> str:
        return json_str


async def _texts(streamed: agents.RunResultStreaming) -> AsyncGenerator[str, None]:
    """Give all that was written so far, each time there is more; the SDK's own task has ended when this does."""
    written = ""
    try:
        async for event in streamed.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                written += event.data.delta
                yield written
    finally:
        streamed.cancel()
        await end(streamed.run_loop_task)


def _in_turn(messages: tuple[str, ...]) -> list[Any]:
    """The messages as the SDK takes them: user and assistant by turns."""
    roles = ("user", "assistant")
    return [{"role": roles[index % 2], "content": text} for index, text in enumerate(messages)]


def _without_lengths(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_lengths(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _without_lengths(each) for name, each in schema.items() if name not in _UNSENT_LENGTHS}


def _reply(text: object, usage: agents.Usage) -> Reply:
    if not isinstance(text, str) or not text.strip():
        raise UnusableAnswer("the answer holds no text")
    counts = (usage.input_tokens, usage.output_tokens)
    told = usage.requests > 0 and sum(counts) > 0 and all(0 <= count <= _MOST_TOKENS for count in counts)
    return Reply(text, *counts) if told else Reply(text, None, None)


def _failure(error: Exception) -> ModelUnavailable | UnusableAnswer:
    """What an error of the SDK comes to, in words of ours."""
    if isinstance(error, openai.APIStatusError):
        return _refused(error.status_code, error.response.headers)
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable("the model's server is silent", again=False, spent=True)
    if isinstance(error, openai.APIConnectionError) and type(error.__cause__).__name__ == _UNREACHED:
        return ModelUnavailable("the model's server cannot be reached", again=True, spent=False)
    if isinstance(error, openai.APIError) or type(error).__name__ in _BROKEN_OFF:
        return ModelUnavailable("the model's server broke off", again=True, spent=True)
    if isinstance(error, AgentsException):
        return UnusableAnswer("the answer is no text: it asks for a tool, or refuses")
    return UnusableAnswer(f"the server's answer is not of the protocol ({type(error).__name__})")


def _refused(status: int, headers: Mapping[str, str]) -> ModelUnavailable:
    again = status in _LATER or status >= 500
    reason = f"the model's server answered {status}"
    return ModelUnavailable(reason, again=again, spent=status == 504, retry_after=_retry_after(headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds the server asks to wait: it says a number, or a date."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
