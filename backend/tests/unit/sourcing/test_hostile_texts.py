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
from sourcing.gathering import Known, OwnersMessage
from sourcing.owners_message import read_message
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
    "Bachelor, 2001 - 2002\n",
    "Project: x, 2001 - 2002\n",
    "Acme Ltd, 2001 - 2019\n",
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


GROUPING = """
from datetime import date
from sourcing.position_groups import grouped, work_and_studies
from sourcing.positions import find_positions

lines = [f"{what} {number}, 2001 - {last}" for number in range(15_000) for what, last in
         (("Bachelor", 2002), ("Project: x", 2002), ("Acme Ltd", 2019))]
work, studies = work_and_studies(grouped(find_positions(lines, date(2026, 1, 1))))
print(len(work), len(studies))
"""


@pytest.mark.long
def test_none_takes_long() -> None:
    assert len(said_in_time(PROGRAM, "\x1e".join(PIECES)).splitlines()) == len(PIECES)


@pytest.mark.long
def test_tens_of_thousands_of_dated_lines_are_grouped_in_time() -> None:
    work, studies = said_in_time(GROUPING).split()
    assert (int(work), int(studies)) == (30_000, 15_000)


def said_in_time(program: str, given: str = "") -> str:
    """What a program prints, which is killed when it takes too long."""
    running = subprocess.Popen(
        [sys.executable, "-c", program], cwd=BACKEND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        return running.communicate(given, timeout=SECONDS)[0]
    except subprocess.TimeoutExpired as late:
        running.kill()
        done = (late.stdout or b"").decode()
        raise AssertionError(f"done in time was only:\n{done}") from None
