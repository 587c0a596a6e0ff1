"""Of titles, what somebody does gets into the index, and nothing of who they are."""

import pytest

from sourcing.title_words import MOST_WORDS, PROFESSIONS, title_words


def test_words_of_work_are_kept_without_their_endings() -> None:
    assert title_words(["Web developer", "Software development"]) == ("web", "develop", "softwar")


@pytest.mark.parametrize(
    ("profession", "work"),
    [
        ("Translator", "Translation"),
        ("Accountant", "Account"),
        ("Back-end developer", "API developer"),
        ("Front end", "JavaScript"),
        *PROFESSIONS.items(),
    ],
)
def test_professions_are_put_down_to_words_of_work(profession: str, work: str) -> None:
    assert title_words([profession]) == title_words([work]) != ()


@pytest.mark.parametrize(
    "title",
    ["Mandla Kowalczyk", "Zürich", "Polish", "woman", "Senior", "Catholic", "Migrant", "Immigrant", "Indian", "B. K."],
)
def test_who_somebody_is_is_left_out(title: str) -> None:
    assert title_words([title]) == ()


def test_a_word_of_work_is_left_out_where_it_is_the_persons_own_name() -> None:
    assert title_words(["Baker of bread"], "Jo Baker") == title_words(["bread"])
    assert title_words(["Baker of bread"], "Jo Smith") != title_words(["bread"])


def test_there_are_never_more_than_twenty() -> None:
    said = (
        "web data software network food water paper metal wood glass stone colour light sound music film photo text "
        * 2
    )
    said += "train plan design build test sell buy teach cook clean paint write print draw weld repair"
    assert len(title_words([said])) == MOST_WORDS
