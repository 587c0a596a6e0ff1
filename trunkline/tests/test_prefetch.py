"""The window: it follows how fast events are done, within its bounds."""

from trunkline.prefetch import Prefetch


def done(prefetch: Prefetch, count: int, age: float, now: float = 100.0) -> int:
    for _ in range(count):
        prefetch.done(now - age, now)
    return prefetch.window


def test_it_grows_to_its_most_while_events_are_done_as_they_come() -> None:
    assert done(Prefetch(16, 1000), 16 + 32, 0.001) == 64
    assert done(Prefetch(16, 1000), 10_000, 0.001) == 1000


def test_it_stays_small_while_events_take_their_time() -> None:
    assert done(Prefetch(16, 1000), 10_000, 0.1) == 16
    assert done(Prefetch(16, 1000), 10_000, 9.0) == 16


def test_it_shrinks_at_once_when_events_begin_to_wait() -> None:
    prefetch = Prefetch(16, 1024)
    done(prefetch, 10_000, 0.001)
    assert done(prefetch, 1, 1.0) == 512
    assert done(prefetch, 100, 1.0) == 16


def test_after_a_pause_it_begins_anew() -> None:
    prefetch = Prefetch(16, 1024)
    done(prefetch, 10_000, 0.001)
    assert done(prefetch, 1, 0.001, now=200.0) == 16


def test_it_is_never_less_than_keeps_everybody_busy() -> None:
    assert Prefetch(500, 100).window == 500
