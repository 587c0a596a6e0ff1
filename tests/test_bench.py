"""`make bench` measures everybody and writes what it found."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_results_name_every_contender_and_the_ratio_to_reach(tmp_path: Path) -> None:
    """A tiny run, through the whole of it: the page and the JSON hold a figure for each work and contender."""
    command = [sys.executable, "-m", "bench", "--quick", "--rounds", "1", "--times", "40", "--results", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    rows = {row["work"]: row for row in json.loads((tmp_path / "latest.json").read_text())["rows"]}
    assert set(rows["publish"]["peers"]) == {"FastStream", "nats-py js.publish"}
    assert set(rows["consume"]["peers"]) == {"FastStream (PullSub)", "nats-py fetch", "nats-py push callback"}
    for row in rows.values():
        assert row["ours"] > 0
        assert all(rate > 0 for rate in row["peers"].values())
        assert set(row["goal"]) <= set(row["peers"])
    assert "`publish`" in (tmp_path / "latest.md").read_text()
