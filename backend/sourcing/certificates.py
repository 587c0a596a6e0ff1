"""Certificates, licences and registrations out of a CV's section about them."""

import re
from dataclasses import dataclass

from sourcing.dates import Month, date_in
from sourcing.punctuation import BULLET, BULLETS, DASHES, trimmed

ISSUED = re.compile(
    r"^(?:issued|issuing|issuer|date|expires|expired|expiration|valid|credential|licen[sc]e (?:no|number|id)|see |"
    r"show |no\.|id\b|ausgestellt|gültig)",
    re.IGNORECASE,
)
EXPIRES = re.compile(
    rf"[\s,;({DASHES}]+(?:valid|expires|expiring|exp\.|expiry|gültig|valable|válid[oa]).*$", re.IGNORECASE
)
GIVEN = re.compile(
    rf"[\s,;({DASHES}]+(?:issued|renewed|awarded|obtained|since|in|on|seit|ausgestellt)(?:\s(?:in|on))?\s*[:.)]?$",
    re.IGNORECASE,
)
NOTHING_LEFT = re.compile(r"\s*\(\s*\)|\s*,\s*(?=\))")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
LETTERS = re.compile(r"[^\W\d_]{2}")
GOES_ON = re.compile(r"\s*(?:\([^()]{1,20}\)|[IVX]{1,4}|[a-z][^|]*)\s*")
"""A line that ends the name above it: "(CSPO)", "III", or a word that is no name."""
SHORT = 28
LONGEST = 150
MAX_CERTIFICATES = 40


@dataclass(frozen=True)
class Certificate:
    """A certificate by its name, and when it was given, where that is said."""

    name: str
    issued: Month | None = None


def find_certificates(lines: list[str]) -> list[Certificate]:
    """The certificates in the order of the text."""
    found = [
        certificate
        for line in _whole(lines)
        for item in _items(LINK.sub(r"\1", line))
        if (certificate := _certificate(item))
    ]
    return list({certificate.name.casefold(): certificate for certificate in found}.values())[:MAX_CERTIFICATES]


def _whole(lines: list[str]) -> list[str]:
    """The lines, with what goes on from one put behind it."""
    whole: list[str] = []
    for line in lines:
        if whole and whole[-1].strip() and GOES_ON.fullmatch(line) and not ISSUED.match(line.strip()):
            whole[-1] = f"{whole[-1]} {line.strip()}"
        else:
            whole.append(line)
    return whole


def _items(line: str) -> list[str]:
    """A line's items: several when it is a list of short names."""
    plain = re.sub(r"\*\*|__", "", BULLET.sub("", line, count=1)).strip(f" \t|#{BULLETS}")
    items = [item for item in re.split(rf"\s*;\s+|\s[|{BULLETS}]\s", plain) if item.strip()]
    if len(items) > 1 and (";" in plain or not _is_a_date(items[1])):
        return items
    listed = [item.strip() for item in plain.split(",")]
    are_names = all(
        0 < len(item) <= SHORT and LETTERS.search(item) and (date_in(item) is None or item.endswith(")"))
        for item in listed
    )
    if are_names and (len(listed) > 2 or all(item.isupper() for item in listed)):
        return listed
    return [plain]


def _is_a_date(item: str) -> bool:
    """Whether an item says when, and names nothing."""
    dated = date_in(item)
    return dated is not None and not re.search(r"[^\W\d_]{3}", dated[1])


def _certificate(item: str) -> Certificate | None:
    if not item or len(item) > LONGEST or ISSUED.match(item):
        return None
    item = EXPIRES.sub("", item)
    dated = date_in(item)
    rest = dated[1] if dated else item
    whole = " ".join(rest.split())
    whole = GIVEN.sub("", trimmed(NOTHING_LEFT.sub("", whole)))
    if not LETTERS.search(whole):
        return None
    return Certificate(whole, dated[0] if dated else None)
