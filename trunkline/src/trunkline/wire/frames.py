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
    target = _writable(subject)
    if reply:
        target = b"%b %b" % (target, reply.encode())
    if not head:
        return b"PUB %b %d\r\n%b\r\n" % (target, len(payload), payload)
    return b"HPUB %b %d %d\r\n%b%b\r\n" % (target, len(head), len(head) + len(payload), head, payload)


@lru_cache(maxsize=_SUBJECTS)
def _writable(subject: str) -> bytes:
    if not subject or _BREAKS.search(subject):
        raise InvalidSubject(subject, "is not a subject that can be published to")
    try:
        return subject.encode()
    except UnicodeEncodeError:
        raise InvalidSubject(subject, "is not valid Unicode") from None
