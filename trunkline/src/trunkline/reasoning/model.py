"""What a runner on a language model is: asked with a prompt, it answers with a text and what that took."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from trunkline.reasoning.prompt import Prompt
from trunkline.reasoning.question import OnText
from trunkline.sql.budgets import Spending

_MILLION = 1_000_000


class ModelSettings(BaseModel):
    """Which model is asked, where, and within which limits."""

    # A wrong URL may hold a password: it is not shown in the error.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, protected_namespaces=())

    model: str = Field(min_length=1, description="The model's name at its server.")
    base_url: str = Field(default="https://api.openai.com/v1", description="Any server with OpenAI's chat completions.")
    api_key: SecretStr | None = Field(default=None, description="Not every server of one's own asks for a key.")
    tracing: bool = Field(default=False, description="Send the SDK's traces to its maker; never with content.")
    time_limit: float = Field(default=60.0, gt=0, description="Seconds for a question, with all its tries.")
    max_output_tokens: int = Field(default=2000, gt=0, description="How long an answer may be.")
    input_price: float = Field(default=0.0, ge=0, description="What a million tokens of a prompt cost.")
    output_price: float = Field(default=0.0, ge=0, description="What a million tokens of an answer cost.")

    @field_validator("base_url")
    @classmethod
    def _without_password(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        if scheme not in {"http", "https"} or not rest:
            raise ValueError("must begin with http:// or https://")
        if "@" in rest.partition("/")[0]:
            raise ValueError("must not hold a user or password; a key has a setting of its own")
        return value

    def most(self, prompt: Prompt, seconds: float) -> Spending:
        """Return what a call with this prompt can spend at most."""
        return self.spending(prompt.most_tokens, self.max_output_tokens, seconds)

    def spending(self, input_tokens: int, output_tokens: int, seconds: float) -> Spending:
        """Return what a call spends that takes so many tokens and seconds."""
        cost = (input_tokens * self.input_price + output_tokens * self.output_price) / _MILLION
        return Spending(input_tokens + output_tokens, cost, 1, seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote, unchecked, and the tokens it took; None when its server did not say."""

    text: str
    input_tokens: int | None
    output_tokens: int | None


class Model(Protocol):
    """A runner on a language model."""

    name: str
    settings: ModelSettings

    async def ask(self, prompt: Prompt, on_text: OnText | None = None) -> Reply:
        """Call the model once. Its time limit is the caller's.

        Raises:
            ModelUnavailable: there is no answer.
            UnusableAnswer: there is one, but no text in it.
        """
        ...
