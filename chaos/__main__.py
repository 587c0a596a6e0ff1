"""Break everything that can break, and check that no event is lost, doubled or out of order: `make chaos`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path
from typing import get_args

import structlog

from chaos import report
from chaos.run import any_seed, run
from chaos.setting import PARTS
from chaos.world import SETUPS, Setup

SECONDS = 240.0
QUICK_SECONDS = 20.0
RATE = 40.0


def main() -> int:
    """Parse the command line, run, show; 0 when the proof holds."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("setups", nargs="*", help=f"which to run: {', '.join(SETUPS)} (default both, quick: sqlite)")
    parser.add_argument("--quick", action="store_true", help="every fault once, in under two minutes")
    parser.add_argument("--seed", type=int, help="decides events, faults and their order (default: a new one)")
    parser.add_argument("--seconds", type=float, help=f"how long faults go on (default {SECONDS:g})")
    parser.add_argument("--rate", type=float, default=RATE, help=f"events a second (default {RATE:g})")
    parser.add_argument("--faults", action="append", default=[], help="only those whose name holds this")
    parser.add_argument("--without", choices=PARTS, help="switch a part of the protection off: the run must then fail")
    parser.add_argument("--results", type=Path, help="a folder to write to")
    arguments = parser.parse_args()
    setups = [each for each in get_args(Setup) if each in arguments.setups]
    if set(arguments.setups) - set(setups):
        parser.error(f"choose from {', '.join(SETUPS)}")
    setups = setups or (["sqlite"] if arguments.quick else list(SETUPS))
    seed = arguments.seed if arguments.seed is not None else any_seed()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    runs = []
    for setup in setups:
        runs.append(
            asyncio.run(
                run(
                    setup,
                    seed=seed,
                    seconds=arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS),
                    rate=arguments.rate,
                    without=arguments.without,
                    only=arguments.faults,
                    say=lambda text: print(text, flush=True),
                )
            )
        )
        print(report.words(runs[-1]), flush=True)
    if arguments.results is not None:
        report.write(runs, " ".join(["python -m chaos", *sys.argv[1:]]), arguments.results)
    return 0 if all(each.clean for each in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
