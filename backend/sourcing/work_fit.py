"""What a freelancer works as, beside what a project is called: their nearest title, and how near it is.

The part says nothing where either side names no work that the list of skills has words for; then it is left out.
"""

from sourcing.asked import Requirements
from sourcing.candidates import Candidate
from sourcing.evidence import Evidence

NOT_NEAR = 0.2
"""How near two titles may be without having to do with each other."""


def work(requirements: Requirements, candidate: Candidate) -> tuple[str, list[Evidence]] | None:
    """Return how near the freelancer's work is to the project's title, in words and as evidence; `None`: unknown."""
    if not requirements.title_words or not candidate.titles:
        return None
    from sourcing.title_vectors import title_nearness  # with numpy, which start-up can do without

    near = {title: title_nearness(requirements.title_words, words) for title, words in candidate.titles.items()}
    title = max(near, key=lambda title: near[title])
    credit = max(0.0, (near[title] - NOT_NEAR) / (1.0 - NOT_NEAR))
    evidence = Evidence(
        asked=requirements.title,
        credit=credit,
        how="near" if credit else "not_met",
        has=title,
        nearness=round(near[title], 4),
    )
    return f"Title {title}: {'near to' if credit else 'not near to'} {requirements.title}.", [evidence]
