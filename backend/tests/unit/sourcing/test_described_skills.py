"""Skills that a text describes are found by meaning, and sentences rank the names of any list."""

import numpy as np
import pytest

from sourcing.skill_ranking import SkillRanking, windows_of
from sourcing.skills import find_skills

NAMES = ("manage staff", "weld pipes", "teach history", "C# (computer programming)")


@pytest.fixture(scope="module")
def ranking() -> SkillRanking:
    return SkillRanking(NAMES)


class TestRanking:
    @pytest.mark.parametrize(
        ("sentence", "best"),
        [
            ("You lead a team of forty employees.", "manage staff"),
            ("Joining of steel tubes by arc", "weld pipes"),
            ("He taught pupils about the Roman empire", "teach history"),
            ("We write C# all day", "C# (computer programming)"),
        ],
    )
    def test_the_name_that_a_sentence_means_comes_first(self, ranking: SkillRanking, sentence: str, best: str) -> None:
        (features,) = ranking.features([sentence])
        assert NAMES[int(np.argmax(features.score()))] == best

    def test_a_name_that_stands_in_the_sentence_is_literally_there_in_any_inflection(
        self, ranking: SkillRanking
    ) -> None:
        (features,) = ranking.features(["Managing staff, not welding"])
        assert features.literal.tolist() == [1, 0, 0, 0]
        assert features.covered[0] == 1

    def test_sentences_do_not_depend_on_each_other(self, ranking: SkillRanking) -> None:
        alone = next(ranking.features(["teach history"])).score()
        for features in ranking.features(["weld pipes", "teach history", ""]):
            assert features.score().shape == (len(NAMES),)
        assert np.allclose(list(ranking.features(["", "teach history"]))[1].score(), alone, atol=1e-4)

    def test_windows_neither_begin_nor_end_with_a_word_of_no_meaning(self) -> None:
        assert windows_of("the care of horses (and dogs).") == [
            "care",
            "care of horses",
            "horses",
            "horses and dogs",
            "dogs",
        ]


class TestDescribedSkills:
    SENTENCE = "Handled the complaints of customers on the telephone every day."
    TEXT = f"PROFILE\nI use Python.\n{SENTENCE}\nI like tea very much indeed."

    def test_what_is_described_is_found_with_its_sentence_and_a_lower_confidence(self) -> None:
        named = find_skills(self.TEXT)
        described = find_skills(self.TEXT, described=True)
        assert described[: len(named)] == named
        (found,) = described[len(named) :]
        assert (found.id, found.method) == ("handle-customer-complaints", "meaning")
        assert found.evidence == self.SENTENCE
        assert self.TEXT[found.offset :].startswith(self.SENTENCE)
        assert 0.5 < found.confidence <= 0.8

    def test_what_is_denied_is_not_described(self) -> None:
        text = "No experience with recruiting employees and hiring them"
        assert find_skills(text, described=True) == []
