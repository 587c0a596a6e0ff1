"""Characters that documents use for one and the same mark; each to be set between brackets in an expression."""

import re

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212-"
BULLETS = "\u2022\u00b7\u25aa\u25e6\u2023*"
APOSTROPHES = "'\u2019"
BULLET = re.compile(rf"^\s*[o+{BULLETS}{DASHES}]\s+")
"""The beginning of a line that is an item of a list."""


def trimmed(part: str) -> str:
    """A part of a line without the marks around it; a bracket stays when it has its other half."""
    bare = part.strip(f" \t_#.,:;|[]{BULLETS}{DASHES}")
    return bare if bare.count("(") == bare.count(")") else bare.strip("() \t")
