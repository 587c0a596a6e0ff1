"""Markdown as plain text: what its marks mean for the eye is of no use to a reader of text."""

import re

SIGNS = re.compile(r"^#{1,6}\s|\*\*[^\s*]|\[[^\]\n]{1,300}\]\([^)\n]{1,300}\)|^\|.{0,80}\|", re.MULTILINE)
MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--[^>]{0,300}-->"), ""),
    (re.compile(r"<br\s?/?>", re.IGNORECASE), "\n"),
    (
        re.compile(r"</?(?:div|span|p|b|i|em|strong|center|a|h\d|ul|li|table|tr|td|th)\b[^>\n]{0,300}>", re.IGNORECASE),
        "",
    ),
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)"), ""),
    (re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,500}\)"), r"\1"),
    (re.compile(r"\*\*\*?|__|`"), ""),
    (re.compile(r"(?<![\w*])[*_](\S[^*_\n]{0,300}?)[*_](?![\w*])"), r"\1"),
    (re.compile(r"\\([-#*_.|()\[\]+!])"), r"\1"),
)
RULE = frozenset("-=*|: \t")


def without_marks(text: str) -> str:
    """The text as one would read it aloud, when it is Markdown; else as it is."""
    if not SIGNS.search(text):
        return text
    for mark, plain in MARKS:
        text = mark.sub(plain, text)
    return "\n".join(_plain(line) for line in text.split("\n"))


def _plain(line: str) -> str:
    """A line without the marks of headings, quotations, tables and rules."""
    said = line.strip()
    if len(said) > 2 and set(said) <= RULE and ("---" in said or "===" in said):
        return ""
    if said.startswith("#"):
        return said.strip("# \t")
    if said.startswith("|") and said.endswith("|"):
        return said.strip("| \t")
    return said.lstrip("> \t") if said.startswith(">") else line
