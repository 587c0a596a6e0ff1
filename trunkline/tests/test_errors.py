import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trunkline
from trunkline import errors
from trunkline.errors import (
    InvalidEvent,
    InvalidSubject,
    InvalidToken,
    NoResponders,
    NoStreamForSubject,
    OutboxFull,
    PayloadTooLarge,
    ReservedHeader,
    StreamUnavailable,
    TrunklineError,
)


def drawn() -> dict[str, str]:
    """Read the tree at the top of the module: each error's name, and its parent's."""
    path: list[str] = []
    parents: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines()[2:]:
        found = re.match(r"([│├└─ ]*)(\w+)( |$)", line)
        if found is None:
            continue
        depth = len(found[1]) // 4
        path[depth:] = [found[2]]
        if depth:
            parents[found[2]] = path[depth - 1]
    return parents


def built() -> dict[str, str]:
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TrunklineError)]
    return {kind.__name__: kind.__bases__[0].__name__ for kind in classes if kind is not TrunklineError}


class TestTree:
    """The tree that the module opens with is the one that it builds."""

    def test_drawn_tree_is_the_real_one(self) -> None:
        assert drawn() == built()

    def test_every_error_can_be_imported_from_the_front_door(self) -> None:
        missing = {"TrunklineError", *built()} - set(trunkline.__all__)
        assert not missing

    def test_every_error_says_when_it_is_raised(self) -> None:
        for name in built():
            assert getattr(errors, name).__doc__, name


class TestMessages:
    """Messages are whole sentences with what is needed to act, and never carry a stranger's bytes as they are."""

    @given(st.text(st.characters(codec=None), max_size=300))
    def test_hostile_text_is_quoted_and_cut(self, text: str) -> None:
        for error in (
            InvalidSubject(text, "r"),
            InvalidToken("f", text, "r"),
            PayloadTooLarge(text, 2, 1),
            ReservedHeader(text),
            NoStreamForSubject(text, None),
            StreamUnavailable(text, "r", stored_unknown=True),
            NoResponders(text, "r"),
        ):
            assert str(error).isascii()
            assert str(error).isprintable()
            assert len(str(error)) < 1200

    def test_no_stream_names_the_nearest_subject(self) -> None:
        error = NoStreamForSubject("project.1.craeted", "project.*.created")
        assert str(error) == (
            "no stream covers 'project.1.craeted'; the nearest subject that a stream covers is 'project.*.created'"
        )
        assert error.nearest == "project.*.created"

    def test_too_large_says_both_sizes(self) -> None:
        error = PayloadTooLarge("a.b", 2000, 1000)
        assert "2000 bytes" in str(error)
        assert "takes 1000" in str(error)

    def test_full_outbox_says_both_numbers(self) -> None:
        error = OutboxFull(10, 10)
        assert "10 of at most 10" in str(error)

    def test_invalid_event_names_its_part(self) -> None:
        assert InvalidEvent("no").field == "data"
        assert ReservedHeader("Nats-Msg-Id").field == "headers"

    @pytest.mark.parametrize("error", [InvalidSubject("a", "r"), InvalidToken("f", "v", "r"), InvalidEvent("x")])
    def test_bad_values_are_value_errors_too(self, error: Exception) -> None:
        assert isinstance(error, ValueError)
