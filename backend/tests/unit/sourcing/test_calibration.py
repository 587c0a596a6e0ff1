"""Confidence: a prior that is the score, then what answers say, which nobody can drag away."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing.calibration import PRIOR, Calibration, Outcome, account_weights, fit

Truth = Callable[[float], float]

TRUTHS: dict[str, Truth] = {
    "seldom": lambda score: 0.05 + 0.3 * score**2,
    "steep": lambda score: 1 / (1 + math.exp(-10 * (score - 0.6))),
    "generous": lambda score: 0.4 + 0.5 * score,
    "the prior": lambda score: score,
}
SCORES = [number / 50 for number in range(1, 51)]


def answered(truth: Truth, count: int, seed: int = 1, accounts: int = 200) -> list[Outcome]:
    """Answers of many accounts, each a yes as likely as the truth says."""
    chance = random.Random(seed)
    scores = [chance.betavariate(2, 2) for _ in range(count)]
    return [
        Outcome(f"a{number % accounts}", score, chance.random() < truth(score)) for number, score in enumerate(scores)
    ]


def off(calibration: Calibration, truth: Truth, scores: list[float]) -> float:
    """The mean distance of confidence and truth over scores as they occur: the expected calibration error itself."""
    return sum(abs(calibration.confidence(score) - truth(score)) for score in scores) / len(scores)


class TestConvergence:
    """Against a truth that is known."""

    @pytest.mark.parametrize("name", TRUTHS)
    def test_after_two_thousand_answers_it_is_off_by_at_most_five_hundredths(self, name: str) -> None:
        outcomes = answered(TRUTHS[name], 2000)
        found = fit(outcomes, 1)
        assert off(found.calibration, TRUTHS[name], [outcome.score for outcome in outcomes]) <= 0.05
        assert found.error <= 0.05
        assert (found.outcomes, found.accounts) == (2000, 200)

    def test_the_reported_error_sees_a_calibration_that_cannot_follow(self) -> None:
        falling = fit(answered(lambda score: 1 - score, 2000), 1)
        assert falling.error > 0.1

    def test_few_answers_move_it_little(self) -> None:
        found = fit([Outcome("one", 0.8, False), Outcome("two", 0.7, False)], 1).calibration
        assert off(found, PRIOR.confidence, SCORES) < 0.1


class TestHostility:
    """One account against all others."""

    @pytest.mark.parametrize("accepted", [True, False])
    def test_one_account_with_ten_thousand_answers_moves_it_by_at_most_two_hundredths(self, accepted: bool) -> None:
        truth = TRUTHS["seldom"]
        honest = answered(truth, 2000)
        hostile = [Outcome("hostile", (number % 100) / 100, accepted) for number in range(10_000)]
        before, after = fit(honest, 1).calibration, fit(honest + hostile, 2).calibration
        assert max(abs(before.confidence(score) - after.confidence(score)) for score in SCORES) <= 0.02

    def test_an_account_weighs_its_bound_at_most(self) -> None:
        outcomes = answered(TRUTHS["seldom"], 2000) + [Outcome("hostile", 0.9, False)] * 10_000
        weights = account_weights(outcomes)
        assert sum(weights[2000:]) <= 0.0055 * sum(weights)
        assert set(weights[:2000]) == {1.0}


class TestTheMap:
    """What every version keeps."""

    @given(st.floats(0, 1))
    def test_the_prior_is_the_score(self, score: float) -> None:
        assert PRIOR.confidence(score) == score

    @settings(max_examples=25)
    @given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
    def test_whatever_was_answered_confidences_rank_as_scores_do(self, answers: list[tuple[float, bool]]) -> None:
        found = fit([Outcome(str(number), *answer) for number, answer in enumerate(answers)], 1).calibration
        confidences = [found.confidence(score) for score in SCORES]
        assert confidences == sorted(confidences)
        assert len(set(confidences)) == len(SCORES)
        assert all(0 < confidence < 1 for confidence in confidences)
        assert found.confidence(0.0) == 0

    def test_nothing_to_fit_to_is_said(self) -> None:
        with pytest.raises(ValueError, match="there are none"):
            fit([], 1)
