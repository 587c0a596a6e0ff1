"""Messages as they are written: ``PUB`` and ``HPUB`` (https://docs.nats.io/reference/reference-protocols/nats-protocol)."""

import re
from functools import lru_cache

from trunkline.errors import InvalidSubject

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f]")
_SUBJECTS = 8192  # of which is remembered that they can be written


def message_frame(subject: str, reply: str, head: bytes, payload: bytes) -> bytes:
    """Return the frame that publishes `payload`; `head` is its header block, or empty.

    Raises:
        InvalidSubject: white space or a control character in `subject` would break the line.
    """
    _check_writable(subject)
    size = len(payload)
    if not head:
        first = f"PUB {subject} {reply} {size}\r\n" if reply else f"PUB {subject} {size}\r\n"
        return b"".join((first.encode(), payload, b"\r\n"))
    before = len(head)
    to = f"{subject} {reply}" if reply else subject
    return b"".join((f"HPUB {to} {before} {before + size}\r\n".encode(), head, payload, b"\r\n"))


@lru_cache(maxsize=_SUBJECTS)
def _check_writable(subject: str) -> None:
    if not subject or _BREAKS.search(subject):
        raise InvalidSubject(subject, "is not a subject that can be published to")
    try:
        subject.encode()
    except UnicodeEncodeError:
        raise InvalidSubject(subject, "is not valid Unicode") from None
