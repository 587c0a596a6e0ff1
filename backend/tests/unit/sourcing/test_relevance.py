"""Texts are ranked by words, meaning, titles, skills and the explained score together; none outvotes the others."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from sourcing.relevance import MOST_WINDOWS, WINDOW_WORDS, Collection, Document, fused, read_document, windows
from sourcing.scoring import Candidate, Requirements
from sourcing.words import BM25, words_of

DIRECTIONS = np.eye(4, dtype=np.float32)


def cv(text: str, direction: int = 0, skill: str = "python") -> Document:
    row = DIRECTIONS[[direction]]
    candidate = Candidate.model_validate({"skills": [{"id": skill, "name": skill}]})
    return Document(words_of(text), row, row, frozenset([skill]), candidate)


def project(text: str, direction: int = 0, skill: str = "Python") -> Document:
    row = DIRECTIONS[[direction]]
    requirements = Requirements(required_skills=[skill])
    return Document(words_of(text), row, row, frozenset([skill.lower()]), requirements)


class TestCollection:
    @pytest.mark.parametrize(
        "right",
        [
            {"text": "snakes and pipelines"},
            {"direction": 1},
            {"skill": "rust"},
        ],
    )
    def test_each_signal_alone_decides_when_the_others_are_equal(self, right: dict[str, Any]) -> None:
        """In both directions."""
        text, direction, skill = right.get("text", "work"), right.get("direction", 0), right.get("skill", "python")
        others = [cv("work") for _ in range(4)]
        query = project(text, direction, skill.capitalize())
        ranked = Collection([*others, cv(text, direction, skill)], [query]).relevance(query)
        assert int(np.argmax(ranked)) == 4
        backwards = [project("work") for _ in range(4)]
        asker = cv(text, direction, skill)
        ranked = Collection([*backwards, query], [asker]).relevance(asker)
        assert int(np.argmax(ranked)) == 4

    def test_a_text_that_is_near_to_everything_gains_nothing_by_it(self) -> None:
        queries = [project("work", direction) for direction in range(4)]
        everywhere = Document(["work"], DIRECTIONS, DIRECTIONS[[0]], frozenset(["python"]), cv("work").reading)
        signal = Collection([cv("work", 1), everywhere], queries).signals(queries[1])["meaning"]
        assert signal[0] > signal[1]

    def test_two_texts_of_one_kind_are_not_compared(self) -> None:
        with pytest.raises(TypeError):
            Collection([cv("work")], []).relevance(cv("work"))


class TestFusion:
    def test_a_signal_that_says_the_same_of_all_says_nothing(self) -> None:
        assert fused({"words": np.array([5.0, 5.0]), "score": np.array([0.1, 0.2])}).tolist() == pytest.approx(
            [-0.5, 0.5]
        )

    def test_the_scale_of_a_signal_does_not_matter(self) -> None:
        small, large = (fused({"words": np.array([1.0, 2.0, 4.0]) * scale}) for scale in (1.0, 1e6))
        assert small.tolist() == pytest.approx(large.tolist())


class TestWords:
    def test_rare_words_count_more_and_endings_little(self) -> None:
        documents = [words_of(text) for text in ("Developing services", "The cook cooks", "A developer of services")]
        scores = BM25(documents).scores(words_of("develop a service, cooked"))
        assert scores[1] > scores[0] > 0
        assert words_of("Developing developers' services, C++ and C#") == ["develop", "develop", "servic", "c++", "c#"]

    def test_of_few_documents_the_background_says_what_is_rare(self) -> None:
        documents, background = [["python", "work"], ["cook", "work"]], [["work"], ["cook"], ["cook"], ["cook"]]
        python, cook = (BM25(documents, background).scores([word]) for word in ("python", "cook"))
        assert max(python) > max(cook) > 0

    def test_a_long_text_is_read_from_beginning_to_end_in_so_many_windows(self) -> None:
        words = [str(number) for number in range(40 * WINDOW_WORDS)]
        found = windows(" ".join(words))
        assert len(found) == MOST_WINDOWS
        assert found[0].split()[0] == "0"
        assert windows("") == [""]


class TestReading:
    def test_a_projects_title_is_compared_without_its_terms_of_engagement(self) -> None:
        plain, engaged = (
            read_document(f"{title}\n\nMenus.", "project", date(2026, 11, 1))
            for title in ("Head chef", "Interim head chef - 6 months, on-site")
        )
        assert float((plain.titles @ engaged.titles.T).max()) == pytest.approx(1, abs=1e-3)
