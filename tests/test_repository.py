"""What holds for the repository as a whole."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOSTS = re.compile(rb"pypi\.org|pythonhosted\.org|registry\.npmjs")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_installed_dependency_is_pinned() -> None:
    """What is not pinned would be another version tomorrow."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pinned = {pin.split("==")[0] for pin in document["tool"]["uv"]["constraint-dependencies"]}
    code = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    installed = {re.sub(r"[-_.]+", "-", name).lower() for name in ended.stdout.split()}
    assert installed - pinned <= {"trunkline", "pip", "setuptools"}


def test_no_tracked_file_names_a_registry_host(tracked: list[Path]) -> None:
    """Where packages come from is each machine's own setting."""
    here = Path(__file__).resolve()
    assert [path for path in tracked if path != here and HOSTS.search(path.read_bytes())] == []


def test_lock_file_is_not_tracked(tracked: list[Path]) -> None:
    """The lock file names registry hosts; the pins stand in for it."""
    assert ROOT / "uv.lock" not in tracked


@pytest.mark.parametrize("extra", ["agents", "fastapi", "openai", "pytest", "sqlalchemy", "typer"])
def test_importing_trunkline_needs_no_extra(extra: str) -> None:
    """A program that only publishes need not install a web framework, an ORM or a test runner."""
    code = f"import sys; sys.modules['{extra}'] = None; import trunkline"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
