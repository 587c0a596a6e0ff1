"""`make bench` measures everybody and writes what it found."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import events, report
from bench.consume import WORK as CONSUME
from bench.place import Place
from bench.streams import check_stored, make_stream
from bench.work import BenchError, Row
from bench.works import WORKS
from trunkline import Event
from trunkline.testing import NatsServer

ROOT = Path(__file__).resolve().parent.parent
APART = ["http-publish", "memory", "idle-consumer", "search-10k", "search-100k", "search-project-10k"]
"""Works that run beside the others, so that it takes half the time; `times` of two of them are seconds."""
MAY_BE_MISSING = {"effect-postgresql"}
"""Works that need what is not installed everywhere."""

PEERS = {
    "publish": {"FastStream", "nats-py js.publish"},
    "publish-many": {"FastStream", "nats-py publish_async", "plain socket"},
    "consume": {"FastStream (PullSub)", "nats-py fetch", "nats-py push callback"},
    "effect-sqlite": {"async session by hand", "sync session in a thread"},
    "outbox": {"publish_many"},
    "latency-p50": {"nats-py"},
    "latency-p99": {"nats-py"},
    "request": {"nats-py"},
    "http-publish": {"the route doing nothing", "the client's own limit"},
    "fanout": {"a third of a second"},
    "scale-out": {"one process"},
    "search-10k": {"a tenth of a second", "faiss, every vector", "numpy, every vector"},
    "search-project-10k": {"two seconds"},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of two tiny runs, side by side, through every work."""
    folders = [tmp_path_factory.mktemp("results") for _ in range(2)]
    others = [work.name for work in WORKS if work.name not in APART]
    running = [start(folders[0], others, times=30), start(folders[1], APART, times=3)]
    for process in running:
        output, _ = process.communicate(timeout=180)
        assert process.returncode == 0, output
    return folders


def start(folder: Path, works: list[str], times: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench", *works, "--quick", "--rounds", "1", "--times", str(times)]
    command += ["--results", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def rows(folders: list[Path]) -> dict[str, dict[str, Any]]:
    documents = [json.loads((folder / "latest.json").read_text()) for folder in folders]
    return {row["work"]: row for document in documents for row in document["rows"]}


@pytest.mark.long
def test_every_work_is_measured(results: list[Path]) -> None:
    """Nothing is left out but what needs a program that is not installed."""
    assert {work.name for work in WORKS} - MAY_BE_MISSING <= set(rows(results))


@pytest.mark.long
class TestTheResults:
    """A figure for each contender, and the ratios to reach."""

    def test_name_every_contender_and_the_ratio_to_reach(self, results: list[Path]) -> None:
        """Every peer has a figure, and no goal is over somebody who was not measured."""
        found = rows(results)
        assert {name: set(found[name]["peers"]) for name in PEERS} == PEERS
        for row in found.values():
            assert row["ours"] > 0 or row["work"] == "idle-consumer"  # so small that the process did not grow
            assert all(figure >= 0 for figure in row["peers"].values())
            assert set(row["goal"]) <= set(row["peers"])

    def test_are_a_page_too(self, results: list[Path]) -> None:
        """The page names each work, the machine and the versions."""
        page = "".join((folder / "latest.md").read_text() for folder in results)
        assert all(f"`{name}`" in page for name in PEERS)
        assert report.machine() in page
        assert "faststream" in page


class TestTheDirectionOfAGoal:
    """Whether a ratio is to be reached or to be stayed under."""

    def test_more_a_second_is_better(self) -> None:
        row = Row(CONSUME, 1, 1, ours=50.0, peers=dict.fromkeys(CONSUME.peers, 10.0), notes={})
        assert row.reached("nats-py fetch") is True
        assert row.reached("FastStream (PullSub)") is False

    def test_fewer_milliseconds_are_better(self) -> None:
        latency = next(work for work in WORKS if work.name == "latency-p50")
        assert Row(latency, 1, 1, ours=1.05, peers={"nats-py": 1.0}, notes={}).reached("nats-py") is True
        assert Row(latency, 1, 1, ours=1.2, peers={"nats-py": 1.0}, notes={}).reached("nats-py") is False


class TestFairness:
    """Everybody does the same work, and what is counted was done."""

    def test_peers_send_the_headers_that_ours_sends(self) -> None:
        """Names and sizes are the same; ids and times differ."""
        ours = Event.create(events.SUBJECT, events.typed_event(1), source=events.SOURCE, id="bench-1").wire_headers()
        theirs = events.headers("bench-1")
        assert {name: len(value) for name, value in ours.items()} == {n: len(value) for n, value in theirs.items()}

    @pytest.mark.parametrize("size", [events.BODY_BYTES, events.LARGE_BODY_BYTES])
    def test_events_are_as_large_as_is_said(self, size: int) -> None:
        assert len(events.typed_event(7, size).model_dump_json()) == size

    async def test_events_that_are_not_in_the_stream_fail_the_run(self, nats_server: NatsServer) -> None:
        """A figure is made of what the stream has, not of what was sent."""
        await make_stream(nats_server.url)
        await check_stored(Place(nats_server), 0)
        with pytest.raises(BenchError, match="the stream has 0"):
            await check_stored(Place(nats_server), 1)
