"""What others report for TECH and HOUSE (Decorte et al. 2022), to be printed beside our own figures.

They are of the benchmark's test parts, ours of whatever sentences are given: they say which region is good, not who is
better. Both were read where WorkRB quotes the papers (github.com/techwolf-ai/workrb, `tests/test_models/`).
"""

from typing import NamedTuple


class Published(NamedTuple):
    """RP@5 and MRR of a method on a test part, and the paper that reports them."""

    method: str
    paper: str
    rp5: float
    mrr: float


PUBLISHED = {
    "tech": (
        Published("ConTeXT-match", "Decorte et al. 2025, arXiv:2505.24640", 0.640, 0.632),
        Published("curriculum bi-encoder", "Bielinski and Brazier 2025, CEUR 4046", 0.594, 0.573),
    ),
    "house": (Published("curriculum bi-encoder", "Bielinski and Brazier 2025, CEUR 4046", 0.491, 0.484),),
}


def published_for(stem: str) -> tuple[Published, ...]:
    """What is reported for the set that a file's name begins with: `tech_validation` is of TECH."""
    return PUBLISHED.get(stem.lower().split("_")[0], ())
