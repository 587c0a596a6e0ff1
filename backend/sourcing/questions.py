"""Questions by template: which there are for whom, and filling one in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "questions.json"
_PLACE = re.compile(r"\{(\w+)\}")


class UnfitParameters(ValueError):
    """The parameters are not those of the template; names the first that is missing or too much."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Template:
    """A question of some kind with places to fill; `parameters` says what belongs into each."""

    id: str
    kind: str
    asked_by: tuple[str, ...]
    text: str
    parameters: Mapping[str, str]

    def filled(self, given: Mapping[str, str]) -> str:
        """Return the question with its places filled. What is filled in is text, and names no further place.

        Raises:
            UnfitParameters: one is missing, or there is no place for it.
        """
        for name in self.parameters:
            if name not in given:
                raise UnfitParameters(name, f"is missing; it is: {self.parameters[name]}")
        for name in given:
            if name not in self.parameters:
                raise UnfitParameters(name, "the template has no such place")
        return _PLACE.sub(lambda place: given[place[1]], self.text)


@cache
def templates() -> Mapping[str, Template]:
    """Return all templates by id, in their order."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))
    return {row["id"]: Template(**{**row, "asked_by": tuple(row["asked_by"])}) for row in rows}
