"""The check of the documents' snippets finds a snippet that does not do what its page says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import variable_names

ROOT = Path(__file__).resolve().parent.parent


def check(page: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/check_snippets.py", str(page)]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.md"


def test_a_program_that_reaches_the_server_holds(page: Path) -> None:
    """A Python block finds a real server with JetStream at NATS_URL."""
    page.write_text(
        "```python\n"
        "import asyncio, os, nats\n"
        "async def main():\n"
        "    client = await nats.connect(os.environ['NATS_URL'])\n"
        "    await client.jetstream().account_info()\n"
        "    await client.close()\n"
        "asyncio.run(main())\n"
        "```\n"
    )
    assert check(page).returncode == 0


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("```python\nimport trunkline.nowhere\n```\n", "ModuleNotFoundError"),
        ("```sh\nls scripts\nfalse\n```\n", "ended with status 1"),
        ("<!-- snippet: run by .ci/run -->\n```sh\nmake bench\n```\n", "not among what .ci/run makes"),
        ("<!-- snippet: run by tests/test_demo.py::test_gone -->\n```sh\nmake demo\n```\n", "there is no test"),
        ("<!-- snippet: serves http://127.0.0.1:8000/docs -->\n```sh\ntrue\n```\n", "before"),
        ("<!-- snippet: skipped -->\n```sh\nfalse\n```\n", "unknown directive"),
    ],
)
def test_what_does_not_hold_is_named_with_its_place(page: Path, block: str, complaint: str) -> None:
    """The message gives file, line and reason."""
    page.write_text("# A page\n\n" + block)
    ended = check(page)
    assert ended.returncode == 1
    assert f"page.md:{3 if block.startswith('`') else 4}: " in ended.stderr
    assert complaint in ended.stderr


def test_settings_of_whoever_checks_reach_no_snippet(page: Path) -> None:
    """A developer's database, files and servers stay out of the documents' programs."""
    page.write_text(
        "```python\nimport os\nassert 'poison' not in os.environ.values()\n```\n"
        "```sh\n! env | grep --quiet =poison$\n```\n"
    )
    ended = check(page, **dict.fromkeys(variable_names(), "poison"))
    assert ended.returncode == 0, ended.stderr
