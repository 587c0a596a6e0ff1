"""A match: a score taken apart, and the probability that follows from it."""

from pydantic import BaseModel

from sourcing.calibration import Calibration
from sourcing.evidence import Evidence

DIGITS = 6


class Part(BaseModel):
    """One part of a score: its share of the whole, its own value from 0 to 1, why in words, and the evidence for it."""

    name: str
    weight: float
    value: float
    explanation: str
    evidence: list[Evidence] = []


class Improvement(BaseModel):
    """What confirming one missing skill would add: `points` to the score, `adds` to the confidence.

    `nearest` is what comes nearest to it, `nearness` how near where that counts. A confidence does not grow evenly with
    its score: `adds` is the skill's part of what confirming all that is missing adds.
    """

    skill: str
    points: float = 0.0
    adds: float = 0.0
    nearest: str | None = None
    nearness: float | None = None


class Match(BaseModel):
    """A score, taken apart. `missing_skills` are names, required ones first; `calibration` is the version in force."""

    score: float = 0.0
    match_confidence: float = 0.0
    improvement_potential: float = 0.0
    missing_skills: list[str] = []
    improvements: list[Improvement] = []
    parts: list[Part] = []
    reasons: list[str] = []
    calibration: int = 0


def calibrated(match: Match, calibration: Calibration) -> Match:
    """Return the match with the probabilities that follow from its score and its improvements' points."""
    points = sum(improvement.points for improvement in match.improvements)
    now = calibration.confidence(match.score)
    potential = calibration.confidence(min(1.0, match.score + points)) - now
    each = potential / points if points else 0.0
    return match.model_copy(
        update={
            "score": _bounded(match.score),
            "match_confidence": _bounded(now),
            "improvement_potential": _bounded(potential),
            "missing_skills": [improvement.skill for improvement in match.improvements],
            "improvements": [
                improvement.model_copy(update={"adds": improvement.points * each}) for improvement in match.improvements
            ],
            "calibration": calibration.version,
        }
    )


def _bounded(value: float) -> float:
    """Within 0 and 1 also after rounding in the last digits."""
    return round(min(1.0, max(0.0, value)), DIGITS)
