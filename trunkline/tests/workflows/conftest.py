"""Clocks that do not keep a test waiting."""

import pytest

from trunkline.sql import clock as ringing


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have clocks look often."""
    monkeypatch.setattr(ringing, "LOOK_SECONDS", 0.05)
