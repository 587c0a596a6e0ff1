"""What can be set, and from which environment variables. Importing this reads none of them; `core.config` does."""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.mail import MailServer, address
from trunkline import ConfigurationError, NatsSettings

BACKEND = Path(__file__).resolve().parent.parent
MIN_SECRET_CHARACTERS = 32
MIN_DISTINCT_CHARACTERS = 10
PLACEHOLDER = re.compile(
    r"change.?me|your.?secret|secret.?key|replace.?(?:me|this)|placeholder|example|insecure|<|>", re.I
)
PUBLISHED_SECRETS = frozenset(
    {
        "0123456789-abcdefghij-KLMNOPQRST",
        "pNp0mcdK9w5v1RZxq3tJ7sYh2LbE8uGf",
        "a-secret-key-of-the-deployment-test-0123456789",
    }
)
"""Secrets that this repository's tests have used: whoever reads it could sign with them."""


class Settings(BaseSettings):
    """What can be set; each field is read from the environment variable of its name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    environment: Literal["development", "production", "test"] = "development"
    data_dir: Path = Field(default=BACKEND.parent / ".data", description="Database, files and the embedded server.")
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'app.db'}",
        repr=False,
        description="sqlite:///path or postgresql://user:password@host/name; default: SQLite in data_dir.",
    )
    files_url: str = Field(
        default_factory=lambda data: (data["data_dir"] / "files").as_uri(),
        repr=False,
        description="Where CVs go: file:///path, s3://bucket/prefix, gs://..., az://...; default: in data_dir.",
    )
    auto_migrate: bool = Field(
        default=False, description="Migrate at start in production too; elsewhere that is always done."
    )
    secret_key: SecretStr | None = Field(
        default=None, description="Signs the tokens. Needed in production, kept in data_dir elsewhere."
    )
    token_minutes: int = Field(default=60, gt=0, le=24 * 60, description="How long a token is valid.")
    index_dir: Path = Field(
        default_factory=lambda data: data["data_dir"] / "index",
        description="Snapshots of the search index, half a gigabyte for a million profiles; default: in data_dir.",
    )
    cv_max_bytes: int = Field(default=10 << 20, gt=0, description="The largest CV that is taken, bytes.")
    outbox_limit: int = Field(default=100_000, gt=0, description="Events that may wait for the stream.")
    inbox_days: int = Field(
        default=30, ge=1, description="Days for which it is known which events were done; they act again after that."
    )
    history_days: int = Field(default=90, ge=1, description="Days for which ended tasks and workflows are kept.")
    offer_again_seconds: float = Field(
        default=60, gt=0, description="On a server without JetStream, what has waited so long is offered again."
    )
    clarification_reminder_hours: float = Field(
        default=48, gt=0, description="Hours after which whoever has not answered a clarification is reminded."
    )
    clarification_deadline_hours: float = Field(
        default=72, gt=0, description="Hours after the reminder until a clarification counts as unanswered."
    )
    clarification_open_limit: int = Field(
        default=3, gt=0, description="Questions of one side of a match that may wait for an answer."
    )
    clarification_daily_limit: int = Field(default=30, gt=0, description="Questions that an account may ask in a day.")
    analytics_hour_days: float = Field(default=31, gt=0, description="Days for which figures are kept by the hour.")
    analytics_day_days: float = Field(default=731, gt=0, description="Days for which figures are kept by the day.")
    opportunity_days: float = Field(
        default=14, gt=0, le=3650, description="Days in which an offer must be answered; then it expires."
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://[user:password@]host[:port] or smtps://...: sends digests. Unset: no mail."
    )
    mail_from: str | None = Field(default=None, description="The address that mail comes from. Needed for SMTP_URL.")
    digest_minutes: float = Field(
        default=60, gt=0, le=7 * 24 * 60, description="How long messages are collected for one mail."
    )
    modules: str = Field(
        default="all",
        description="Which modules the API runs: all, none, or names with commas; workers run the others.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Origins of browser applications, separated by commas."
    )
    offer_threshold: float = Field(
        default=0.35, ge=0, le=1, description="The score from which a project is offered to a freelancer."
    )

    llm_runner: Literal["plain", "openai"] = Field(
        default="plain", description="What agents reason with: plain Python, offline; or a language model."
    )
    llm_base_url: str = Field(
        default="https://api.openai.com/v1", description="Any server with OpenAI's chat completions; for `openai`."
    )
    llm_api_key: SecretStr | None = Field(default=None, description="The key of that server, where it wants one.")
    llm_model: str | None = Field(default=None, description="The model's name there. Needed for `openai`.")
    llm_tracing: bool = Field(default=False, description="Send the SDK's traces, without content, to its maker.")
    llm_timeout: float = Field(default=60, gt=0, le=120, description="Seconds for a question, with all its tries.")
    llm_max_output_tokens: int = Field(default=2000, gt=0, description="How long a model's answer may be.")
    llm_input_price: float = Field(default=0, ge=0, description="What a million tokens of a prompt cost.")
    llm_output_price: float = Field(default=0, ge=0, description="What a million tokens of an answer cost.")
    llm_budget_tokens: int = Field(default=200_000, gt=0, description="Tokens that a task and all below it may spend.")
    llm_budget_cost: float | None = Field(default=None, gt=0, description="What it may cost; needs the prices.")
    llm_budget_calls: int = Field(default=20, gt=0, description="How often it may call a model.")
    llm_budget_seconds: float = Field(default=600, gt=0, description="How long its calls may take together.")

    @field_validator("data_dir", "index_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return (BACKEND / value.expanduser()).resolve()  # a relative one must not depend on where a process starts

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, value: str) -> str:
        """Name the driver where a host's dashboard gives the plain scheme."""
        for scheme in ("postgres://", "postgresql://"):
            if value.startswith(scheme):
                return "postgresql+psycopg://" + value.removeprefix(scheme)
        return value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [origin.strip() for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        secret = value.get_secret_value() if value is not None else None
        if secret is None:
            return value
        if len(secret) < MIN_SECRET_CHARACTERS or len(set(secret)) < MIN_DISTINCT_CHARACTERS:
            raise ValueError(
                f"must be at least {MIN_SECRET_CHARACTERS} characters chosen at random; "
                "`openssl rand -base64 48` makes one"
            )
        if secret in PUBLISHED_SECRETS or PLACEHOLDER.search(secret):
            raise ValueError("is a placeholder or stands in the repository; `openssl rand -base64 48` makes one")
        return value

    @field_validator("llm_base_url")
    @classmethod
    def _without_password(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        if scheme not in {"http", "https"} or "@" in rest.partition("/")[0]:
            raise ValueError("must begin with http:// or https://, and hold no user or password")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            MailServer.of(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_address(cls, value: str | None) -> str | None:
        if value is not None:
            address(value)
        return value

    @model_validator(mode="after")
    def _whole_mail(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("SMTP_URL needs MAIL_FROM")
        return self

    @model_validator(mode="after")
    def _whole_model(self) -> Self:
        """Refuse a language model that is described by half."""
        if self.llm_runner == "openai" and not self.llm_model:
            raise ValueError("LLM_RUNNER=openai needs LLM_MODEL")
        if self.llm_budget_cost is not None and not (self.llm_input_price or self.llm_output_price):
            raise ValueError("LLM_BUDGET_COST needs LLM_INPUT_PRICE and LLM_OUTPUT_PRICE: without them all is free")
        if self.llm_budget_seconds < self.llm_timeout:
            raise ValueError("LLM_BUDGET_SECONDS must be at least LLM_TIMEOUT, which is what a call reserves")
        return self

    def signing_key(self) -> str:
        """Return the secret that signs tokens; outside production one is made at first and kept in `data_dir`.

        Raises:
            ConfigurationError: production without SECRET_KEY, or `data_dir` cannot be written.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if self.environment == "production":
            raise ConfigurationError("SECRET_KEY must be set in production; `openssl rand -base64 48` makes one")
        try:
            return _kept_secret(self.data_dir / "secret_key")
        except OSError as error:
            raise ConfigurationError(f"DATA_DIR {str(self.data_dir)!r} cannot be used: {error.strerror}") from error


def variable_names() -> frozenset[str]:
    """Return every environment variable that the platform's settings are read from, in capitals."""
    ours = {name.upper() for name in Settings.model_fields}
    return frozenset(ours | {f"NATS_{name.upper()}" for name in NatsSettings.model_fields})


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment less all that the settings would be read from, in whatever case it is written there."""
    names = variable_names()
    return {name: value for name, value in environment.items() if name.upper() not in names}


def _kept_secret(path: Path) -> str:
    """Return the secret in `path`, made at first; of several processes that start at once, one makes it for all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor, made = tempfile.mkstemp(dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            os.link(made, path)  # whole or not at all, and never over another's
        except FileExistsError:
            pass
        finally:
            Path(made).unlink()
    return path.read_text().strip()
