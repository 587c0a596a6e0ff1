"""The tokens are those that the network was trained with (compared with its own tokenizer when this was written)."""

import pytest

from sourcing.encoding import wordpiece

BEGIN, END, UNKNOWN = 101, 102, 100


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        ("Manage staff!", [6133, 3095, 999]),
        ("naïve café", [15743, 7668]),
        ("x" * 101, [UNKNOWN]),
    ],
)
def test_words_become_known_numbers(text: str, numbers: list[int]) -> None:
    assert wordpiece().tokens(text, 256) == [BEGIN, *numbers, END]


def test_a_long_text_is_cut_and_still_ends() -> None:
    tokens = wordpiece().tokens("staff " * 400, 256)
    assert len(tokens) == 256
    assert tokens[-1] == END
