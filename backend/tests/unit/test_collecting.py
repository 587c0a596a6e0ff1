"""The garbage collector while the application runs, and after it."""

import gc

from core.collecting import collecting_seldom


def test_what_is_there_at_the_start_is_left_alone_until_the_end() -> None:
    before = gc.get_threshold()
    with collecting_seldom():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_garbage_is_collected_all_the_same() -> None:
    class Ring:
        made = 0

        def __init__(self) -> None:
            Ring.made += 1
            self.itself = self

        def __del__(self) -> None:
            Ring.made -= 1

    with collecting_seldom():
        for _ in range(100_000):
            Ring()
        assert Ring.made < 50_000
