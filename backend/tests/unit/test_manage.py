"""The command line: migrations, and the only way to an operator's account."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import BACKEND

PASSWORD = "correct horse battery"


def run(
    folder: Path, *arguments: str, password: str | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "ENVIRONMENT": "test", "DATA_DIR": str(folder), **environment}
    if password is not None:
        given["OPERATOR_PASSWORD"] = password
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=BACKEND, env=given, input=stdin, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    assert run(folder, "migrate").returncode == 0
    return folder


def test_an_operator_is_made_with_the_password_of_the_environment(folder: Path) -> None:
    made = run(folder, "create-operator", "Ada@Example.org", password=PASSWORD)
    assert made.returncode == 0, made.stderr
    row = sqlite3.connect(folder / "app.db").execute("SELECT email, role, password_hash FROM accounts").fetchone()
    assert row[:2] == ("ada@example.org", "operator")
    assert PASSWORD not in row[2]
    again = run(folder, "create-operator", "ada@example.org", password=PASSWORD)
    assert again.returncode == 1
    assert "has an account" in again.stderr


def test_or_with_that_of_standard_input(folder: Path) -> None:
    made = run(folder, "create-operator", "bob@example.org", stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize(("email", "password"), [("nobody", PASSWORD), ("carl@example.org", "short")])
def test_what_cannot_be_an_account_is_refused(folder: Path, email: str, password: str) -> None:
    refused = run(folder, "create-operator", email, password=password)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: ")
    assert password not in refused.stderr


def test_the_search_index_is_made_anew_from_the_database(folder: Path) -> None:
    """Its snapshot goes, and those who keep one are asked."""
    snapshot = folder / "index" / "freelancers.index"
    snapshot.parent.mkdir()
    snapshot.write_bytes(b"an old one")
    asked = run(folder, "rebuild-index")
    assert asked.returncode == 0, asked.stderr
    assert not snapshot.exists()
    subjects = sqlite3.connect(folder / "app.db").execute("SELECT subject FROM trunkline_outbox").fetchall()
    assert ("workflow.freelancer_opportunity.reindex.trigger",) in subjects


def test_production_says_that_it_needs_migrating(tmp_path: Path) -> None:
    refused = run(tmp_path, "create-operator", "ada@example.org", password=PASSWORD, ENVIRONMENT="production")
    assert refused.returncode == 1
    assert "manage.py migrate" in refused.stderr
