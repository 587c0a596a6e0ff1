"""How a process reaches NATS: everything that `NATS_...` environment variables can say."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

JetStreamMode = Literal["auto", "required", "off"]

_SCHEMES = ("nats://", "tls://", "ws://", "wss://")


class NatsSettings(BaseSettings):
    """Settings of one connection; each field is read from the variable ``NATS_<FIELD>``.

    With `url` unset the process starts, or shares, an embedded nats-server.
    """

    # A wrong URL may hold a password: it is not shown in the error.
    model_config = SettingsConfigDict(env_prefix="NATS_", extra="ignore", frozen=True, hide_input_in_errors=True)

    url: SecretStr | None = Field(
        default=None, description="One or more URLs, separated by commas; user:password@ or token@ may stand in them."
    )
    jetstream: JetStreamMode = Field(default="auto", description="`required` never accepts a receipt of `sent`.")
    name: str = Field(default="trunkline", description="What the server's monitoring shows for this connection.")
    creds_file: Path | None = Field(default=None, description="A .creds file (JWT and seed).")
    nkey_file: Path | None = Field(default=None, description="A file with an nkey seed.")
    tls_ca_file: Path | None = Field(default=None, description="Certificates to trust; default: the system's.")
    tls_cert_file: Path | None = Field(default=None, description="The client's certificate, for mutual TLS.")
    tls_key_file: Path | None = Field(default=None, description="The key of `tls_cert_file`.")
    connect_timeout: float = Field(default=2.0, gt=0, description="Seconds for one attempt to connect.")
    reconnect_max_wait: float = Field(default=5.0, gt=0, description="Longest pause between two attempts, seconds.")
    publish_timeout: float = Field(default=5.0, gt=0, description="Seconds a stream has to acknowledge an event.")
    request_timeout: float = Field(default=2.0, gt=0, description="Seconds a responder has to answer.")
    drain_timeout: float = Field(default=10.0, gt=0, description="Seconds for handlers to finish at shutdown.")
    max_in_flight: int = Field(default=4096, gt=0, description="Durable publishes awaiting acknowledgement at once.")
    max_held: int = Field(default=1024, gt=0, description="Events that a durable handler holds at once, at most.")
    max_held_bytes: int = Field(default=64 << 20, gt=0, description="Their payloads together, at most.")
    waiting_messages: int = Field(
        default=65_536,
        gt=0,
        description="Messages that wait for a live handler, at most; more are dropped and counted.",
    )
    waiting_bytes: int = Field(default=64 << 20, gt=0, description="Their payloads together, at most.")
    waiting_requests: int = Field(
        default=1024, gt=0, description="Requests that wait for a responder, at most; more are answered with `busy`."
    )
    unsent_bytes: int = Field(
        default=1 << 20, gt=0, description="Bytes waiting to be sent at which writers are slowed."
    )
    replicas: int = Field(
        default=1, ge=1, le=5, description="Replicas of each declared stream and of the agents' bucket."
    )
    stream_max_bytes: int = Field(default=1 << 30, gt=0, description="Byte limit of each declared stream.")
    janitor_interval: float = Field(
        default=30.0, gt=0, description="Seconds between two looks at streams that fill up, to make room in them."
    )
    agent_ttl: float = Field(
        default=15.0, ge=1, description="Seconds of silence after which an agent is gone; it is heard of at each third."
    )
    embedded_port: int | None = Field(default=None, ge=1, le=65535, description="Embedded server: default a free port.")

    @field_validator("url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        urls = [url.strip() for url in value.get_secret_value().split(",")]
        if not any(urls):
            raise ValueError("must hold a URL")
        if any("://" in url and not url.startswith(_SCHEMES) for url in urls):
            raise ValueError(f"must begin with one of {', '.join(_SCHEMES)}")
        return value

    @property
    def servers(self) -> list[str]:
        """The URLs of `url`, one by one; empty when the embedded server is to be used."""
        if self.url is None:
            return []
        return [url.strip() for url in self.url.get_secret_value().split(",") if url.strip()]
