"""Measures of rankings. Grades above 0 are relevant; a document without a grade has 0."""

import math
from collections.abc import Mapping, Sequence

DEPTH = 50


def average_precision(ranking: Sequence[str], grades: Mapping[str, float], depth: int = DEPTH) -> float:
    """Return the mean precision at the relevant documents of the first `depth`, over as many as can be there."""
    relevant = sum(grade > 0 for grade in grades.values())
    found, total = 0, 0.0
    for place, document in enumerate(ranking[:depth], 1):
        if grades.get(document, 0) > 0:
            found += 1
            total += found / place
    return total / min(relevant, depth) if relevant else 0.0


def ndcg(ranking: Sequence[str], grades: Mapping[str, float], depth: int = DEPTH) -> float:
    """Return the discounted gain of the first `depth` beside that of the best order; gain is the grade, as in TREC."""
    best = sorted((max(grade, 0) for grade in grades.values()), reverse=True)
    ideal = _gain(best[:depth])
    return _gain([max(grades.get(document, 0), 0) for document in ranking[:depth]]) / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, float]) -> float:
    """Return one over the place of the first relevant document."""
    places = (place for place, document in enumerate(ranking, 1) if grades.get(document, 0) > 0)
    return 1.0 / next(places, math.inf)


def spearman(scores: Sequence[float], grades: Sequence[float]) -> float | None:
    """Return the correlation of the ranks, equals sharing theirs; None where either is all the same."""
    first, second = _ranks(scores), _ranks(grades)
    mean = (len(first) + 1) / 2.0
    deviation = math.sqrt(sum((one - mean) ** 2 for one in first) * sum((other - mean) ** 2 for other in second))
    if not deviation:
        return None
    return sum((one - mean) * (other - mean) for one, other in zip(first, second, strict=True)) / deviation


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for index in order[start : end + 1]:
            ranks[index] = (start + end) / 2.0 + 1.0
        start = end + 1
    return ranks
