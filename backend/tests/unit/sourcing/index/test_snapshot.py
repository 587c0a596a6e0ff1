"""A snapshot is what was saved, or it is refused."""

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.settings import BACKEND
from sourcing.index import segment as segment_module
from sourcing.index.documents import Document
from sourcing.index.index import Index
from sourcing.index.snapshot import Origin, SnapshotUnusable, frozen, load, save
from tests.unit.sourcing.index import made
from tests.unit.sourcing.index.made import MEANING, asking, freelancers, vocabulary

ORIGIN = Origin("database", "0123abcd-17")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "freelancers.index"


def saved(path: Path, count: int = 300) -> Index:
    index = Index(vocabulary())
    index.change(freelancers(count))
    index.change([Document("f00001", 2, {"skill-2": 1.0})], gone=["f00002"])
    assert save(path, frozen(index, ORIGIN))
    return index


def test_what_is_read_is_what_was_saved(path: Path) -> None:
    index = saved(path)
    read, origin = load(path, MEANING, "database")
    assert origin == ORIGIN
    assert (read.ids() == index.ids()).all()
    assert read.versions(["f00001"]) == {"f00001": 2}
    query = asking("skill-1", "skill-2", "skill-3")
    assert read.search(query, 50) == index.search(query, 50)


def test_lists_are_read_as_they_were(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_module, "LISTS_FROM", 200)
    index = saved(path)
    read, _ = load(path, MEANING, "database")
    assert read.segments[0].nearest.probes == index.segments[0].nearest.probes > 0
    assert read.search(asking("skill-1"), 20) == index.search(asking("skill-1"), 20)


def test_an_empty_index_can_be_saved(path: Path) -> None:
    save(path, frozen(Index(vocabulary()), ORIGIN))
    read, _ = load(path, MEANING, "database")
    assert len(read) == 0


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.3, 0.999])
def test_a_torn_file_is_refused(path: Path, share: float) -> None:
    saved(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SnapshotUnusable):
        load(path, MEANING, "database")


def test_a_file_with_one_wrong_bit_is_refused(path: Path) -> None:
    saved(path)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(SnapshotUnusable, match="torn"):
        load(path, MEANING, "database")


def test_the_snapshot_of_another_database_is_refused(path: Path) -> None:
    saved(path)
    with pytest.raises(SnapshotUnusable, match="another database"):
        load(path, MEANING, "another")


def test_a_snapshot_made_with_other_vectors_is_refused(path: Path) -> None:
    saved(path)
    with pytest.raises(SnapshotUnusable, match="vectors"):
        load(path, replace(MEANING, vector_of=lambda name: np.ones(MEANING.dimensions, np.float32)), "database")


def test_none_is_no_error_of_its_own(path: Path) -> None:
    with pytest.raises(SnapshotUnusable, match="there is none"):
        load(path, MEANING, "database")


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.long)])
def test_whoever_is_killed_while_saving_leaves_a_whole_snapshot(path: Path, kills: int) -> None:
    """The last that was saved, or the one that was just being finished; and the next process can save again."""
    path.parent.mkdir()
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", made.__name__.replace("made", "saving_process"), str(path)],
            cwd=BACKEND,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        time.sleep(random.uniform(0.0, 0.03))
        process.kill()
        said = [int(line) for line in process.stdout.read().split()]
        process.wait()
        process.stdout.close()
        read, origin = load(path, MEANING, "database")
        last = said[-1] if said else 1
        assert origin.place in {str(last), str(last + 1)}
        assert len(read) == 3000
