"""From a score to a probability: what `match_confidence` says, and how that is learned from answers.

`match_confidence` is the probability that whoever is asked about a match (the freelancer, or the project's owner) says
yes. Until enough have answered it is a prior: the score itself, read as a probability. From then on it is the beta
calibration of Kull, Silva Filho and Flach (2017), fitted to the answers:

    log(p / (1 - p)) = c + a * log(s) - b * log(1 - s)        with s = 0.01 + 0.98 * score

The prior is a = b = 1, c = 0. Both slopes stay above nought, so that confidences rank as scores do, whatever is
fitted; a score of 0 stays a confidence of 0. The fit minimises the weighted logarithmic loss plus a penalty on the
distance from the prior, which weighs as much as some forty answers: few answers move it little.

Nobody can drag it away: an account's answers weigh one each up to a bound, and beyond it they share that bound. The
bound is ten answers, or a two-hundredth of what all accounts would weigh with ten each, whichever is more.

The calibration error is the expected one (Naeini, Cooper and Hauskrecht 2015) over ten bins of equal weight, of
confidences that were fitted without the accounts they are measured on (five folds).
"""

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MARGIN = 0.01
PRIOR_PENALTY = 10.0
LEAST_SLOPE = 0.05
ANSWERS_OF_AN_ACCOUNT = 10.0
SHARE_OF_AN_ACCOUNT = 0.005
BINS = 10
FOLDS = 5
STEPS = 50
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer: whose, to a match of which score, and whether it was a yes."""

    account_id: str
    score: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """A version of the map from scores to probabilities; version 0 is the prior."""

    version: int = 0
    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def confidence(self, score: float) -> float:
        """Return the probability of a yes at a score from 0 to 1."""
        if self.version == 0 or score <= 0.0:
            return score
        inside = MARGIN + (1.0 - 2.0 * MARGIN) * min(score, 1.0)
        return 1.0 / (1.0 + math.exp(-(self.c + self.a * math.log(inside) - self.b * math.log(1.0 - inside))))


PRIOR = Calibration()


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: what was predicted on the mean, how many said yes, and their share of all weight."""

    predicted: float
    observed: float
    share: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted calibration, what it was fitted to, and how far it is off."""

    calibration: Calibration
    outcomes: int
    accounts: int
    error: float
    bins: tuple[Bin, ...]


def fit(outcomes: Sequence[Outcome], version: int) -> Fit:
    """Fit a version to answers. Takes time: for a thread.

    Raises:
        ValueError: there are no answers.
    """
    if not outcomes:
        raise ValueError("a calibration is fitted to answers, and there are none")
    import numpy as np

    scores = np.array([outcome.score for outcome in outcomes])
    accepted = np.array([float(outcome.accepted) for outcome in outcomes])
    weights = np.array(account_weights(outcomes))
    folds = np.array([zlib.crc32(outcome.account_id.encode()) % FOLDS for outcome in outcomes])
    predicted = np.empty_like(scores)
    for fold in range(FOLDS):
        inside, outside = folds == fold, folds != fold
        unseen = _fitted(scores[outside], accepted[outside], weights[outside], version)
        predicted[inside] = [unseen.confidence(score) for score in scores[inside]]
    bins = reliability(predicted, accepted, weights)
    return Fit(
        calibration=_fitted(scores, accepted, weights, version),
        outcomes=len(outcomes),
        accounts=len({outcome.account_id for outcome in outcomes}),
        error=expected_error(bins),
        bins=bins,
    )


def account_weights(outcomes: Sequence[Outcome]) -> list[float]:
    """Return what each answer weighs: one, or its part of what its account may weigh at most."""
    answers = Counter(outcome.account_id for outcome in outcomes)
    everybody = sum(min(float(count), ANSWERS_OF_AN_ACCOUNT) for count in answers.values())
    bound = max(ANSWERS_OF_AN_ACCOUNT, SHARE_OF_AN_ACCOUNT * everybody)
    return [min(1.0, bound / answers[outcome.account_id]) for outcome in outcomes]


def reliability(predicted: "Floats", accepted: "Floats", weights: "Floats") -> tuple[Bin, ...]:
    """Return what was predicted beside what came, in bins of equal weight by prediction."""
    import numpy as np

    order = np.argsort(predicted, kind="stable")
    passed = np.cumsum(weights[order]) - weights[order] / 2.0
    numbers = np.minimum((passed / weights.sum() * BINS).astype(int), BINS - 1)
    bins = []
    for number in range(BINS):
        members = order[numbers == number]
        weight = float(weights[members].sum())
        if weight:
            mean = float(weights[members] @ predicted[members]) / weight
            rate = float(weights[members] @ accepted[members]) / weight
            bins.append(Bin(round(mean, 4), round(rate, 4), round(weight / float(weights.sum()), 4)))
    return tuple(bins)


def expected_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean distance of prediction and rate, by weight."""
    return sum(each.share * abs(each.predicted - each.observed) for each in bins) / sum(each.share for each in bins)


def _fitted(scores: "Floats", accepted: "Floats", weights: "Floats", version: int) -> Calibration:
    """The fit with slopes above nought: one that would fall below is held at the least slope, and the rest fitted."""
    import numpy as np

    inside = MARGIN + (1.0 - 2.0 * MARGIN) * np.clip(scores, 0.0, 1.0)
    features = np.stack([np.log(inside), -np.log(1.0 - inside), np.ones_like(inside)], axis=1)
    prior = np.array([1.0, 1.0, 0.0])
    parameters, free = prior.copy(), np.array([True, True, True])
    while True:
        parameters = _newton(features, accepted, weights, parameters, prior, free)
        low = free & (parameters < LEAST_SLOPE) & np.array([True, True, False])
        if not low.any():
            a, b, c = (float(value) for value in parameters)
            return Calibration(version, a, b, c)
        parameters[low], free = LEAST_SLOPE, free & ~low


def _newton(
    features: "Floats",
    accepted: "Floats",
    weights: "Floats",
    start: "Floats",
    prior: "Floats",
    free: "NDArray[np.bool_]",
) -> "Floats":
    """Newton's method on a convex loss, over the free parameters; a step that does not help is halved."""
    import numpy as np

    def loss(parameters: "Floats") -> float:
        odds = features @ parameters
        distance = parameters - prior
        return float(weights @ (np.logaddexp(0.0, odds) - accepted * odds) + PRIOR_PENALTY / 2 * distance @ distance)

    parameters, chosen = start.copy(), features[:, free]
    for _ in range(STEPS):
        likely = 1.0 / (1.0 + np.exp(-(features @ parameters)))
        gradient = chosen.T @ (weights * (likely - accepted)) + PRIOR_PENALTY * (parameters - prior)[free]
        curvature = (chosen * (weights * likely * (1.0 - likely))[:, None]).T @ chosen
        step = np.zeros_like(parameters)
        step[free] = np.linalg.solve(curvature + PRIOR_PENALTY * np.eye(int(free.sum())), gradient)
        while loss(parameters - step) > loss(parameters) and np.abs(step).max() > TOLERANCE:
            step /= 2.0
        parameters = parameters - step
        if np.abs(step).max() < TOLERANCE:
            break
    return parameters
