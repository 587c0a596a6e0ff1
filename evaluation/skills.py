"""Skill extraction, measured: sentences labelled with the names of their skills, by three ways of ranking all names.

A folder has `*.csv` with the columns `sentence` and `label` (a row for each label of a sentence) and, if the names to
rank are others than the shipped skills', `skills_en_label.txt`, one a line. A sentence's right names are its labels
that are in the list; sentences without any are left out. RP@5 is how many of the first five are right, over the most
that can be (five, or as many as there are right ones); MRR the mean of one over the place of the first right one.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from evaluation.published import published_for
from sourcing.encoding import DIMENSIONS, encode
from sourcing.skill_list import ESCO, all_skills
from sourcing.skill_ranking import Features, SkillRanking
from sourcing.skill_vectors import skill_vector

LABELS = "skills_en_label.txt"
DEPTH = 5

Rank = Callable[[Features], NDArray[np.floating]]

WAYS: dict[str, Rank] = {
    "literal names": lambda features: features.literal + features.covered / 100,
    "embedding of the sentence": lambda features: features.sentence,
    "combined": lambda features: features.score(),
}
"""What is compared; the last is what the platform does."""


class UnusableSentences(Exception):
    """A file of labelled sentences cannot be used; says which, and why."""


@dataclass(frozen=True)
class Sentences:
    """The right names of each sentence, by their place in the list."""

    stem: str
    right: Mapping[str, frozenset[int]]


def evaluate_skills(folder: Path) -> dict[str, dict[str, float]]:
    """Measure every file of a folder, print the figures of each way, and return those of the combined one.

    Raises:
        UnusableSentences: a file lacks a column, or none of its labels is in the list.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        return {}
    ranking = rankable(folder)
    numbers = {name: number for number, name in enumerate(ranking.names)}
    figures = {}
    for file in files:
        sentences = read_sentences(file, numbers)
        begun = monotonic()
        features = list(ranking.features(list(sentences.right)))
        speed = len(features) / (monotonic() - begun)
        print(f"{file.stem}: {len(features)} sentences, {len(ranking.names)} names, {speed:.0f} sentences/s")
        print(f"  {'':34}{'RP@5':>8}{'MRR':>8}")
        for title, rank in WAYS.items():
            figures[file.stem] = measured(features, list(sentences.right.values()), rank)
            print(f"  {title:34}{figures[file.stem]['rp5']:8.3f}{figures[file.stem]['mrr']:8.3f}")
        for other in published_for(file.stem):
            print(f"  {'published: ' + other.method:34}{other.rp5:8.3f}{other.mrr:8.3f}  test part; {other.paper}")
    return figures


def read_sentences(file: Path, numbers: Mapping[str, int]) -> Sentences:
    """The labelled sentences of a file.

    Raises:
        UnusableSentences: a column is missing, or no label is in the list.
    """
    right: dict[str, set[int]] = {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = {"sentence", "label"} - set(rows.fieldnames or ())
        if missing:
            raise UnusableSentences(f"{file}: the columns {', '.join(sorted(missing))} are missing")
        for row in rows:
            if row["label"] in numbers:
                right.setdefault(row["sentence"], set()).add(numbers[row["label"]])
    if not right:
        raise UnusableSentences(f"{file}: none of its labels is in the list of names to rank")
    return Sentences(file.stem, {sentence: frozenset(names) for sentence, names in right.items()})


def measured(features: Sequence[Features], right: Sequence[frozenset[int]], rank: Rank) -> dict[str, float]:
    """RP@5 and MRR of a way of ranking."""
    precisions, reciprocals = [], []
    for each, names in zip(features, right, strict=True):
        scores = rank(each)
        best = np.argsort(-scores, kind="stable")[:DEPTH].tolist()
        precisions.append(len(names.intersection(best)) / min(DEPTH, len(names)))
        highest = max(float(scores[name]) for name in names)
        reciprocals.append(1 / (1 + int((scores > highest).sum())))
    return {"rp5": fmean(precisions), "mrr": fmean(reciprocals)}


def rankable(folder: Path) -> SkillRanking:
    """Of the names in the folder, else of the shipped skills'. ESCO's labels have vectors that are shipped."""
    labels = folder / LABELS
    names = labels.read_text(encoding="utf-8").splitlines() if labels.exists() else []
    names = [name for name in names if name.strip()] or [skill.name for skill in all_skills().values()]
    vectors = np.empty((len(names), DIMENSIONS), np.float32)
    shipped = {skill.name: skill.id for skill in all_skills().values() if skill.category == ESCO}
    others = [place for place, name in enumerate(names) if name not in shipped]
    vectors[others] = encode([names[place] for place in others])
    for place, name in enumerate(names):
        if name in shipped:
            vectors[place] = skill_vector(shipped[name])
    return SkillRanking(names, vectors)
