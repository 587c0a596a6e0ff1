"""Drafted questions are about what a match leaves open, and none is drafted twice."""

from typing import Any

from sourcing.drafting import Draftable, draft_plainly

MATCH: dict[str, Any] = {
    "asker": "owner",
    "project": "A web shop",
    "required_skills": ["Python"],
    "missing_skills": ["NATS", "Docker"],
    "min_years": 5.0,
    "years_of_experience": None,
    "remote": False,
    "location": None,
    "max_rate": None,
    "asked": [],
}


def drafts(count: int, **changes: Any) -> list[str]:
    asked: list[str] = []
    for _ in range(count):
        asked.append(draft_plainly(Draftable(**{**MATCH, **changes, "asked": asked})).question)
    return asked


def test_an_owner_asks_of_missing_skills_then_of_years() -> None:
    first, second, third, last = drafts(4)
    assert first == "Your profile does not name NATS and Docker. What experience do you have with these?"
    assert second == "We look for 5 years of experience. How many do you have?"
    assert "When could you start" in third
    assert drafts(6)[3:] == [last] * 3


def test_a_freelancer_asks_of_what_the_project_leaves_open() -> None:
    assert drafts(2, asker="freelancer") == [
        "Where is the work to be done?",
        "What budget do you have in mind for this?",
    ]
    assert "which skills" in drafts(1, asker="freelancer", required_skills=[])[0].lower()
