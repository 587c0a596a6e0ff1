"""Text in one form, whatever wrote it."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing.documents import extract_text
from sourcing.hyphens import joined
from sourcing.markdown import without_marks
from sourcing.page_layout import Word, texts_of
from sourcing.plain_text import cleaned


class TestHyphens:
    """Words that a line's end has parted are whole again; compounds keep their hyphen."""

    @pytest.mark.parametrize(
        ("parted", "whole"),
        [
            ("emer-\ngency care", "emergency care"),
            ("a state-of-the-\nart ward", "a state-of-the-art ward"),
            ("a part-\ntime post", "a part-time post"),
            ("results-\ndriven", "results-driven"),
            ("IT-\nProjekte", "IT-Projekte"),
            ("Vor-\nund Nachteile", "Vor- und Nachteile"),
            ("e-mail, then e-\nmail", "e-mail, then e-mail"),
            ("coworker and co-\nworker", "coworker and coworker"),
            ("commu\u00ad\n  nity", "community"),
            ("2019 -\npresent", "2019 -\npresent"),
            ("a list -\nof things", "a list -\nof things"),
        ],
    )
    def test_a_line_end(self, parted: str, whole: str) -> None:
        assert joined(parted) == whole


class TestUnicode:
    """Composed letters, one bullet, no look-alikes; what runs from right to left stays."""

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("Cafe\u0301 Zu\u0308rich", "Café Zürich"),
            ("o\ufb03ce \ufb02ow", "office flow"),
            ("\U0001d5e3\U0001d606thon", "Python"),
            ("co\u00ador\u200bdi\ufeffnator", "coordinator"),
            ("\uf0b7 Welding", "• Welding"),
            ("\u27a2 Welding", "• Welding"),
            ("•\nWelding", "• Welding"),
            ("English ●●●○○", "English ●●●○○"),
            ("مهندس \u200fC++\u200e برمجيات", "مهندس \u200fC++\u200e برمجيات"),
            ("\ufee3\ufeec\ufee8\ufeaa\ufeb1", "مهندس"),
            ("one\n----------\ntwo\nPage 2 of 3", "one\n\ntwo"),
            ("Seite 1 von 2\nGärtnerin", "Gärtnerin"),
        ],
    )
    def test_a_form(self, written: str, read: str) -> None:
        assert cleaned(written) == read

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=400))
    def test_any_text_comes_out_composed_and_printable(self, text: str) -> None:
        even = cleaned(text)
        assert even == unicodedata.normalize("NFC", even)
        assert all(character == "\n" or unicodedata.category(character) not in {"Cc", "Cs"} for character in even)
        even.encode()


class TestEncodings:
    """A text file is read in the encoding that its bytes speak for."""

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
    )
    def test_with_and_without_a_mark(self, encoding: str) -> None:
        text = "Zwölf Jahre als Gärtnerin in Köln"
        assert extract_text(text.encode(encoding), "cv.txt").text == text


class TestMarkdown:
    """Marks for the eye are gone, the words are there."""

    def test_a_document(self) -> None:
        text = "# Ann **Example**\n\n| From | What |\n|---|:--|\n| 2019 | *Baker* at [Mill](https://m.org) |\n\n> `R`"
        assert without_marks(text).split("\n") == [
            "Ann Example", "", "From | What", "", "2019 | Baker at Mill", "", "R",
        ]  # fmt: skip

    def test_what_is_no_markdown_stays(self) -> None:
        text = "C# and snake_case_names, 5 * 3 * 2\n* a list"
        assert without_marks(text) == text


def words(line: str, x: float, y: float, size: float = 10.0) -> list[Word]:
    """A line's words, each letter half as wide as high."""
    placed = []
    for word in line.split():
        placed.append(Word(word, x, y, len(word) * size / 2, size))
        x += (len(word) + 1) * size / 2
    return placed


class TestPages:
    """Words on pages are read in the order in which people read them."""

    def test_what_is_repeated_at_the_edges_is_read_once_or_not_at_all(self) -> None:
        pages = [
            [
                *words("Ann Example", 50, 800),
                *words(f"{told} 2019 - 2020", 50, 700),
                *words(f"Page {number} of 3", 50, 20),
            ]
            for number, told in enumerate(("One", "Two", "Three"), start=1)
        ]
        assert texts_of(pages) == ["Ann Example\nOne 2019 - 2020", "Two 2019 - 2020", "Three 2019 - 2020"]

    def test_columns_with_headings_of_their_own_are_read_one_by_one_the_wide_one_first(self) -> None:
        left = ["Skills", "Welding", "Languages", "English"]
        right = ["Experience", "Welder at the harbour", "2010 - 2020", "Education"]
        page = [
            word
            for row, (one, other) in enumerate(zip(left, right, strict=True))
            for word in [*words(one, 50, 700 - row * 14), *words(other, 250, 700 - row * 14)]
        ]
        assert texts_of([page]) == ["\n".join(right), "\n".join(left)]

    def test_a_table_stays_a_table(self) -> None:
        rows = [("2010 - 2020", "Welder"), ("2005 - 2010", "Apprentice"), ("2000 - 2005", "School")]
        page = words("Experience", 250, 720)
        for row, (one, other) in enumerate(rows):
            page += [*words(one, 50, 700 - row * 14), *words(other, 250, 700 - row * 14)]
        assert [line.split("    ") for line in texts_of([page])[0].split("\n")[2:]] == [list(row) for row in rows]

    def test_a_column_of_dates_belongs_to_what_is_beside_it(self) -> None:
        rows = [("2019 - present", "Work experience"), ("2016 - 2019", "Nurse"), ("2014", "Carer"), ("Skills", "Care")]
        page = [
            word
            for row, (one, other) in enumerate(rows)
            for word in [*words(one, 50, 700 - row * 14), *words(other, 250, 700 - row * 14)]
        ]
        assert [line.split("    ") for line in texts_of([page])[0].split("\n")] == [list(row) for row in rows]

    def test_dates_at_the_right_edge_are_no_column_though_columns_follow(self) -> None:
        page = [
            *words("Experience", 50, 760),
            *words("Data Scientist", 50, 740), *words("2021 - 2023", 480, 740),
            *words("Actuary", 50, 720), *words("2017 - 2020", 480, 720),
            *words("Education", 50, 690), *words("Skills", 300, 690),
            *words("Leeds", 50, 676), *words("Python", 300, 676),
            *words("Languages", 50, 660), *words("Interests", 300, 660),
        ]  # fmt: skip
        text = "\n".join(texts_of([page]))
        assert "Data Scientist    2021 - 2023" in text
        assert text.index("Languages") < text.index("Skills") < text.index("Interests")

    def test_a_word_that_kerning_parted_is_one(self) -> None:
        page = [Word("T", 50, 700, 6, 10), Word("urin", 55, 700, 20, 10), Word("office", 78, 700, 30, 10)]
        assert texts_of([page]) == ["Turin office"]

    def test_letters_that_are_spaced_make_words(self) -> None:
        page = [Word(letter, 50 + 8 * at, 700, 5, 10) for at, letter in enumerate("ABOUT")]
        page += [Word("M", 95, 700, 5, 10), Word("E", 103, 700, 5, 10)]
        assert texts_of([page]) == ["ABOUT ME"]

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.lists(
                st.builds(
                    Word,
                    st.sampled_from(["Skills", "Experience", "2019", "a", "\u0627"]),
                    st.floats(-100, 700),
                    st.floats(-100, 900),
                    st.floats(0, 300),
                    st.floats(0, 40),
                ),
                max_size=30,
            ),
            max_size=3,
        )
    )
    def test_no_letter_is_lost_or_doubled(self, pages: list[list[Word]]) -> None:
        """Save at the edges of pages, where what is repeated goes."""
        read = "".join("".join(texts_of(pages)).split())
        written = "".join(word.text for page in pages for word in page)
        assert len(read) <= len(written)
        if len(pages) == 1:
            assert sorted(read) == sorted(written)
