"""What of a vacancy's text asks for something, what only wishes for it, and what does neither.

A vacancy tells of the company, its benefits and how to apply, and says what is not needed. Skills that are named there
are not asked for. Such parts are known by their headings, each until the next blank line or heading, and by
their sentences, wherever they stand.
"""

import re
from dataclasses import dataclass
from typing import Literal

from sourcing.patterns import LatePattern
from sourcing.punctuation import APOSTROPHES, BULLETS, DASHES

Part = Literal["asking", "wish", "aside"]

LONGEST_HEADING = 60
_NOT = rf"(?:\bnot|n[{APOSTROPHES}]t)"
_US = r"(?:us|the (?:company|employer|client|team|school))"
ASIDE_HEADING = LatePattern(
    rf"(?:about {_US}|the company|company|who we are|our (?:client|company|story)|"
    rf"(?:what )?we(?: can)? offer(?: you)?|what you(?:[{APOSTROPHES}]ll| will)? (?:get|receive)|our offer|"
    rf"(?:your |our |the )?(?:benefits|perks)|conditions|compensation|(?:why (?:us|join us|work (?:for|with) us))|"
    r"how to apply|(?:the |our )?(?:application|hiring|interview) process|not (?:needed|required|asked))"
)
WISH_HEADING = LatePattern(
    r"(?:nice|good)[- ]to[- ]haves?|bonus(?: points)?(?: for)?|desirable(?: skills| criteria)?|"
    r"preferred(?: skills| qualifications)?|(?:should|could)[- ]haves?|optional|(?:a )?plus|pluses|advantageous|"
    r"wish ?list"
)
ASKING_HEADING = LatePattern(
    r"(?:the |your |our |key |main )?(?:role|job|work|tasks?|duties|responsibilities|mission|activities|profile|"
    r"requirements|qualifications|skills)|essential(?: criteria)?|must[- ]haves?|you|person specification|"
    rf"(?:who|what) we(?:[{APOSTROPHES}]re| are) (?:after|looking for|seeking)|you (?:will|bring|have|are)|"
    rf"what you(?:[{APOSTROPHES}]ll| will)? (?:do|bring|be doing)"
)
WISH = LatePattern(
    r"\b(?:(?:nice|good)[- ]to[- ]have|bonus|ideally|(?:a |an |(?:big|huge|definite) )(?:plus|advantage)|desirable|"
    r"preferably|preferred|optional|advantageous|beneficial|(?:should|could)[- ]have\s*:|"
    r"would (?:help|be (?:great|wonderful|nice|welcome))|is welcome)(?!\w)"
    rf"|{_NOT} (?:a must|essential|mandatory)\b"
)
REFUSED = LatePattern(
    rf"{_NOT} (?:so )?(?:part of|needed|required|necessary|important)\b|{_NOT} (?:have|need) to be\b"
    rf"|{_NOT} looking for\b|\b(?:role|job|position|work) (?:has|involves|includes) no\b|^\W*no\b(?! less|\.)"
    rf"|(?:\bis not|isn[{APOSTROPHES}]t) an? (?:[\w-]+ ){{0,4}}(?:role|job|position)\b"
)
SMALL_PRINT = LatePattern(
    r"\bequal[- ]opportunit|\bemployment (?:business|agency)\b|\bprivacy policy\b"
    r"|\bdata protection and\b.{0,40}\bappl(?:y|ies)\b"
    r"|\b(?:all|every|diverse) backgrounds?\b|\bsections of the community\b|\binclusive (?:environment|workplace)\b"
    r"|\bdiversity\b.{0,60}\binclusi|\bsafeguarding and promoting\b|\bbackground check"
    r"|\b(?:by applying|please (?:apply|send))\b"
)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|(?<=;)\s+")
BETWEEN_TITLES = re.compile(rf"\s[|{DASHES}]\s|[(),;]")
ENGAGEMENT = LatePattern(
    r"\b(?:\d+\s?-?\s?(?:months?|weeks?|days?|%)|(?:per|a) day|remote(?! sensing)|hybrid|on-?site|asap|ir35|freelance|"
    r"seasonal|interim|contract$|live-in|(?:full|part)[- ]time|"
    r"(?:maternity|parental|sick|long[- ]term) (?:cover|leave|supply)|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december) (?:to|until))\b"
)
HOW_ENGAGED = re.compile(
    r"(?:^|(?<=\s))(?:freelance|interim|locum)\s+|\s+wanted\b.*"
    r"|\s+for (?:an? |the )?(?:[\w-]+ ){0,2}(?:season|summer|winter|weeks?|months?|years?)\b.*",
    re.IGNORECASE,
)
ANY_HEADING = re.compile(r"\s*[A-Z][\w'\u2019&/-]*(?: [\w'\u2019&/-]+){0,6} ?:?\s*")
"""A short line without marks: what follows the company's part, where no blank line does, may be asked for."""
AROUND_A_HEADING = f"{BULLETS}{DASHES}#_:?! \t"
HEADINGS: dict[Part, LatePattern] = {"aside": ASIDE_HEADING, "wish": WISH_HEADING, "asking": ASKING_HEADING}


@dataclass(frozen=True)
class Vacancy:
    """The sentences of a vacancy that ask for something, and those that wish for it, each on a line."""

    asked: str
    wished: str


def read_vacancy(text: str) -> Vacancy:
    """Part a vacancy's text."""
    parts: dict[Part, list[str]] = {"asking": [], "wish": [], "aside": []}
    part: Part = "asking"
    begun = False
    for line in text.splitlines():
        heading = _heading(line)
        if heading is None and part == "aside" and ANY_HEADING.fullmatch(line):
            heading = "asking"
        if heading is not None:
            part, begun = heading, False
        elif line.strip():
            begun = True
            for kind, sentences in _parted(line, part).items():
                parts[kind].append(" ".join(sentences))
        elif begun:
            part = "asking"
    return Vacancy("\n".join(parts["asking"]), "\n".join(parts["wish"]))


def work_named(title: str) -> str:
    """Return a vacancy's title without what tells of the engagement: its length, place, pay and form."""
    parts = [HOW_ENGAGED.sub("", part).strip() for part in BETWEEN_TITLES.split(title)]
    return ", ".join([part for part in parts if part and not ENGAGEMENT.search(part)] or [title])


def _parted(line: str, part: Part) -> dict[Part, list[str]]:
    """The sentences of a line by what they are, in a part of the text."""
    found: dict[Part, list[str]] = {}
    for sentence in SENTENCE.split(line):
        if REFUSED.search(sentence) or SMALL_PRINT.search(sentence):
            continue
        kind: Part = "wish" if part == "asking" and WISH.search(sentence) else part
        found.setdefault(kind, []).append(sentence)
    return found


def _heading(line: str) -> Part | None:
    """Which part of the text begins with this line, if it is a heading."""
    words = line.strip(AROUND_A_HEADING)
    if len(words) > LONGEST_HEADING:
        return None
    return next((part for part, pattern in HEADINGS.items() if pattern.fullmatch(words)), None)
