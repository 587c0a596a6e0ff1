"""Why a part of a score has its value: each thing that was asked for, beside what the freelancer has for it."""

from typing import Literal

from pydantic import BaseModel

How = Literal[
    "confirmed", "found", "listed", "described", "near", "denied", "absent", "met", "partly_met", "not_met", "unknown"
]


class Evidence(BaseModel):
    """One thing asked for: what it counts from 0 to 1, how it is there, and what is there in its place.

    For skills `has` names the skill that counts, `nearness` says how near it is where it is another one, `sentence` is
    the CV's that names it, `years` are those of its use, `confidence` is how sure that reading of the CV is (`None`
    for what the freelancer confirmed, and where it was not kept).
    """

    asked: str
    credit: float
    how: How
    has: str | None = None
    nearness: float | None = None
    sentence: str | None = None
    years: float | None = None
    confidence: float | None = None


def mean(evidence: list[Evidence]) -> float:
    """Return what the things asked for count on the mean."""
    return sum(each.credit for each in evidence) / len(evidence)
