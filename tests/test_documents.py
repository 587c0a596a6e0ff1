"""The documents name what there is: every setting, subject and route of NATS; and their links lead somewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "guide.md").read_text()
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")

# Asked of a process of its own, which reads no .env.
INVENTORY = """
import json
from core.config import Settings
from main import app
from schemas.subjects import STREAMS, SUBJECTS
from trunkline import NatsSettings
print(json.dumps({
    "settings": [name.upper() for name in Settings.model_fields]
    + ["NATS_" + name.upper() for name in NatsSettings.model_fields],
    "routes": [path for path in app.openapi()["paths"] if path.startswith("/nats/")],
    "streams": [stream.name for stream in STREAMS],
    "subjects": [subject.template for subject in SUBJECTS],
}))
"""


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    env = {**os.environ, "ENVIRONMENT": "test", "DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    command = [sys.executable, "-c", INVENTORY]
    ended = subprocess.run(command, cwd=ROOT / "backend", env=env, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, list[str]] = json.loads(ended.stdout.splitlines()[-1])
    return found


def named(subject: str) -> bool:
    """Whether the guide names the subject, in full or as a further ending of the one before it on its line."""
    head, _, last = subject.rpartition(".")
    return f"`{subject}`" in GUIDE or any(f"`{head}." in line and f"`.{last}`" in line for line in GUIDE.splitlines())


@pytest.mark.parametrize("kind", ["settings", "routes", "streams"])
def test_guide_names_every_one(inventory: dict[str, list[str]], kind: str) -> None:
    """A setting, route or stream that the guide leaves out is one that nobody finds."""
    assert [name for name in inventory[kind] if not re.search(rf"[`/ ]{re.escape(name)}`", GUIDE)] == []


def test_guide_names_every_subject(inventory: dict[str, list[str]]) -> None:
    """Each declared template stands in the guide."""
    assert [subject for subject in inventory["subjects"] if not named(subject)] == []


def test_env_example_names_every_setting(inventory: dict[str, list[str]]) -> None:
    """`backend/.env.example` lists them all."""
    example = (ROOT / "backend" / ".env.example").read_text()
    assert [name for name in inventory["settings"] if not re.search(rf"^#? ?{name}=", example, re.MULTILINE)] == []


def test_links_lead_somewhere() -> None:
    """Each relative link of each document names a file or folder of the repository."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
    pages.append(ROOT / "trunkline" / "README.md")
    links = [(page, link) for page in pages for link in LINK.findall(page.read_text())]
    assert links
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
