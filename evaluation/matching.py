"""Matching, measured: `matching/<set>/` with `projects/`, `freelancers/` (text, DOCX, PDF) and `qrels.tsv`.

All documents of the other folder are ranked for each query: by the fused relevance, by the explained score alone, by
BM25 and by plain sentence vectors. MAP@50, nDCG@50 and MRR are means over the queries that have a relevant document;
Spearman's rho is that of relevance and grade over a query's graded documents, on the mean over queries with grades that
differ.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from evaluation.measures import average_precision, ndcg, reciprocal_rank, spearman
from sourcing.documents import UnreadableDocument, extract_text
from sourcing.encoding import encode
from sourcing.relevance import Collection, Document, Kind, explained, read_document
from sourcing.words import BM25, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDERS: dict[Kind, str] = {"project": "projects", "freelancer": "freelancers"}
OTHER: dict[Kind, Kind] = {"project": "freelancer", "freelancer": "project"}
TODAY = date(2026, 11, 1)

Rank = Callable[[Kind, str], Sequence[float]]
Documents = Mapping[Kind, Mapping[str, Document]]


class UnusableSet(Exception):
    """A matching set cannot be read; says which file, and why."""


@dataclass(frozen=True)
class MatchingSet:
    """The texts by file name, and the graded pairs: by kind and name of the query, the grades of documents."""

    texts: Mapping[Kind, Mapping[str, str]]
    grades: Mapping[tuple[Kind, str], Mapping[str, float]]


def evaluate_sets(folder: Path) -> dict[str, dict[str, float | None]]:
    """Measure every set in a folder, by the set's name; none where there is no such folder.

    Raises:
        UnusableSet: as `evaluate_matching`.
    """
    sets = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return {path.name: evaluate_matching(path) for path in sets}


def evaluate_matching(folder: Path) -> dict[str, float | None]:
    """Measure a set, print the figures beside the baselines', and return those of the fused relevance.

    Raises:
        UnusableSet: a file is missing, or `qrels.tsv` names a document that is not there.
    """
    found = read_set(folder)
    names = {kind: list(texts) for kind, texts in found.texts.items()}
    documents = read_documents(found)
    rankers: dict[str, Rank] = {
        "BM25": bm25(found),
        "sentence vectors": plain_vectors(found),
        "explained score": explained_score(documents),
        "fused relevance": fused_relevance(documents),
    }
    print(
        f"{folder.name}: {len(names['project'])} projects, {len(names['freelancer'])} CVs, {len(found.grades)} queries"
    )
    print(f"  {'':34}{'MAP@50':>8}{'nDCG@50':>9}{'MRR':>8}{'rho':>8}")
    figures: dict[str, float | None] = {}
    for title, rank in rankers.items():
        once = cache(rank)
        for direction in ("project", "freelancer", None):
            chosen = {query: grades for query, grades in found.grades.items() if direction in (None, query[0])}
            if chosen:
                figures = measured(chosen, names, once)
                print(_line(f"{title}, {FOLDERS[direction] if direction else 'all queries'}", figures))
    return figures


def measured(
    grades: Mapping[tuple[Kind, str], Mapping[str, float]], names: Mapping[Kind, Sequence[str]], rank: Rank
) -> dict[str, float | None]:
    """Return the measures of a way of ranking over some queries."""
    precisions, gains, reciprocals, correlations = [], [], [], []
    for (kind, query), graded in grades.items():
        scores = dict(zip(names[OTHER[kind]], rank(kind, query), strict=True))
        ranking = sorted(scores, key=lambda name: (-scores[name], name))
        if any(grade > 0 for grade in graded.values()):
            precisions.append(average_precision(ranking, graded))
            gains.append(ndcg(ranking, graded))
            reciprocals.append(reciprocal_rank(ranking, graded))
        correlation = spearman([scores[name] for name in graded], list(graded.values()))
        if correlation is not None:
            correlations.append(correlation)
    return {
        "map50": _mean(precisions),
        "ndcg50": _mean(gains),
        "mrr": _mean(reciprocals),
        "rho": _mean(correlations),
    }


def read_set(folder: Path) -> MatchingSet:
    """Read a set's documents and grades.

    Raises:
        UnusableSet: as `evaluate_matching`.
    """
    texts: dict[Kind, dict[str, str]] = {kind: _texts(folder / name) for kind, name in FOLDERS.items()}
    full = {kind: _full_names(texts[kind]) for kind in texts}
    grades: dict[tuple[Kind, str], dict[str, float]] = defaultdict(dict)
    try:
        lines = (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UnusableSet(f"{folder / 'qrels.tsv'}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        fields = [field.strip() for field in (line.split("\t") if "\t" in line else line.split())]
        if not any(fields):
            continue
        grade = _number(fields[-1])
        if grade is None and number == 1:  # a head
            continue
        if len(fields) != 4 or grade is None:
            raise UnusableSet(f"{folder / 'qrels.tsv'}, line {number}: query, 0, document and grade are needed")
        query, _, document, _ = fields
        kinds: list[Kind] = [kind for kind in FOLDERS if query in full[kind] and document in full[OTHER[kind]]]
        if not kinds:
            raise UnusableSet(f"{folder / 'qrels.tsv'}, line {number}: no file for {query!r} or {document!r}")
        kind = kinds[0]
        grades[kind, full[kind][query]][full[OTHER[kind]][document]] = grade
    return MatchingSet(texts, grades)


def bm25(found: MatchingSet) -> Rank:
    """Rank by BM25 over the whole texts."""
    words = {kind: {name: words_of(text) for name, text in texts.items()} for kind, texts in found.texts.items()}
    collections = {kind: BM25(list(of_kind.values())) for kind, of_kind in words.items()}
    return lambda kind, query: collections[OTHER[kind]].scores(words[kind][query])


def plain_vectors(found: MatchingSet) -> Rank:
    """Rank by the cosine of the texts' sentence vectors, each text as one."""
    rows: dict[Kind, dict[str, NDArray[np.float32]]] = {
        kind: dict(zip(texts, encode(list(texts.values())), strict=True)) for kind, texts in found.texts.items()
    }
    return lambda kind, query: [float(row @ rows[kind][query]) for row in rows[OTHER[kind]].values()]


def read_documents(found: MatchingSet) -> Documents:
    """Read every text of a set."""
    return {
        kind: {name: read_document(text, kind, TODAY) for name, text in texts.items()}
        for kind, texts in found.texts.items()
    }


def explained_score(documents: Documents) -> Rank:
    """Rank as the platform ranks profiles for projects, by what was read from the texts alone."""

    def rank(kind: Kind, query: str) -> Sequence[float]:
        return [explained(documents[kind][query], document) for document in documents[OTHER[kind]].values()]

    return rank


def fused_relevance(documents: Documents) -> Rank:
    """Rank by all that is known of plain texts."""
    collections = {
        kind: Collection(list(of_kind.values()), list(documents[OTHER[kind]].values()))
        for kind, of_kind in documents.items()
    }
    return lambda kind, query: collections[OTHER[kind]].relevance(documents[kind][query]).tolist()


def _texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise UnusableSet(f"{folder}: there is no such folder")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return {path.name: _text(path) for path in files}


def _text(path: Path) -> str:
    """The text of a document; one that cannot be read is empty, and said to be so."""
    try:
        return extract_text(path.read_bytes(), path.name).text
    except UnreadableDocument as error:
        print(f"  {path.name}: {error.reason}")
        return ""


def _full_names(texts: Mapping[str, str]) -> dict[str, str]:
    """File names by themselves and without their endings."""
    return {Path(name).stem: name for name in texts} | {name: name for name in texts}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None


def _line(title: str, figures: Mapping[str, float | None]) -> str:
    cells = ["-" if value is None else f"{value:.3f}" for value in figures.values()]
    return f"  {title:34}{cells[0]:>8}{cells[1]:>9}{cells[2]:>8}{cells[3]:>8}"
