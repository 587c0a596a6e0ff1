"""Draws docs/calibration.svg: `PYTHONPATH=backend python -m evaluation.calibration_plot`.

A simulation whose truth is known: two hundred accounts answer matches, each with a yes as likely as the truth says, and
one more account says yes to everything, ten thousand times.
"""

import random
from collections.abc import Callable
from pathlib import Path

from sourcing.calibration import PRIOR, Fit, Outcome, fit

PLOT = Path(__file__).resolve().parent.parent / "docs" / "calibration.svg"
SIDE, EDGE = 360, 50
Curve = Callable[[float], float]


def truth(score: float) -> float:
    """Return how likely a yes is in the simulation."""
    return 0.05 + 0.55 * score**2


def simulated(count: int) -> list[Outcome]:
    """Return so many answers."""
    chance = random.Random(2)
    scores = [chance.betavariate(2, 2) for _ in range(count)]
    return [Outcome(f"a{n % 200}", score, chance.random() < truth(score)) for n, score in enumerate(scores)]


def main() -> None:
    """Fit, draw and write."""
    honest = simulated(2000)
    dragged = [Outcome("hostile", (n % 100) / 100, True) for n in range(10_000)]
    few, many, with_hostile = fit(honest[:100], 1), fit(honest, 2), fit(honest + dragged, 3)
    curves: list[tuple[str, str, Curve]] = [
        ("#bbbbbb", "prior: the score", PRIOR.confidence),
        ("#000000", "truth", truth),
        ("#e69f00", "fitted to 100 answers", few.calibration.confidence),
        ("#0072b2", "fitted to 2,000", many.calibration.confidence),
        ("#d55e00", "and 10,000 of one account", with_hostile.calibration.confidence),
    ]
    PLOT.write_text(drawn(curves, many), encoding="utf-8")
    print(f"error after 2,000 answers: {many.error:.3f}; written to {PLOT.name}")


def drawn(curves: list[tuple[str, str, Curve]], fitted: Fit) -> str:
    """Return the plot: curves over the score, and beside them what was predicted and observed in each bin."""
    width, height = 2 * SIDE + 3 * EDGE, SIDE + 2 * EDGE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_frame(EDGE, "score", "confidence"),
        *_frame(2 * EDGE + SIDE, "predicted", "observed"),
    ]
    for number, (color, title, curve) in enumerate(curves):
        points = " ".join(_at(EDGE, step / 100, curve(step / 100)) for step in range(101))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        lines.append(f'<text x="{EDGE + 12}" y="{EDGE + 18 + 16 * number}" fill="{color}">{title}</text>')
    left = 2 * EDGE + SIDE
    lines.append(f'<polyline points="{_at(left, 0, 0)} {_at(left, 1, 1)}" fill="none" stroke="#bbbbbb"/>')
    for each in fitted.bins:
        x, y = _at(left, each.predicted, each.observed).split(",")
        lines.append(f'<circle cx="{x}" cy="{y}" r="5" fill="#0072b2"/>')
    lines.append(f'<text x="{left + 12}" y="{EDGE + 18}">2,000 answers, error {fitted.error:.3f}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _frame(left: int, across: str, up: str) -> list[str]:
    middle, bottom = left + SIDE / 2, EDGE + SIDE
    return [
        f'<rect x="{left}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#000000"/>',
        f'<text x="{middle}" y="{bottom + 32}" text-anchor="middle">{across}</text>',
        f'<text x="{left - 10}" y="{EDGE - 10}">{up}</text>',
        *(
            f'<text x="{left + SIDE * value}" y="{bottom + 16}" text-anchor="middle">{value}</text>'
            for value in (0, 0.5, 1)
        ),
        *(
            f'<text x="{left - 6}" y="{bottom - SIDE * value + 4}" text-anchor="end">{value}</text>'
            for value in (0, 0.5, 1)
        ),
    ]


def _at(left: int, x: float, y: float) -> str:
    return f"{left + SIDE * x:.1f},{EDGE + SIDE * (1 - y):.1f}"


if __name__ == "__main__":
    main()
