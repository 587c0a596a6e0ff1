"""Plain text out of bytes, and any document's text made even: one form for what can be written in several.

Composed letters (NFC), no ligatures and no look-alike alphabets, one bullet, no hyphens of line ends, no page numbers.
Right-to-left text keeps its order and its marks.
"""

import codecs
import re
import unicodedata

from sourcing.flattened import unflattened
from sourcing.hyphens import joined
from sourcing.limits import MAX_CHARACTERS

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
JUDGED_BYTES = 4096
FEW_OTHERS = 20
"""Of so many noughts one may stand in the other half: it is of a letter like Ā (U+0100)."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
OTHER_FORMS = re.compile("[\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc\uff01-\uff5e\U0001d400-\U0001d7ff\u2460-\u2473]+")
PLAIN_FORMS = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\x7f": "\u2022", "\u2028": "\n", "\u2029": "\n"}
)
"""\x7f is where some PDF writers keep the bullet."""
BULLET_GLYPHS = (
    "\u2022\u2023\u2043\u2219\u25aa\u25ab\u25a0\u25a1\u25b6\u25b8\u25ba\u25c6\u25c7\u25cb\u25cf\u25e6\u2666\u2714\u2713"
    "\u2717\u274d\u2756\u27a2\u27a4\u27a1\u2b29\u00b7\u00a7\uf020-\uf0ff\u3003\u204c\u25cf"
)
BULLET_AT_START = re.compile(rf"^([^\S\n]*)[{BULLET_GLYPHS}]+[^\S\n]+(?=\S)", re.MULTILINE)
BULLET_ALONE = re.compile(rf"^[^\S\n]*[{BULLET_GLYPHS}][^\S\n]*\n(?=[^\S\n]*\S)", re.MULTILINE)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff\ue000-\uf8ff]")
PAGE_NUMBER = re.compile(
    r"^[^\S\n]*(?:(?:page|seite|p[áa]gina|pagina|pag\.|p\.)\s*\d{1,3}(?:\s*(?:of|/|von|de|sur|di|van)\s*\d{1,3})?"
    r"|\d{1,3}\s*(?:of|/|von|sur)\s*\d{1,3}|-\s?\d{1,3}\s?-)[^\S\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
RULE = re.compile(r"^[^\S\n]*[-_=*~\u2013\u2014\u2500\u2501.]{3,}[^\S\n]*$", re.MULTILINE)


def encoding_of(content: bytes) -> str | None:
    """The encoding that bytes speak for, by their mark or by where their noughts stand; `None`: they are no text."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    start = content[:JUDGED_BYTES]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if not even and not odd:
        return None if b"\0" in content else "utf-8"
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    is_text = min(even, odd) * FEW_OTHERS <= max(even, odd) and not CONTROL.search(
        start.decode(encoding, errors="ignore")
    )
    return encoding if is_text and even + odd > len(start) // 6 else None


def decoded(content: bytes) -> str | None:
    """The text; in Windows's Western encoding when it is not UTF-8. `None`: it is none."""
    cut = content[: MAX_CHARACTERS * 4]
    encoding = encoding_of(cut)
    if encoding is None:
        return None
    if encoding != "utf-8":
        return cut.decode(encoding, errors="replace")
    try:
        return cut.decode("utf-8") if cut is content else cut.decode("utf-8", errors="ignore")
    except UnicodeDecodeError:
        return cut.decode("cp1252", errors="replace")


def cleaned(text: str) -> str:
    """The text in one form, at most 200,000 characters of it."""
    text = re.sub(r"[\x02\ufffe]\s*", "-\n", text)  # pdfium's hyphen at a line's end
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n").translate(PLAIN_FORMS)
    text = unicodedata.normalize("NFC", OTHER_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text))
    text = re.sub(r"(?<![^\S\n])[^\S\n]+\n", "\n", text.replace("\t", "    "))
    text = unflattened(text)
    text = re.sub(r"[^\S\n]{9,}", " " * 8, text)  # wide gaps part columns; endless ones are a trap for patterns
    text = BULLET_AT_START.sub("\\1\u2022 ", BULLET_ALONE.sub("\u2022 ", text))
    text = PAGE_NUMBER.sub("", UNSEEN.sub("", joined(text).replace("\u00ad", "")))
    text = RULE.sub("", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:MAX_CHARACTERS]
