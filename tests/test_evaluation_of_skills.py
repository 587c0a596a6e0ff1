"""`make evaluate` reads labelled sentences of any folder and says how well their skills are ranked."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.ranking_weights import SHIPPED, candidates, cross_validated, fitted, precision
from evaluation.skills import UnusableSentences, evaluate_skills, measured, read_sentences
from sourcing.skill_ranking import Features


def features(scores: list[float]) -> Features:
    return Features(*(np.array(scores, np.float32) for _ in range(6)))


class TestMeasures:
    def test_a_perfect_ranking_has_one(self) -> None:
        figures = measured([features([3, 2, 1, 0])], [frozenset((0, 1))], lambda each: each.sentence)
        assert figures == {"rp5": 1.0, "mrr": 1.0}

    def test_precision_is_over_as_many_as_can_be_right_and_the_rank_is_that_of_the_first(self) -> None:
        ranked = features([9, 8, 7, 6, 5, 4, 3, 2])
        figures = measured([ranked], [frozenset((1, 7))], lambda each: each.sentence)
        assert figures == {"rp5": 0.5, "mrr": 0.5}


class TestFolders:
    LABELS = "manage staff\nteach history\nweld pipes\n"

    def test_any_folder_with_its_own_list_of_names_is_measured(self, tmp_path: Path) -> None:
        (tmp_path / "skills_en_label.txt").write_text(self.LABELS)
        (tmp_path / "mine.csv").write_text(
            "sentence,span,label\nYou lead a team,x,manage staff\nYou lead a team,x,LABEL NOT PRESENT\n"
            "Nothing,,UNDERSPECIFIED\nPipes are welded,x,weld pipes\n"
        )
        assert evaluate_skills(tmp_path) == {"mine": {"rp5": 1.0, "mrr": 1.0}}

    def test_published_figures_stand_beside_those_of_their_set_and_are_said_to_be_of_the_test_part(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "skills_en_label.txt").write_text(self.LABELS)
        for stem in ("house_validation", "mine"):
            (tmp_path / f"{stem}.csv").write_text("sentence,label\nPipes are welded,weld pipes\n")
        figures = evaluate_skills(tmp_path)
        house, mine = capsys.readouterr().out.split("mine: ")
        assert "test part; Bielinski and Brazier 2025" in house
        assert "published" not in mine
        assert figures["house_validation"] == figures["mine"] == {"rp5": 1.0, "mrr": 1.0}

    def test_a_folder_without_sentences_has_no_figures(self, tmp_path: Path) -> None:
        assert evaluate_skills(tmp_path) == {}

    def test_labels_outside_the_list_do_not_count(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.csv"
        file.write_text("sentence,label\nA,b\nA,c\nB,d\n")
        assert read_sentences(file, {"b": 4, "c": 5}).right == {"A": {4, 5}}

    @pytest.mark.parametrize(
        ("content", "said"), [("sentence,skill\nA,b\n", "label"), ("sentence,label\nA,x\n", "none")]
    )
    def test_a_file_that_cannot_be_used_says_why(self, tmp_path: Path, content: str, said: str) -> None:
        file = tmp_path / "mine.csv"
        file.write_text(content)
        with pytest.raises(UnusableSentences, match=said):
            read_sentences(file, {"b": 0})


class TestFittedWeights:
    def test_what_tells_right_names_weighs_more_and_no_sentence_is_measured_by_weights_fitted_to_it(self) -> None:
        chance = np.random.default_rng(1)
        sentences = []
        for _ in range(12):
            rows = chance.random((6, 600)) / 2
            right = frozenset(chance.choice(600, 2, replace=False).tolist())
            rows[4, list(right)] += 0.5  # BM25 alone knows them
            sentences.append(candidates(Features(*rows.astype(np.float32)), right))
        weights = fitted(sentences)
        assert weights[4] > SHIPPED[4]
        shipped = np.mean(precision(sentences, SHIPPED))
        assert cross_validated({"one": sentences[:6], "two": sentences[6:]})["two"] > shipped
