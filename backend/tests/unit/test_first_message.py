"""What a stranger sends first is read, or told apart."""

import pytest

from api.v1.first_message import read


@pytest.mark.parametrize(
    ("last_id", "expected"), [("null", None), ('"0123abcd-7"', "0123abcd-7"), ("7", "7"), ('{"a": []}', "{'a': []}")]
)
def test_the_last_id_is_whatever_was_said(last_id: str, expected: str | None) -> None:
    message = read(f'{{"token": "t", "last_id": {last_id}}}')
    assert message is not None
    assert message.last_id == expected


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", "[" * 8000, '{"token": 1}', "9" * 8000, "\0"])
def test_what_is_none_is_told_apart(text: str) -> None:
    assert read(text) is None


def test_no_number_is_too_long() -> None:
    assert read(f'{{"token": "t", "last_id": {"9" * 5000}}}') is None
