"""Markdown as plain text: what its marks mean for the eye is of no use to a reader of text."""

import re

SIGNS = re.compile(r"^#{1,6}\s|\*\*[^\s*]|\[[^\]\n]+\]\([^)\n]+\)|^\|?\s*:?-{3,}:?\s*\|", re.MULTILINE)
MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--[^>]{0,2000}-->"), ""),
    (re.compile(r"<br\s*/?>", re.IGNORECASE), "\n"),
    (re.compile(r"</?(?:div|span|p|b|i|em|strong|center|a|h\d|ul|li|table|tr|td|th)\b[^>\n]{0,300}>", re.IGNORECASE), ""),
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)"), ""),
    (re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,500}\)"), r"\1"),
    (re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*\n?", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:={3,}|-{3,}|\*{3,})[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"^#{1,6}[ \t]+(.*?)[ \t#]*$", re.MULTILINE), r"\1"),
    (re.compile(r"\*\*\*?|__"), ""),
    (re.compile(r"(?<![\w*])[*_](\S[^*_\n]{0,300}?)[*_](?![\w*])"), r"\1"),
    (re.compile(r"`"), ""),
    (re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE), ""),
    (re.compile(r"\\([-#*_.|()\[\]+!])"), r"\1"),
    (re.compile(r"^[ \t]*\|[ \t]*(.*?)[ \t]*\|[ \t]*$", re.MULTILINE), r"\1"),
)


def without_marks(text: str) -> str:
    """The text as one would read it aloud, when it is Markdown; else as it is."""
    if not SIGNS.search(text):
        return text
    for mark, plain in MARKS:
        text = mark.sub(plain, text)
    return text
