"""The settings of a developer's shell reach neither the tests nor what they start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import BACKEND, variable_names, without_settings
from tests.application import Application


@pytest.fixture
def poison(tmp_path: Path) -> dict[str, str]:
    """An environment in which every setting is wrong, and where data goes would be seen."""
    places = {"DATABASE_URL": f"sqlite:///{tmp_path}/poison.db", "FILES_URL": f"file://{tmp_path}/poisoned"}
    return {**os.environ, **dict.fromkeys(variable_names(), "poison"), **places}


def test_every_setting_has_its_variable() -> None:
    assert {"DATABASE_URL", "FILES_URL", "SECRET_KEY", "NATS_URL", "NATS_CREDS_FILE"} <= variable_names()


def test_a_variable_goes_in_whatever_case_it_is_written() -> None:
    assert without_settings({"database_url": "a", "Nats_Url": "b", "PATH": "c"}) == {"PATH": "c"}


def test_a_run_of_the_tests_uses_none_of_them(poison: dict[str, str], tmp_path: Path) -> None:
    some = ["tests/unit/test_cvs.py", "-k", "stored"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *some]
    ended = subprocess.run(command, cwd=BACKEND, env=poison, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-4000:]
    assert list(tmp_path.iterdir()) == []


def test_an_application_under_test_gets_none_of_them(
    poison: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    given = Application(tmp_path, nats_url="nats://127.0.0.1:1", environment={"OUTBOX_LIMIT": "2"}).environment
    assert {name: given[name] for name in given.keys() & variable_names()} == {
        "ENVIRONMENT": "test",
        "DATA_DIR": str(tmp_path / "data"),
        "OUTBOX_LIMIT": "2",
        "NATS_URL": "nats://127.0.0.1:1",
    }
