"""What the ranking of skills reaches when its weights are fitted to other sentences than those it is measured on.

    PYTHONPATH=backend python -m evaluation.ranking_weights FOLDER

The folder is one of `evaluation.skills`. The six weights of `sourcing.skill_ranking` are fitted to five sixths of each
file's sentences and measured on the last sixth, in turn; then fitted to one file and measured on the others. The fit
maximises the likelihood of the right names under a softmax over all candidates (ListNet, Cao et al. 2007), drawn a
little towards the shipped weights: RP@5 itself is too coarse to be climbed with so few sentences.
"""

import argparse
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.skills import DEPTH, rankable, read_sentences
from sourcing.skill_ranking import WEIGHTS, Features

Array = NDArray[np.floating]

SHIPPED: Array = np.array(astuple(WEIGHTS))
SHARPNESS = 8.0
"""What the shipped weights are multiplied with to be the logits to begin with."""
CANDIDATES = 500
FOLDS = 6
DEALS = 5
STEPS = 150
RATE = 12.0
DRAWN = 0.002
SEED = 0


class Listed(NamedTuple):
    """A sentence's candidates: (weights, names) of features, and which names are right."""

    features: Array
    right: NDArray[np.bool_]


def candidates(features: Features, right: frozenset[int]) -> Listed:
    """The names that may come first by some weights, and the right ones."""
    rows = np.stack(astuple(features)).astype(np.float64)
    tops = [np.argpartition(-scores, CANDIDATES)[:CANDIDATES] for scores in (SHIPPED @ rows, rows[0], rows[1])]
    names = np.unique(np.concatenate([*tops, np.array(sorted(right))]))
    return Listed(rows[:, names], np.isin(names, list(right)))


def fitted(sentences: Sequence[Listed]) -> Array:
    """The weights, in the scale of the shipped ones."""
    start = SHIPPED * SHARPNESS
    weights = start.copy()
    for _ in range(STEPS):
        slope = np.mean([_slope(each, weights) for each in sentences], axis=0)
        weights += RATE * (slope - DRAWN * (weights - start))
    return weights / SHARPNESS


def _slope(sentence: Listed, weights: Array) -> Array:
    """Of the logarithm of the share that the right names have."""
    logits = weights @ sentence.features
    shares = np.exp(logits - logits.max())
    right = shares * sentence.right
    slope: Array = sentence.features @ (right / right.sum() - shares / shares.sum())
    return slope


def precision(sentences: Sequence[Listed], weights: Array) -> list[float]:
    """RP@5 of each sentence."""
    found = []
    for each in sentences:
        best = np.argsort(-(weights @ each.features), kind="stable")[:DEPTH]
        found.append(float(each.right[best].sum()) / min(DEPTH, int(each.right.sum())))
    return found


def cross_validated(files: dict[str, list[Listed]]) -> dict[str, float]:
    """RP@5 of each file, every sentence by weights that were fitted without it; the mean of several ways to deal."""
    chance = np.random.default_rng(SEED)
    found: dict[str, list[float]] = {stem: [] for stem in files}
    for _ in range(DEALS):
        folds = {stem: chance.permutation(len(sentences)) % FOLDS for stem, sentences in files.items()}
        for fold in range(FOLDS):
            weights = fitted([each for stem in files for each in _dealt(files[stem], folds[stem] != fold)])
            for stem, sentences in files.items():
                found[stem] += precision(_dealt(sentences, folds[stem] == fold), weights)
    return {stem: float(np.mean(each)) for stem, each in found.items()}


def _dealt(sentences: list[Listed], chosen: NDArray[np.bool_]) -> list[Listed]:
    return [each for each, is_chosen in zip(sentences, chosen.tolist(), strict=True) if is_chosen]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    folder: Path = options.parse_args().folder
    ranking = rankable(folder)
    numbers = {name: number for number, name in enumerate(ranking.names)}
    files = {}
    for file in sorted(folder.glob("*.csv")):
        right = read_sentences(file, numbers).right
        ranked = zip(ranking.features(list(right)), right.values(), strict=True)
        files[file.stem] = [candidates(features, names) for features, names in ranked]
    validated = cross_validated(files)
    for stem, sentences in files.items():
        shipped = np.mean(precision(sentences, SHIPPED))
        print(f"{stem}: RP@5 {shipped:.3f} as shipped, {validated[stem]:.3f} cross-validated")
        weights = fitted(sentences)
        for other in files:
            if other != stem:
                print(f"  fitted to it, {other}: {np.mean(precision(files[other], weights)):.3f}")
    everything = fitted([each for sentences in files.values() for each in sentences])
    print("fitted to all:", ", ".join(f"{weight:.2f}" for weight in everything / everything[0]))


if __name__ == "__main__":
    main()
