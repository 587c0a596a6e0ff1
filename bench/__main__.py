"""Measure Trunkline beside what a Python team would use today: `make bench`, or `python -m bench`."""

import argparse
import asyncio
import gc
import math
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import report
from bench.measure import measure
from bench.place import Unavailable
from bench.quiet import log_errors_only
from bench.work import Row, Work
from bench.works import ON_DEMAND, WORKS

QUICK_SECONDS = 250
"""Of a quick run; what a work leaves of its share, those after it get. A busy machine gets fewer rounds for it."""
WIDTH = 120
"""Of the table where it is not shown on a terminal."""


async def run(works: list[Work[Any]], arguments: argparse.Namespace, console: Console) -> tuple[list[Row], bool]:
    """Measure the works one after another; return the rows, and whether all went well."""
    rows: list[Row] = []
    well = True
    until = time.monotonic() + QUICK_SECONDS if arguments.quick else math.inf
    with console.status("starting") as status:
        for index, work in enumerate(works):
            rounds = min(arguments.rounds or work.rounds, work.quick_rounds if arguments.quick else work.rounds)
            times = arguments.times or (work.quick_times if arguments.quick else work.times)
            began = time.monotonic()
            limit = (until - began) / (len(works) - index)
            try:
                row = await measure(work, rounds=rounds, times=times, progress=status.update, limit=limit)
                console.print(f"{work.name}: {row.rounds} rounds of {times:,} in {time.monotonic() - began:.0f} s")
                rows.append(row)
            except Unavailable as reason:
                console.print(f"{work.name} is left out: {reason}")
            except Exception:  # noqa: BLE001, the other works' figures are not thrown away for it
                console.print(f"{work.name} failed:")
                console.print_exception()
                well = False
    return rows, well


def main() -> int:
    """Parse the command line, measure, show and write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare Trunkline, nats-py and FastStream.")
    parser.add_argument("works", nargs="*", help=f"which to measure: {', '.join(work.name for work in WORKS)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: ends within five minutes")
    parser.add_argument("--million", action="store_true", help="search a million freelancers too: minutes, 4 GiB")
    parser.add_argument("--rounds", type=int, help="how many at most (default: as each work says, mostly five)")
    parser.add_argument("--times", type=int, help="how often each round does its work")
    parser.add_argument("--results", type=Path, default=report.RESULTS, help="the folder to write to")
    arguments = parser.parse_args()
    possible = WORKS + ON_DEMAND if arguments.million else WORKS
    unknown = set(arguments.works) - {work.name for work in possible}
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    works = [work for work in possible if not arguments.works or work.name in arguments.works]
    log_errors_only()
    gc.freeze()  # what was imported is not looked through between rounds, which costs more than most rounds
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    rows, well = asyncio.run(run(works, arguments, console))
    console.print(report.table(rows))
    console.print(report.summary(rows), highlight=False, soft_wrap=True)
    report.write(rows, " ".join(["python -m bench", *sys.argv[1:]]), arguments.results)
    console.print(f"written to {arguments.results}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
