import pytest

from trunkline import Guarantee, Receipt


class TestReceipt:
    """The answer to a publish: always true, and it says what was reached."""

    @pytest.mark.parametrize("guarantee", list(Guarantee))
    def test_is_true_whatever_it_says(self, guarantee: Guarantee) -> None:
        assert Receipt(guarantee, "id", "a.b")

    def test_stream_and_sequence_are_unknown_unless_stored(self) -> None:
        receipt = Receipt(Guarantee.SENT, "id", "a.b")
        assert (receipt.stream, receipt.sequence, receipt.duplicate) == (None, None, False)

    def test_guarantees_are_plain_words(self) -> None:
        assert [f"{guarantee}" for guarantee in Guarantee] == ["stored", "queued", "sent"]

    def test_cannot_be_changed(self) -> None:
        receipt = Receipt(Guarantee.STORED, "id", "a.b", "S", 1)
        with pytest.raises(AttributeError):
            receipt.sequence = 2  # type: ignore[misc]

    def test_equal_when_it_says_the_same(self) -> None:
        assert Receipt(Guarantee.STORED, "id", "a.b", "S", 1) == Receipt(Guarantee.STORED, "id", "a.b", "S", 1)
