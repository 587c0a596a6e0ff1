"""Gathering requirements: field by field, until nothing is open; the same for the same words."""

from typing import Any

import pytest

from sourcing.gathering import (
    NAMES,
    QUESTIONS,
    Asking,
    Gathering,
    Known,
    OwnersMessage,
    Understood,
    advanced,
    is_yes,
)
from sourcing.owners_message import read_message


def said(gathering: Gathering, message: str) -> tuple[Gathering, str]:
    return advanced(
        gathering, read_message(OwnersMessage(known=gathering.known, asking=gathering.asking, message=message))
    )


def talked(*messages: str) -> tuple[Gathering, str]:
    gathering, reply = Gathering(), ""
    for message in messages:
        gathering, reply = said(gathering, message)
    return gathering, reply


def read(asking: Asking, message: str) -> dict[str, Any]:
    found = read_message(OwnersMessage(known=Known(), asking=asking, message=message))
    return found.model_dump(exclude_defaults=True)


class TestConversation:
    """What is missing is asked for, in order."""

    def test_each_field_is_asked_for_until_all_are_settled(self) -> None:
        gathering, reply = talked(
            "A web shop",
            "Somebody is to build it.",
            "Python, PostgreSQL",
            "none",
            "3",
            "German C1 and English",
            "no",
            "Bern",
            "95",
        )
        assert gathering.asking == "confirmation"
        assert gathering.known.model_dump() == {
            "title": "A web shop",
            "description": "Somebody is to build it.",
            "required_skills": ["Python", "PostgreSQL"],
            "wished_skills": None,
            "min_years": 3.0,
            "languages": ["German C1", "English"],
            "remote": False,
            "location": "Bern",
            "max_rate": 95.0,
        }
        assert "required skills: Python, PostgreSQL" in reply
        assert reply.endswith('Say "yes", or what to change.')

    def test_the_questions_come_in_the_order_of_the_fields(self) -> None:
        gathering = Gathering()
        for name in NAMES:
            assert gathering.asking == name
            answer = {"title": "T", "description": "Do it.", "remote": "no"}.get(name, "none")
            gathering, _ = said(gathering, answer)
        assert gathering.open == []

    def test_a_description_is_read_as_a_posted_project_is(self) -> None:
        text = "We need at least five years of Python. Docker is not required.\n\nWhat we offer\nA course in Scrum."
        found = read("description", text)
        assert (found["required_skills"], found["min_years"]) == (["Python"], 5.0)
        assert "wished_skills" not in found

    def test_a_description_that_names_skills_and_years_saves_questions(self) -> None:
        text = "We need 5 years of Python and PostgreSQL. Experience with Docker would be a plus."
        gathering, reply = talked("A web shop", text)
        assert gathering.known.required_skills == ["Python", "PostgreSQL"]
        assert gathering.known.wished_skills == ["Docker"]
        assert (gathering.known.min_years, gathering.asking) == (5.0, "languages")
        assert reply == QUESTIONS["languages"]

    def test_a_remote_project_has_no_place(self) -> None:
        gathering, _ = said(Gathering(known=Known(title="T"), asking="remote"), "yes, from anywhere")
        assert "location" not in gathering.open

    def test_an_answer_that_is_none_is_asked_for_again_with_a_hint(self) -> None:
        before = Gathering(known=Known(title="T", description="D", required_skills=["Python"]), asking="min_years")
        before.declined = ["wished_skills"]
        gathering, reply = said(before, "quite a few")
        assert gathering.asking == "min_years"
        assert reply == f"I need a number of years from 0 to 80. {QUESTIONS['min_years']}"

    def test_a_field_can_be_named_at_any_time(self) -> None:
        whole, _ = talked("A", "B", "Python", "none", "none", "none", "yes", "none")
        assert whole.asking == "confirmation"
        gathering, reply = said(whole, "title: A better name\nmax rate: 80\nwished skills: Docker")
        assert (gathering.known.title, gathering.known.max_rate) == ("A better name", 80.0)
        assert gathering.known.wished_skills == ["Docker"]
        assert gathering.declined == ["min_years", "languages"]
        assert "title: A better name" in reply

    def test_at_the_end_other_words_change_nothing(self) -> None:
        whole, _ = talked("A", "B", "Python", "none", "none", "none", "yes", "none")
        gathering, reply = said(whole, "hm")
        assert gathering == whole
        assert reply.startswith("Say what to change")


class TestReading:
    """One message, plainly."""

    @pytest.mark.parametrize(
        ("asking", "message", "found"),
        [
            ("title", "A shop\nIt sells cups.", {"title": "A shop", "description": "It sells cups."}),
            ("required_skills", "- Python\n- Git\n", {"required_skills": ["Python", "Git"]}),
            ("wished_skills", "keine", {"declined": ["wished_skills"]}),
            ("min_years", "at least 5 years", {"min_years": 5.0}),
            ("min_years", "egal", {"declined": ["min_years"]}),
            ("remote", "On-site, please", {"remote": False}),
            ("remote", "Ja, remote geht", {"remote": True}),
            ("remote", "perhaps", {}),
            ("location", "none", {"declined": ["location"]}),
            ("max_rate", "95,50 an hour", {"max_rate": 95.5}),
        ],
    )
    def test_it_is_understood(self, asking: Asking, message: str, found: dict[str, Any]) -> None:
        assert read(asking, message) == found

    @pytest.mark.parametrize("message", ["yes", "Yes!", "ok, post it", "Ja, passt.", "looks good, thanks"])
    def test_a_yes_is_a_yes(self, message: str) -> None:
        assert is_yes(message)

    @pytest.mark.parametrize("message", ["yes, but change the title", "no", "", "yesterday", "not yet", "title: yes"])
    def test_anything_more_is_none(self, message: str) -> None:
        assert not is_yes(message)


class TestUnderstanding:
    """Whoever read the message, only what is valid is taken, each field by itself."""

    def test_invalid_values_are_left_out_and_valid_ones_taken(self) -> None:
        understood = Understood(
            title="T" * 201,
            description="D",
            required_skills=["Python", " ", "Python", "S" * 50],
            min_years=-1,
            max_rate=10.0,
            location="Bern\x00\n3000",
        )
        gathering, _ = advanced(Gathering(), understood)
        assert gathering.known.model_dump(exclude_none=True) == {
            "description": "D",
            "required_skills": ["Python", "S" * 50],
            "max_rate": 10.0,
            "location": "Bern 3000",
        }
        assert gathering.asking == "title"

    def test_the_next_question_is_ours_whatever_was_said_before_it(self) -> None:
        _, reply = advanced(Gathering(), Understood(title="T", reply="Good name."))
        assert reply == f"Good name. {QUESTIONS['description']}"

    def test_a_title_cannot_be_declined(self) -> None:
        gathering, _ = advanced(Gathering(), Understood(declined=["title", "location"]))
        assert (gathering.asking, gathering.declined) == ("title", ["location"])
