"""Words that a line's end has parted are put together again, and compounds keep the hyphen that is their own.

"emer-/gency" is one word, "part-/time" keeps its hyphen: so decide the rest of the text, where it has the word either
way, and else the second part. A hyphen that stands for a part left out ("Vor-/und Nachteile") stays as it is.
"""

import re

SECOND_PARTS = (
    "driven|oriented|based|time|level|stack|functional|term|scale|party|making|solving|depth|house|site|facing|free|"
    "friendly|efficient|effective|wide|specific|related|quality|performance|focused|ready|aware|native|class|known|"
    "paced|going|minded|year|month|week|person|employed|motivated|starter|taught|service|sector|phase|sized|centred|"
    "centered|standing|sensitive|critical|intensive|tested|proven|winning|leading|edge|speaking|qualified|certified"
)
COMPOUND = re.compile(SECOND_PARTS, re.IGNORECASE)
JOINING = re.compile(r"and|or|und|oder|bis|sowie|et|ou|y|o|e|en|of", re.IGNORECASE)
PARTED = re.compile(r"(?<![\w-])(?P<first>[^\W\d_][\w-]{0,40}?)[-\u2010]\n[ \t]{0,40}(?P<second>[^\W\d_]{1,40})")
SOFT = re.compile(r"\u00ad\n[ \t]{0,40}")


def joined(text: str) -> str:
    """The text with its parted words put together."""
    text = SOFT.sub("", text)
    if not PARTED.search(text):
        return text
    written = set(re.findall(r"[^\W\d_][\w-]*\w", text.lower()))
    return PARTED.sub(lambda match: _together(match["first"], match["second"], written), text)


def _together(first: str, second: str, written: set[str]) -> str:
    if JOINING.fullmatch(second) and not first.count("-"):
        return f"{first}- {second}"
    if (first + second).lower() in written:
        return first + second
    compound = f"{first}-{second}"
    is_compound = (
        not second[0].islower() or "-" in first or bool(COMPOUND.fullmatch(second)) or compound.lower() in written
    )
    return compound if is_compound else first + second
