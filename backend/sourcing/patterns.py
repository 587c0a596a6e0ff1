"""Regular expressions that are compiled at their first use: large ones would be felt whenever the program starts."""

import re
import sys
from collections.abc import Iterator
from functools import cached_property


class LatePattern:
    """As much of `re.Pattern` as is used here. Case is ignored."""

    def __init__(self, pattern: str) -> None:
        self._written = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._written, re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first place."""
        return self._compiled.search(text)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """Match at the start."""
        return self._compiled.match(text, start, end)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Match all of it."""
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find every place."""
        return self._compiled.finditer(text)
