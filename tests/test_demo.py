"""`make demo ARGS=--exit`: the main job on real input, on the embedded defaults, and a status that can be trusted."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import variable_names

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 240.0


def demo(cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo", "--exit"]
    must_not_be_used = dict.fromkeys(variable_names(), "poison")
    env = {**os.environ, **must_not_be_used, "COLUMNS": "160"}
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            output, _ = running.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            running.terminate()  # it then stops the platform that it has started
            raise
    return subprocess.CompletedProcess(command, running.returncode, output)


@pytest.mark.long
def test_ends_well_with_the_named_three_on_top_of_every_project() -> None:
    """Every CV is read, every project matched, and the tables say that the hand-picked three lead."""
    ended = demo(ROOT)
    assert ended.returncode == 0, ended.stdout
    projects = list((ROOT / "demo" / "projects").glob("*.json"))
    assert ended.stdout.count("the three CVs that were named by hand are on top") == len(projects) >= 4
    assert "/docs" in ended.stdout


@pytest.mark.long
def test_status_tells_when_a_named_cv_is_not_on_top(tmp_path: Path) -> None:
    """A project that names a CV which cannot lead makes the demo fail, and the demo says which."""
    shutil.copytree(ROOT / "demo", tmp_path / "demo")
    shutil.copytree(ROOT / "backend", tmp_path / "backend", ignore=shutil.ignore_patterns(".env"))
    first, *others = sorted((tmp_path / "demo" / "projects").glob("*.json"))
    document = json.loads(first.read_text())
    document["expected"][0] = "somebody_else.txt"
    first.write_text(json.dumps(document))
    for other in others:
        other.unlink()
    ended = demo(tmp_path)
    assert ended.returncode == 1, ended.stdout
    assert "not on top: somebody_else.txt" in ended.stdout
