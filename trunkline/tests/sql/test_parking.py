"""What cannot be sent waits with its key; the rest goes on."""

from trunkline.sql.parking import LONGEST_PAUSE, PROBES, Parking, Waiting


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def chosen(parking: Parking, *events: Waiting) -> list[int]:
    sweep = parking.sweep()
    return [event.seq for event in events if sweep.takes(event)]


class TestKeys:
    """A key whose event failed is left alone for a growing while, other keys are not."""

    def test_later_events_of_a_failed_key_wait_behind_it(self) -> None:
        parking = Parking(Clock())
        first, second, other = Waiting(1, "a", "X"), Waiting(2, "a", "X"), Waiting(3, "b", "X")
        parking.settle(sent=[other], failed=[first])
        assert chosen(parking, first, second, Waiting(4, "b", "X")) == [4]

    def test_also_in_another_lane(self) -> None:
        parking = Parking(Clock())
        first, second = Waiting(1, "a", "X"), Waiting(2, "a", "Y")
        parking.settle(sent=[], failed=[first])
        assert chosen(parking, first, second) == []

    def test_without_a_key_only_the_event_itself_waits(self) -> None:
        parking = Parking(Clock())
        parking.settle(sent=[Waiting(3, None, "X")], failed=[Waiting(1, None, "X")])
        assert chosen(parking, Waiting(1, None, "X"), Waiting(2, None, "X")) == [2]

    def test_pauses_grow_and_end(self) -> None:
        clock = Clock()
        parking = Parking(clock)
        event = Waiting(1, "a", "X")
        pauses = []
        for _ in range(10):
            parking.settle(sent=[], failed=[event])
            began = clock.now
            while not chosen(parking, event):
                clock.now += 0.1
            pauses.append(clock.now - began)
        assert pauses[0] < 1
        assert LONGEST_PAUSE / 2 < pauses[-1] <= LONGEST_PAUSE + 0.2
        parking.settle(sent=[event], failed=[])
        assert not parking
        assert chosen(parking, event) == [1]

    def test_the_connections_return_ends_all_pauses(self) -> None:
        parking = Parking(Clock())
        event = Waiting(1, "a", "X")
        parking.settle(sent=[], failed=[event])
        parking.clear()
        assert chosen(parking, event) == [1]


class TestLanes:
    """A lane that nothing gets through is tried by a few, not by all."""

    def closed(self, clock: Clock, failing: int = 1) -> Parking:
        parking = Parking(clock)
        parking.settle(sent=[], failed=[Waiting(n, str(n), "X") for n in range(failing)])
        return parking

    def test_others_of_a_closed_lane_wait_and_other_lanes_go_on(self) -> None:
        parking = self.closed(Clock())
        assert chosen(parking, Waiting(50, "fresh", "X"), Waiting(51, "else", "Y")) == [51]

    def test_what_waits_for_its_lane_is_not_overtaken_within_its_key(self) -> None:
        parking = self.closed(Clock())
        assert chosen(parking, Waiting(50, "fresh", "X"), Waiting(51, "fresh", "Y"), Waiting(52, "else", "Y")) == [52]

    def test_one_failure_among_successes_closes_nothing(self) -> None:
        parking = Parking(Clock())
        parking.settle(sent=[Waiting(1, "a", "X")], failed=[Waiting(2, "b", "X")])
        assert chosen(parking, Waiting(3, "c", "X")) == [3]

    def test_after_its_pause_a_few_keys_try_it_and_one_success_opens_it(self) -> None:
        clock = Clock()
        parking = self.closed(clock)
        clock.now = LONGEST_PAUSE
        many = [Waiting(n, str(n), "X") for n in range(100, 200)]
        probes = chosen(parking, *many)
        assert len(probes) == PROBES
        parking.settle(sent=many[:1], failed=many[1:PROBES])
        assert len(chosen(parking, *many[PROBES:])) == 100 - PROBES

    def test_one_event_that_the_stream_never_takes_does_not_close_it_for_ever(self) -> None:
        clock = Clock()
        parking = Parking(clock)
        poison, rest = Waiting(1, "poison", "X"), [Waiting(n, str(n), "X") for n in range(2, 9)]
        parking.settle(sent=[], failed=[poison])
        clock.now = LONGEST_PAUSE
        assert chosen(parking, poison, *rest) == [1, 2, 3, 4, 5, 6, 7, 8]


class TestReadingAhead:
    """What a sweep has taken is asked for again when all before it is through."""

    def test_what_failed_meanwhile_holds_back_later_events_of_its_key(self) -> None:
        parking = Parking(Clock())
        sweep = parking.sweep()
        first, second, other = Waiting(1, "a", "X"), Waiting(2, "a", "Y"), Waiting(3, "b", "X")
        assert all(sweep.takes(event) for event in (first, second, other))
        sweep.fail(first)
        parking.settle(sent=[other], failed=[first])
        assert not sweep.still_takes(second)
        assert sweep.skipped
        assert not sweep.takes(Waiting(4, "a", "X"))
        assert sweep.takes(Waiting(5, "b", "X"))

    def test_also_when_all_pauses_have_ended_meanwhile(self) -> None:
        parking = Parking(Clock())
        sweep = parking.sweep()
        first, second = Waiting(1, "a", "X"), Waiting(2, "a", "X")
        assert sweep.takes(first)
        assert sweep.takes(second)
        sweep.fail(first)
        parking.settle(sent=[], failed=[first])
        parking.clear()
        assert not sweep.still_takes(second)
        assert not sweep.takes(Waiting(3, "a", "X"))

    def test_a_lane_that_closed_meanwhile_is_left_alone_and_its_keys_are_not_overtaken(self) -> None:
        parking = Parking(Clock())
        sweep = parking.sweep()
        failing, waiting, later = Waiting(1, "a", "X"), Waiting(2, "b", "X"), Waiting(3, "b", "Y")
        assert all(sweep.takes(event) for event in (failing, waiting, later))
        sweep.fail(failing)
        parking.settle(sent=[], failed=[failing])
        assert not sweep.still_takes(waiting)
        assert not sweep.still_takes(later)

    def test_what_probes_a_parked_lane_is_still_sent(self) -> None:
        clock = Clock()
        parking = Parking(clock)
        parking.settle(sent=[], failed=[Waiting(1, "a", "X")])
        clock.now = LONGEST_PAUSE
        sweep = parking.sweep()
        probe = Waiting(1, "a", "X")
        assert sweep.takes(probe)
        assert sweep.still_takes(probe)
