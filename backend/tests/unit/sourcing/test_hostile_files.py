"""Files made to exhaust, crash or mislead whoever reads them: each is refused, or read for what it says, and no more.

After each of them the process that reads is the same as before, and reads the next CV.
"""

from collections.abc import Callable

import pytest

from sourcing.documents import UnreadableDocument, extract_text
from sourcing.limits import MAX_CHARACTERS
from sourcing.reading import reading_process
from tests.unit.sourcing import hostile

REFUSED: list[tuple[Callable[[], bytes], str]] = [
    (hostile.zip_bomb, "too_large"),
    (hostile.lying_zip_bomb, "broken"),
    (hostile.overlapping_zip_bomb, "too_large"),
    (hostile.entity_bomb, "broken"),
    (hostile.utf_16_entity_bomb, "broken"),
    (hostile.deep_word, "broken"),
    (hostile.crowded_word, "too_large"),
    (hostile.endless_pdf, "too_large"),
    (hostile.pageless_pdf, "broken"),
    (hostile.pdf_bomb, "no_text_layer"),
    (hostile.self_drawing_pdf, "no_text_layer"),
    (hostile.deep_json, "broken"),
    (hostile.crowded_json, "empty"),
    (lambda: hostile.pdf(password="secret"), "encrypted"),
    (lambda: hostile.pdf()[:400], "broken"),
    (lambda: hostile.word(hostile.SENTENCE)[:5000], "broken"),
    (lambda: b"MZ\x90\x00" + b"\x00" * 500, "unsupported"),
    (lambda: b"", "empty"),
]
READ: list[Callable[[], bytes]] = [
    hostile.nested_pdf,
    hostile.looping_pdf,
    hostile.turning_pdf,
    hostile.lost_pdf,
    hostile.polyglot,
]
"""Damaged or deep, but one of the libraries finds the page."""


def name(make: object) -> str | None:
    return getattr(make, "__name__", None)


@pytest.fixture(autouse=True)
def _the_reader_survives() -> object:
    extract_text(hostile.pdf(), "cv.pdf")
    before = reading_process.pid
    yield
    assert reading_process.pid == before
    assert extract_text(hostile.pdf(), "cv.pdf").text == hostile.SENTENCE


@pytest.mark.parametrize(("make", "code"), REFUSED, ids=name)
def test_it_is_refused_with_the_reason(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        extract_text(make(), "cv.pdf")
    assert caught.value.code == code


@pytest.mark.parametrize("make", READ, ids=name)
def test_its_page_is_read_all_the_same(make: Callable[[], bytes]) -> None:
    assert extract_text(make(), "cv.pdf").text == hostile.SENTENCE


@pytest.mark.long
@pytest.mark.parametrize("make", [hostile.slow_pdf, hostile.doubling_pdf], ids=name)
def test_what_would_take_minutes_is_given_up(make: Callable[[], bytes]) -> None:
    with pytest.raises(UnreadableDocument):
        extract_text(make(), "cv.pdf")


def test_a_gigantic_string_is_cut() -> None:
    text = extract_text(hostile.long_json(), "cv.json").text
    assert text.startswith("engineer engineer")
    assert len(text) <= MAX_CHARACTERS


def test_a_promise_of_json_that_is_not_kept() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        extract_text(b'{"basics": {"label": "Engineer"', "cv.json")
    assert caught.value.code == "broken"
    with pytest.raises(UnreadableDocument) as caught:
        extract_text(b'{"dependencies": {"left-pad": "^1.0.0"}}', "package.json")
    assert caught.value.code == "unsupported"
