"""The proof in its short form: every fault once on SQLite; and with a part switched off the same check fails."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 280

RUNS = {
    "whole": ["--quick"],
    "inbox": ["--quick", "--seconds", "4", "--without", "inbox", "--faults", "acknowledgement"],
    "order": ["--quick", "--seconds", "4", "--without", "order", "--faults", "nats-server killed"],
    "outbox": ["--quick", "--seconds", "4", "--without", "outbox", "--faults", "nats-server killed"],
}

Found = dict[str, tuple[int, str, dict[str, Any]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Give each run's exit status, output and results; they run side by side, as they mostly wait."""
    folder = tmp_path_factory.mktemp("chaos")
    started: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, arguments in RUNS.items():
            command = [sys.executable, "-m", "chaos", "sqlite", *arguments, "--results", str(folder / name)]
            started[name] = subprocess.Popen(
                command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        outputs = {name: process.communicate(timeout=LIMIT_SECONDS)[0] for name, process in started.items()}
        yield {name: (process.returncode, outputs[name], results(folder / name)) for name, process in started.items()}
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def results(folder: Path) -> dict[str, Any]:
    """Read what a run wrote; nothing when it broke."""
    try:
        run: dict[str, Any] = json.loads((folder / "latest.json").read_text())[0]
    except FileNotFoundError:
        return {}
    return run


def test_every_accepted_event_acts_once_whatever_breaks(found: Found) -> None:
    status, output, run = found["whole"]
    assert status == 0, output
    assert (run["lost"], run["doubled"], run["disordered"]) == (0, 0, 0)
    assert len(run["fired"]) >= 16
    assert all(run["fired"].values())


def test_without_the_inbox_effects_are_doubled(found: Found) -> None:
    status, output, run = found["inbox"]
    assert status == 1, output
    assert run["doubled"] > 0, output


def test_without_the_outbox_events_are_lost(found: Found) -> None:
    status, output, run = found["outbox"]
    assert status == 1, output
    assert run["lost"] > 0, output


def test_without_the_order_effects_are_out_of_order(found: Found) -> None:
    status, output, run = found["order"]
    assert status == 1, output
    assert run["disordered"] > 0, output
