"""Measure skill extraction and matching: `make evaluate`, or `make evaluate DATA=<folder>` for other data.

Figures are printed beside those of simpler ways, and written to bench/results/evaluation.json.
"""

import argparse
import json
import sys
from pathlib import Path

from evaluation.matching import UnusableSet, evaluate_sets
from evaluation.skills import UnusableSentences, evaluate_skills

ROOT = Path(__file__).resolve().parent.parent
OWN = Path(__file__).parent / "sets"
RESULTS = ROOT / "bench" / "results" / "evaluation.json"


def main() -> int:
    """Measure, print and write; 1 when the data cannot be used."""
    options = argparse.ArgumentParser(prog="evaluation", description=__doc__)
    options.add_argument("data", type=Path, nargs="?", default=OWN, help="a folder; by default the project's own sets")
    folder: Path = options.parse_args().data
    try:
        figures = {"skills": evaluate_skills(folder), "matching": evaluate_sets(folder / "matching")}
    except (UnusableSentences, UnusableSet) as unusable:
        print(unusable, file=sys.stderr)
        return 1
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"written to {RESULTS.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
