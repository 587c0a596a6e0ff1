"""The application's settings, from the environment and from the `.env` beside `main.py`.

With ``ENVIRONMENT=test`` in the environment that file is not read: it may name a production server.
"""

import os

from pydantic import ValidationError

from core.settings import BACKEND, Settings
from trunkline import ConfigurationError, NatsSettings

__all__ = ["BACKEND", "Settings", "check_settings", "load_settings", "nats_settings", "settings"]

ENV_FILE = None if os.environ.get("ENVIRONMENT") == "test" else BACKEND / ".env"

FOLLOWS_FROM_ANOTHER = "default_factory_not_called"
"""Pydantic's complaint of a variable that nobody set, as its default could not be made because of a wrong one."""


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: names each variable that is wrong; never its value.
    """
    try:
        return Settings(_env_file=ENV_FILE)
    except ValidationError as error:
        raise ConfigurationError(_explained(error, "")) from None


def nats_settings() -> NatsSettings:
    """Read the ``NATS_...`` settings from the same places.

    Raises:
        ConfigurationError: names each variable that is wrong; never its value.
    """
    try:
        return NatsSettings(_env_file=ENV_FILE)
    except ValidationError as error:
        raise ConfigurationError(_explained(error, "NATS_")) from None


def check_settings() -> None:
    """Refuse to start with settings that cannot work.

    Raises:
        ConfigurationError: as `Settings.signing_key` and `nats_settings`.
    """
    settings.signing_key()
    nats_settings()


def _explained(error: ValidationError, prefix: str) -> str:
    found = [each for each in error.errors(include_input=False) if each["type"] != FOLLOWS_FROM_ANOTHER]
    return "; ".join(_named(prefix, e["loc"]) + e["msg"].removeprefix("Value error, ") for e in found)


def _named(prefix: str, place: tuple[int | str, ...]) -> str:
    """The variable that is wrong; what several of them say together names them in its own words."""
    return f"{prefix}{str(place[0]).upper()}: " if place else ""


settings = load_settings()
