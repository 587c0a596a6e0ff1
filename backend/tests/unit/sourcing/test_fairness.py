"""Name, gender, age, photo, nationality and address enter no score: swapped in every CV, rankings stand."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sourcing.documents import extract_text
from sourcing.profiles import read_profile
from sourcing.scoring import Candidate, Match, Requirements, score

DEMO = Path(__file__).resolve().parents[4] / "demo"
TODAY = date(2026, 11, 1)
PROJECTS = sorted(path.name for path in (DEMO / "projects").glob("*.json"))

PERSONS = {
    "a young woman": """Aisha Rahman-Okafor
Gender: female | Date of birth: 3 May 2001 | Nationality: Nigerian | Marital status: single
Address: 14 Harbour Row, Lagos
Photo: aisha.jpg
""",
    "an old man": """Dr. Wolfgang-Dieter von Hohenstein
Gender: male | Date of birth: 9 January 1958 | Nationality: German | Marital status: married, four children
Address: Am Schlossgarten 1, 70173 Stuttgart
Photo: portrait.png
""",
    "somebody with a technical name": """Ruby Jenkins
Gender: non-binary | Date of birth: 7 July 1990 | Nationality: Irish | Marital status: single
Address: 3 Docker Lane, Oracle
Photo: me.jpg
""",
}


@cache
def texts() -> dict[str, str]:
    """Every CV of the demo, without the line that holds its person's name."""
    files = sorted(path for path in (DEMO / "cvs").iterdir() if path.is_file() and path.suffix in {".txt", ".md"})
    read = {path.name: extract_text(path.read_bytes(), path.name).text for path in files}
    return {name: text.split("\n", 1)[1] for name, text in read.items()}


def ranking(project: str, person: str) -> list[tuple[str, Match]]:
    """All CVs as if they were that person's, best first, with all that the score says."""
    posted = json.loads((DEMO / "projects" / project).read_text())["project"]
    asked = Requirements.model_validate(posted["requirements"] | {"title": posted["title"]})
    matches = {
        name: score(asked, Candidate.model_validate(read_profile(PERSONS[person] + text, TODAY).model_dump()))
        for name, text in texts().items()
    }
    return sorted(matches.items(), key=lambda pair: (-pair[1].score, pair[0]))


@pytest.mark.parametrize("project", PROJECTS)
def test_whoever_the_person_is_the_ranking_stands(project: str) -> None:
    rankings = [[(name, _without_sentences(match)) for name, match in ranking(project, each)] for each in PERSONS]
    assert len(rankings[0]) >= 8
    assert any(match["score"] > 0.3 for _, match in rankings[0])
    for other in rankings[1:]:
        assert other == rankings[0]


def test_a_project_that_asks_for_a_place_sees_the_place_of_work_alone() -> None:
    asked = Requirements(required_skills=["Python"], remote=False, location="Stuttgart")
    skills = [{"id": "python", "name": "Python"}]
    lives_there = {"skills": skills, "address": "70173 Stuttgart", "nationality": "German", "location": None}
    lives_elsewhere = {"skills": skills, "address": "Lagos", "nationality": "Nigerian", "location": None}
    works_there = {"skills": skills, "address": "Lagos", "location": "Stuttgart"}
    scores = [
        score(asked, Candidate.model_validate(each)).score for each in (lives_there, lives_elsewhere, works_there)
    ]
    assert scores[0] == scores[1] < scores[2]


def _without_sentences(match: Match) -> dict[str, Any]:
    """What the score says, less the sentences that are shown for it."""
    told = match.model_dump()
    for part in told["parts"]:
        for evidence in part["evidence"]:
            del evidence["sentence"]
    return told
