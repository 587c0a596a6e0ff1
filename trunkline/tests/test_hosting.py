"""Which agents run is said by name, and they begin and end together."""

import asyncio

import pytest

from trunkline import ConfigurationError, chosen, hosted

LIMIT = 30.0


class Clerk:
    """An agent that notes what is done with it."""

    def __init__(self, name: str, log: list[str], *, broken: bool = False) -> None:
        self.name = name
        self.log = log
        self.broken = broken

    async def initialize(self) -> None:
        if self.broken:
            raise RuntimeError(f"{self.name} cannot begin")
        self.log.append(f"{self.name} begins")

    async def close(self) -> None:
        self.log.append(f"{self.name} ends")


class TestChoice:
    """All, none, or those named, in the order they were named."""

    @pytest.mark.parametrize(
        ("names", "expected"),
        [("all", ["a", "b", "c"]), ("none", []), ("c, a", ["c", "a"]), ("b", ["b"])],
    )
    def test_names(self, names: str, expected: list[str]) -> None:
        assert list(chosen({"a": 1, "b": 2, "c": 3}, names)) == expected

    @pytest.mark.parametrize("names", ["d", "a,d", "", "a,", "all,a"])
    def test_a_name_that_nobody_has_is_refused(self, names: str) -> None:
        with pytest.raises(ConfigurationError, match="there are: a, b"):
            chosen({"a": 1, "b": 2}, names)


class TestLife:
    """They begin in order and end side by side."""

    async def test_begin_and_end(self) -> None:
        log: list[str] = []
        async with hosted({name: lambda name=name: Clerk(name, log) for name in "ab"}) as agents:  # type: ignore[misc]
            assert (list(agents), log) == (["a", "b"], ["a begins", "b begins"])
        assert log[2:] == ["a ends", "b ends"]

    async def test_when_one_cannot_begin_the_others_end(self) -> None:
        log: list[str] = []
        agents = {"a": lambda: Clerk("a", log), "b": lambda: Clerk("b", log, broken=True)}
        with pytest.raises(RuntimeError, match="b cannot begin"):
            async with hosted(agents):
                pytest.fail("it did")
        assert "a ends" in log

    async def test_one_that_ends_slowly_does_not_keep_the_next_waiting(self) -> None:
        second_ended = asyncio.Event()

        class First(Clerk):
            async def close(self) -> None:
                async with asyncio.timeout(LIMIT):
                    await second_ended.wait()

        class Second(Clerk):
            async def close(self) -> None:
                second_ended.set()

        async with hosted({"a": lambda: First("a", []), "b": lambda: Second("b", [])}):
            pass
        assert second_ended.is_set()
