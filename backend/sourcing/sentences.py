"""Where sentences end, and the sentence around a place: the evidence that is shown."""

import re

from sourcing.punctuation import BULLETS, DASHES

MAX_EVIDENCE = 240
ABBREVIATIONS = (
    "e.g.",
    "i.e.",
    "z.B.",
    "u.a.",
    "incl.",
    "inkl.",
    "approx.",
    "ca.",
    "St.",
    "Dr.",
    "Sc.",
    "Eng.",
    "Ing.",
    "vs.",
)
_NOT_AFTER_THESE = "".join(rf"(?<!\b{re.escape(each)})" for each in ABBREVIATIONS)
SENTENCE_ENDS = re.compile(rf"(?<=[.!?]){_NOT_AFTER_THESE}\s+|\n\s*\n|\n(?=\s*[^\w\s(])|\n(?=\s*[A-Z0-9#])")


def sentence_at(text: str, offset: int) -> str:
    """The sentence, bullet or line around an offset, on one line and at most 240 characters."""
    near = max(0, offset - 400)
    ends = list(SENTENCE_ENDS.finditer(text, near, offset + 400))
    start = max((end.end() for end in ends if end.end() <= offset), default=near)
    stop = min((end.start() for end in ends if end.start() > offset), default=offset + 400)
    sentence = " ".join(text[start:stop].split()).lstrip(f"{BULLETS}{DASHES}# ")
    return sentence if len(sentence) <= MAX_EVIDENCE else sentence[: MAX_EVIDENCE - 1].rstrip() + "…"
