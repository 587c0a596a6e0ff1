"""NATS headers as they travel: ``NATS/1.0``, a status or none, then ``Name: value`` lines (NATS ADR-4)."""

from collections.abc import Mapping

from trunkline.errors import InvalidEvent

_VERSION = "NATS/1.0"


def header_block(headers: Mapping[str, str]) -> bytes:
    """Return `headers` as they are written before a payload; empty when there are none.

    Raises:
        InvalidEvent: a line break in a name or value would make two headers of one, or text is no valid Unicode.
    """
    if not headers:
        return b""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    text = f"{_VERSION}\r\n{''.join(lines)}\r\n"
    if text.count("\n") != len(lines) + 2 or text.count("\r") != len(lines) + 2:
        raise InvalidEvent("a header holds a line break", field="headers")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidEvent("a header is no valid Unicode", field="headers") from None


def read_headers(block: bytes) -> dict[str, str]:
    """Read a header block; a status line's code and text become the headers ``Status`` and ``Description``.

    Bytes that are no UTF-8 become U+FFFD; a line that is no header is left out; of a name that stands twice, the last
    is taken.
    """
    first, *lines = block.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, str] = {}
    status = first[len(_VERSION) :].strip()
    if status:
        code, _, description = status.partition(" ")
        headers["Status"] = code
        if description:
            headers["Description"] = description.strip()
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name:
            headers[name.strip()] = value.strip()
    return headers
