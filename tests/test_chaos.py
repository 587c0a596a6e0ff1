"""The proof in its short form: every fault once on SQLite, and the worst ones on PostgreSQL with a cluster.

With a part switched off the same check fails, and so it does for each of the smaller things that it looks at.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trunkline.testing import PostgresqlServer

if TYPE_CHECKING:
    from chaos.run import Run

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 280

RUNS = {
    "whole": ["sqlite", "--quick"],
    "inbox": ["sqlite", "--quick", "--seconds", "4", "--without", "inbox", "--faults", "acknowledgement"],
    "order": ["sqlite", "--quick", "--seconds", "4", "--without", "order", "--faults", "nats-server killed"],
    "outbox": ["sqlite", "--quick", "--seconds", "4", "--without", "outbox", "--faults", "nats-server killed"],
}

ON_POSTGRESQL = (
    "PostgreSQL crashed",
    "stream's leader killed",
    "worker killed in mid-handler",
    "worker terminated",
)
"""What one database and one server cannot show, in a minute."""

HANDLERS = {"chaos-first", "chaos-second", "chaos-shared", "chaos-bare"}

Found = dict[str, tuple[int, str, dict[str, Any]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Give each run's exit status, output and results; they run side by side, as they mostly wait."""
    folder = tmp_path_factory.mktemp("chaos")
    started: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, arguments in RUNS.items():
            started[name] = start(arguments, folder / name)
        outputs = {name: process.communicate(timeout=LIMIT_SECONDS)[0] for name, process in started.items()}
        yield {name: (process.returncode, outputs[name], results(folder / name)) for name, process in started.items()}
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def start(arguments: list[str], folder: Path) -> "subprocess.Popen[str]":
    """Begin a run that writes what it found into the folder."""
    command = [sys.executable, "-m", "chaos", *arguments, "--results", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def results(folder: Path) -> dict[str, Any]:
    """Read what a run wrote; nothing when it broke."""
    try:
        run: dict[str, Any] = json.loads((folder / "latest.json").read_text())[0]
    except FileNotFoundError:
        return {}
    return run


@pytest.mark.long
def test_every_accepted_event_acts_once_whatever_breaks(found: Found) -> None:
    status, output, run = found["whole"]
    assert status == 0, output
    assert (run["lost"], run["doubled"], run["disordered"]) == (0, 0, 0)
    assert len(run["fired"]) >= 17
    assert all(run["fired"].values())
    assert {name for name, findings in run["verdict"]["findings"].items() if not any(findings.values())} == HANDLERS


@pytest.mark.long
def test_so_it_does_on_postgresql_with_several_processes_and_a_cluster(
    postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    """The run starts a PostgreSQL of its own; the fixture skips the test, and says so, where there is none."""
    faults = [argument for name in ON_POSTGRESQL for argument in ("--faults", name)]
    process = start(["postgresql", "--quick", "--seconds", "4", "--rate", "20", *faults], tmp_path)
    try:
        output, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, output
    run = results(tmp_path)
    assert (run["lost"], run["doubled"], run["disordered"]) == (0, 0, 0)
    assert len(run["fired"]) == len(ON_POSTGRESQL)
    assert all(run["fired"].values())


@pytest.mark.long
def test_without_the_inbox_effects_are_doubled(found: Found) -> None:
    status, output, run = found["inbox"]
    assert status == 1, output
    assert run["doubled"] > 0, output


@pytest.mark.long
def test_without_the_outbox_events_are_lost(found: Found) -> None:
    status, output, run = found["outbox"]
    assert status == 1, output
    assert run["lost"] > 0, output


@pytest.mark.long
def test_without_the_order_effects_are_out_of_order(found: Found) -> None:
    status, output, run = found["order"]
    assert status == 1, output
    assert run["disordered"] > 0, output


@pytest.fixture
def clean_run(monkeypatch: pytest.MonkeyPatch) -> "Run":
    """Give a run in which the proof holds."""
    monkeypatch.syspath_prepend(str(ROOT))
    from chaos.run import Run
    from chaos.verdict import Verdict

    verdict = Verdict(
        events=2,
        published=1,
        effects=5,
        poison=0,
        replayed=1,
        findings={},
        unkept=(),
        given_up=(),
        unburied=(),
        copies=(),
    )
    return Run(
        setup="sqlite",
        seed=1,
        seconds=1,
        without=None,
        took=1,
        fired={"stream full": 1},
        silent=(),
        refused={},
        slowest_answer=1,
        starts=1,
        troubles=(),
        caught_up=1,
        verdict=verdict,
    )


@pytest.mark.parametrize(("apart", "holds"), [(119.0, False), (120.0, True)])
def test_a_second_copy_that_the_stream_should_have_known_breaks_the_proof(
    clean_run: "Run", apart: float, holds: bool
) -> None:
    from chaos.copies import Copy

    copy = Copy("id", "chaos.event.key-1", first=1, second=2, apart=apart, window=120.0)
    assert replace(clean_run, verdict=replace(clean_run.verdict, copies=(copy,))).clean == holds


def test_an_answer_over_its_limit_breaks_the_proof(clean_run: "Run") -> None:
    from chaos.generator import ANSWER_LIMIT_SECONDS

    assert clean_run.clean
    assert not replace(clean_run, slowest_answer=ANSWER_LIMIT_SECONDS).clean


def test_an_event_that_was_not_replayed_breaks_the_proof(clean_run: "Run") -> None:
    assert not replace(clean_run, verdict=replace(clean_run.verdict, unburied=("chaos-bare bare-1 1 replayed",))).clean
