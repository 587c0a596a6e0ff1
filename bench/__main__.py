"""Measure Trunkline beside what a Python team would use today: `make bench`, or `python -m bench`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

import structlog
from rich.console import Console

from bench import consume, publish, publish_one_by_one, report
from bench.measure import measure
from bench.work import Row, Work

WORKS: list[Work] = [publish.WORK, publish_one_by_one.WORK, consume.WORK]
ROUNDS = 5
QUICK_ROUNDS = 3


async def run(works: list[Work], rounds: int, times: int | None, quick: bool, console: Console) -> list[Row]:
    """Measure the works one after another."""
    rows: list[Row] = []
    with console.status("starting") as status:
        for work in works:
            number = times or (work.quick_times if quick else work.times)
            rows.append(await measure(work, rounds=rounds, times=number, progress=status.update))
    return rows


def main() -> int:
    """Parse the command line, measure, show and write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare Trunkline, nats-py and FastStream.")
    parser.add_argument("works", nargs="*", help=f"which to measure: {', '.join(work.name for work in WORKS)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: ends within five minutes")
    parser.add_argument("--rounds", type=int, help=f"how many (default {ROUNDS}, quick {QUICK_ROUNDS})")
    parser.add_argument("--times", type=int, help="how often each round does its work")
    parser.add_argument("--results", type=Path, default=report.RESULTS, help="the folder to write to")
    arguments = parser.parse_args()
    unknown = set(arguments.works) - {work.name for work in WORKS}
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    works = [work for work in WORKS if not arguments.works or work.name in arguments.works]
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console()
    rows = asyncio.run(run(works, rounds, arguments.times, arguments.quick, console))
    console.print(report.table(rows))
    report.write(rows, " ".join(["python -m bench", *sys.argv[1:]]), rounds, arguments.results)
    console.print(f"written to {arguments.results}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
