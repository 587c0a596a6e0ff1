"""The language model's runner is an extra: all else works without it, and it says what is missing."""

import subprocess
import sys

import pytest

WITHOUT = "import sys; sys.modules['agents'] = None\n"


def run(code: str) -> str:
    ended = subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, timeout=120)
    return ended.stdout + ended.stderr


def test_plain_reasoning_needs_no_sdk() -> None:
    assert run("from trunkline.reasoning import Plain, Reasoner; print('imported')") == "imported\n"


@pytest.mark.parametrize("name", ["agents", "openai"])
def test_the_port_imports_nothing_of_it(name: str) -> None:
    code = f"import sys, trunkline.reasoning; print({name!r} in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ended.stdout == "False\n"


def test_without_the_sdk_the_runner_says_what_to_install() -> None:
    said = run("import trunkline.reasoning.openai_agents")
    assert "ConfigurationError" in said
    assert "install trunkline[openai]" in said
