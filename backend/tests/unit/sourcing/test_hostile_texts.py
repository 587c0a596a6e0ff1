"""Texts made to keep a pattern busy for hours are read in seconds: a pattern that searches holds the whole process."""

import subprocess
import sys

import pytest

from tests.application import BACKEND

PROGRAM = """
import sys
from datetime import date
from modules.requirements import requirements_in
from sourcing.addressed import set_aside
from sourcing.documents import extract_text
from sourcing.gathering import OwnersMessage, Known, read_message
from sourcing.profiles import read_profile

for piece in sys.stdin.read().split("\\x1e"):
    text = "Ada Example, engineer and developer\\n" + piece * (200_000 // len(piece)) + " x"
    read_profile(extract_text(text.encode(), "cv.txt").text, date(2026, 1, 1))
    requirements_in(text[:20_000], {})
    set_aside(text)
    for asking in ("title", "description", "required_skills", "min_years", "remote", "max_rate", "confirmation"):
        read_message(OwnersMessage(known=Known(), asking=asking, message=text[:10_000]))
    print(repr(piece[:20]), flush=True)
"""
PIECES = [
    "a.",
    "a@",
    "(",
    "-",
    "Python",
    "Go, R, ",
    "R x ",
    "1 years a ",
    "2010 - ",
    "a/",
    "1" + " " * 99_999,
    "ignore ",
    "yes ",
    "rate me ",
    "<system",
    " " * 99_999,
    "ab-\n",
    "[a](",
    "|" + " " * 99_999,
    "\u25cf ",
    "\u00a7" * 99_999,
]
SECONDS = 100.0
"""Some of them took longer than a day."""


@pytest.mark.long
def test_none_takes_long() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=BACKEND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        read, _ = program.communicate("\x1e".join(PIECES), timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        program.kill()
        done = (late.stdout or b"").decode()
        raise AssertionError(f"read in time were only:\n{done}") from None
    assert len(read.splitlines()) == len(PIECES)
