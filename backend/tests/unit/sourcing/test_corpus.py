"""The demo's corpus, read and scored as the platform does it."""

import importlib.util
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sourcing.documents import extract_text
from sourcing.profiles import ReadProfile, read_profile
from sourcing.scoring import Candidate, Requirements, score

DEMO = Path(__file__).resolve().parents[4] / "demo"
TODAY = date(2026, 11, 1)
PROJECTS = sorted(path.stem for path in (DEMO / "projects").glob("*.json"))


@cache
def profiles() -> dict[str, ReadProfile]:
    files = sorted(path for path in (DEMO / "cvs").iterdir() if path.is_file())
    return {path.name: read_profile(extract_text(path.read_bytes(), path.name).text, TODAY) for path in files}


def project(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DEMO / "projects" / f"{name}.json").read_text())
    return document


@cache
def ranking(name: str) -> list[str]:
    """The CVs, best first."""
    asked = Requirements.model_validate(project(name)["project"]["requirements"])
    scores = {
        cv: score(asked, Candidate.model_validate(profile.model_dump())).match_confidence
        for cv, profile in profiles().items()
    }
    return sorted(scores, key=lambda cv: (-scores[cv], cv))


class TestTheCorpus:
    """Enough CVs of enough kinds, every one of them read."""

    def test_there_are_enough_of_each_format(self) -> None:
        suffixes = [Path(name).suffix for name in profiles()]
        assert len(suffixes) >= 14
        assert suffixes.count(".pdf") >= 4
        assert suffixes.count(".docx") >= 4
        assert suffixes.count(".txt") + suffixes.count(".md") >= 4

    @pytest.mark.parametrize("name", sorted(path.name for path in (DEMO / "cvs").iterdir() if path.is_file()))
    def test_every_cv_gives_a_whole_profile(self, name: str) -> None:
        profile = profiles()[name]
        assert profile.headline
        assert profile.summary
        assert len(profile.skills) >= 6
        assert profile.years_of_experience
        assert profile.education
        assert len(profile.positions) >= 2
        assert all(position.title for position in profile.positions)
        assert len(profile.languages) >= 2
        assert all(language.level for language in profile.languages)

    def test_the_written_files_are_what_their_sources_say(self, tmp_path: Path) -> None:
        for written in _write_cvs(tmp_path):
            committed = DEMO / "cvs" / written.name
            texts = [extract_text(path.read_bytes(), path.name).text for path in (written, committed)]
            assert texts[0] == texts[1], written.name

    def test_the_same_sources_give_the_same_bytes(self, tmp_path: Path) -> None:
        first, second = ([path.read_bytes() for path in _write_cvs(tmp_path)] for _ in range(2))
        assert first == second


class TestTheRanking:
    """The three CVs that a reader put on top of each project come out on top."""

    @pytest.mark.parametrize("name", PROJECTS)
    def test_the_expected_three_are_the_first_three(self, name: str) -> None:
        assert set(ranking(name)[:3]) == set(project(name)["expected"])

    def test_projects_are_ranked_differently(self) -> None:
        assert len(PROJECTS) == 4
        assert len({tuple(ranking(name)) for name in PROJECTS}) == len(PROJECTS)
        assert len({cv for name in PROJECTS for cv in ranking(name)[:3]}) == 12

    @pytest.mark.parametrize("name", PROJECTS)
    def test_somebody_else_comes_near_enough_for_a_real_choice(self, name: str) -> None:
        asked = Requirements.model_validate(project(name)["project"]["requirements"])
        fourth = profiles()[ranking(name)[3]]
        assert score(asked, Candidate.model_validate(fourth.model_dump())).match_confidence > 0.3


def _write_cvs(folder: Path) -> list[Path]:
    spec = importlib.util.spec_from_file_location("write_cvs", DEMO / "write_cvs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written: list[Path] = module.write_all(folder)
    return written
