"""What the process logs, in development and in production: what happened, and nobody's secrets."""

import os
import secrets
import subprocess
import sys

import pytest

from tests.application import BACKEND

PROGRAM = """
import logging
from core.config import settings
from core.logging import configure_logging
from core.security import create_token
import structlog

configure_logging(settings)
token = create_token("ada").text

def sign_in(password):
    raise ValueError("it went wrong")

for log in (structlog.get_logger("ours"), logging.getLogger("uvicorn.error")):
    try:
        sign_in("open sesame")
    except ValueError:
        log.exception("not done")
logging.getLogger("uvicorn.access").info("GET %s", "/api/v1/realtime?token=" + token + "&page=2")
structlog.get_logger("ours").info("connecting", server="nats://ada:open%20sesame@nats.example:4222")
print(token)
"""


@pytest.fixture(scope="module", params=["development", "production"])
def logged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What a process has logged, and a token that it made."""
    environment = {
        **os.environ,
        "ENVIRONMENT": request.param,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=BACKEND, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stderr, done.stdout.strip()


def test_errors_come_with_their_traceback(logged: tuple[str, str]) -> None:
    """Ours, and those of libraries."""
    assert logged[0].count("it went wrong") >= 2
    assert logged[0].count("sign_in") >= 2


def test_local_variables_stay_out(logged: tuple[str, str]) -> None:
    """They hold passwords, and what people wrote."""
    assert "sesame" not in logged[0]


def test_a_token_in_an_address_is_cut_out(logged: tuple[str, str]) -> None:
    """The rest of the line stays."""
    log, token = logged
    assert token.count(".") == 2
    assert not any(part in log for part in token.split("."))
    assert "/api/v1/realtime?token=[token]&page=2" in log


def test_the_password_of_a_server_is_cut_out(logged: tuple[str, str]) -> None:
    """Its address stays."""
    assert "nats://***@nats.example:4222" in logged[0]
