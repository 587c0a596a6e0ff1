"""`make evaluate` measures rankings as TREC does, and ours beside BM25 and plain sentence vectors."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import matching, own_set
from evaluation.matching import UnusableSet, read_set
from evaluation.measures import average_precision, ndcg, reciprocal_rank, spearman

OWN = own_set.SET
HELD_OUT = OWN.parent / "heldout"
GRADES = {"a": 3, "b": 1, "c": 0, "d": 2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of three projects and four CVs."""
    projects = {
        "backend": "Python developer wanted\n\nYou know Python, PostgreSQL and Docker, for 3 years or more.",
        "ward": "Nurse for a surgical ward\n\nWound care, medication, and kindness to people in pain.",
        "kitchen": "Head cook\n\nPlan our menus and run a kitchen of nine.",
    }
    freelancers = {
        "ada": "Ada Example\nSoftware engineer\n\nExperience\nDeveloper, Acme, 2018 - 2026\nDjango and Postgres.",
        "flo": "Flo Example\nRegistered nurse\n\nChanged dressings and gave out tablets for ten years.",
        "kim": "Kim Example\nChef\n\nCooked for two hundred guests, made up the dishes of each season.",
        "lee": "Lee Example\nTruck driver\n\nDrove through all of Europe.",
    }
    for name, documents in (("projects", projects), ("freelancers", freelancers)):
        (tmp_path / name).mkdir()
        for document, text in documents.items():
            (tmp_path / name / f"{document}.txt").write_text(text)
    (tmp_path / "qrels.tsv").write_text(
        "backend\t0\tada.txt\t2\nward 0 flo 1\n\nkim.txt\t0\tkitchen\t1\nlee\t0\tward\t0\n"
    )
    return tmp_path


class TestMeasures:
    """Against values worked out by hand."""

    def test_average_precision_counts_relevant_documents_of_the_first_ones(self) -> None:
        assert average_precision(["c", "a", "d"], GRADES) == pytest.approx((1 / 2 + 2 / 3) / 3)
        assert average_precision(["c", "a", "d", "b"], GRADES, depth=2) == pytest.approx(1 / 4)

    def test_gain_is_the_grade_discounted_by_place(self) -> None:
        best = 3 + 2 / 1.584962500721156 + 1 / 2
        assert ndcg(["a", "d", "b", "c"], GRADES) == 1
        assert ndcg(["c", "a"], GRADES) == pytest.approx(3 / 1.584962500721156 / best)

    def test_reciprocal_rank_is_that_of_the_first_relevant_one(self) -> None:
        assert reciprocal_rank(["c", "x", "b"], GRADES) == pytest.approx(1 / 3)
        assert reciprocal_rank(["c"], GRADES) == 0

    def test_spearman_shares_the_ranks_of_equals(self) -> None:
        assert spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1)
        assert spearman([1, 2, 2], [3, 1, 1]) == pytest.approx(-1)
        assert spearman([1, 2, 3], [5, 5, 5]) is None

    @given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
    def test_no_order_is_better_than_that_of_the_grades(self, grades: list[int]) -> None:
        graded = {str(number): grade for number, grade in enumerate(grades)}
        best = sorted(graded, key=lambda name: -graded[name])
        any_order = sorted(graded)
        for measure in (average_precision, ndcg, reciprocal_rank):
            assert measure(any_order, graded) <= measure(best, graded) + 1e-12


class TestReading:
    """Folders as they come."""

    def test_queries_are_of_either_folder_and_named_with_or_without_ending(self, folder: Path) -> None:
        found = read_set(folder)
        assert found.grades == {
            ("project", "backend.txt"): {"ada.txt": 2},
            ("project", "ward.txt"): {"flo.txt": 1},
            ("freelancer", "kim.txt"): {"kitchen.txt": 1},
            ("freelancer", "lee.txt"): {"ward.txt": 0},
        }

    def test_pdf_and_docx_are_read_as_the_platform_reads_them(self, folder: Path) -> None:
        cvs = OWN.parents[3] / "demo" / "cvs"
        for name in ("ayla_demirok.pdf", "bianca_torrell.docx"):
            shutil.copy(cvs / name, folder / "freelancers" / name)
        texts = read_set(folder).texts["freelancer"]
        assert all(len(texts[name]) > 500 for name in ("ayla_demirok.pdf", "bianca_torrell.docx"))

    @pytest.mark.parametrize(("line", "named"), [("backend\t0\tnobody\t1", "nobody"), ("backend ada 1", "line 6")])
    def test_what_cannot_be_used_is_named(self, folder: Path, line: str, named: str) -> None:
        with (folder / "qrels.tsv").open("a") as file:
            file.write(line + "\n")
        with pytest.raises(UnusableSet, match=named):
            read_set(folder)


class TestRanking:
    @pytest.mark.long
    def test_the_right_one_is_first_in_both_directions_and_baselines_are_printed(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        figures = matching.evaluate_matching(folder)
        assert (figures["map50"], figures["ndcg50"], figures["mrr"], figures["rho"]) == (1, 1, 1, None)
        printed = capsys.readouterr().out
        assert all(title in printed for title in ("BM25", "sentence vectors", "fused relevance"))


class TestOwnSet:
    """The set that is committed."""

    def test_it_is_what_its_script_writes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copytree(OWN, tmp_path / "own")
        for written in [*(tmp_path / "own").glob("*/[pc][0-9]*.txt"), tmp_path / "own" / "qrels.tsv"]:
            written.unlink()
        monkeypatch.setattr(own_set, "SET", tmp_path / "own")
        own_set.main()
        for path in OWN.rglob("*"):
            if path.is_file():
                assert (tmp_path / "own" / path.relative_to(OWN)).read_text() == path.read_text(), path.name

    def test_it_is_large_enough_and_graded_in_both_directions(self) -> None:
        found = read_set(OWN)
        assert len(found.texts["project"]) >= 20
        assert len(found.texts["freelancer"]) >= 200
        assert {kind for kind, _ in found.grades} == {"project", "freelancer"}
        assert {grade for graded in found.grades.values() for grade in graded.values()} == {0, 1, 2, 3}

    @pytest.mark.long
    def test_the_explained_score_and_the_fused_relevance_beat_both_baselines_in_both_directions(self) -> None:
        found = read_set(OWN)
        names = {kind: list(texts) for kind, texts in found.texts.items()}
        documents = matching.read_documents(found)
        ways = [
            matching.fused_relevance(documents),
            matching.explained_score(documents),
            matching.bm25(found),
            matching.plain_vectors(found),
        ]
        for kind in names:
            grades = {query: graded for query, graded in found.grades.items() if query[0] == kind}
            fused, explained, *baselines = [matching.measured(grades, names, way) for way in ways]
            for baseline in baselines:
                assert (fused["map50"] or 0) > (baseline["map50"] or 0) + 0.03
                assert (fused["ndcg50"] or 0) > (baseline["ndcg50"] or 0) + 0.02
                assert (explained["map50"] or 0) > (baseline["map50"] or 0)
                assert (explained["ndcg50"] or 0) > (baseline["ndcg50"] or 0)


class TestHeldOutSet:
    """The set that no weight was set by."""

    def test_it_is_large_enough_and_graded_in_both_directions(self) -> None:
        found = read_set(HELD_OUT)
        assert len(found.texts["project"]) >= 14
        assert len(found.texts["freelancer"]) >= 80
        assert all(len(text) > 300 for texts in found.texts.values() for text in texts.values())
        for texts, kind in ((found.texts["project"], "project"), (found.texts["freelancer"], "freelancer")):
            assert {query for of_kind, query in found.grades if of_kind == kind} == set(texts)
        assert {grade for graded in found.grades.values() for grade in graded.values()} == {0, 1, 2, 3}

    def test_each_project_has_somebody_who_fits_and_somebody_who_nearly_does(self) -> None:
        for (kind, query), graded in read_set(HELD_OUT).grades.items():
            if kind == "project":
                assert {1, 2, 3} <= set(graded.values()), query
