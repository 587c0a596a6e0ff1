"""What is taken as a CV, and the name it is shown under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cv_kinds import DOCX, JSON, MAX_FILENAME, PDF, TEXT, media_type_of, shown_filename
from services.refusals import Unsupported


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", PDF),
        (b"\n\n%PDF-1.4", PDF),
        (b"PK\x03\x04....word/document.xml", DOCX),
        ("Jürgen Müller\r\n\tPython".encode(), TEXT),
        ("Jürgen".encode("latin-1"), TEXT),
        ("Jürgen".encode("utf-16"), TEXT),
        (b"Juergen\r\n\x1a", TEXT),
        ("Jürgen".encode("utf-16-le"), TEXT),
        (b'{"basics": {"name": "Juergen"}}', JSON),
        (b'{"dependencies": {}}', TEXT),
        (b"Juergen\r\n" + b"\x1a" * 100, TEXT),
    ],
)
def test_the_content_decides(content: bytes, kind: str) -> None:
    assert media_type_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01\x00",
        b"PK\x03\x04 a zip",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"{\\rtf1\\ansi Jane Example, engineer}",
        b"%!PS-Adobe-3.0\nshowpage",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
        b"text\x1amore",
    ],
)
def test_other_kinds_are_refused(content: bytes) -> None:
    with pytest.raises(Unsupported, match="must be a PDF, a DOCX or a text file"):
        media_type_of(content)


def test_a_password_is_named_as_the_reason() -> None:
    """A protected DOCX is a container of another kind, which hides what is in it."""
    protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(Unsupported, match="protected by a password"):
        media_type_of(protected)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("résumé 😀.pdf", "résumé 😀.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\CVs\\ada.docx", "ada.docx"),
        ("../../x", "x"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\u2028b.txt", "ab.txt"),
        ("family \U0001f468\u200d\U0001f467.pdf", "family \U0001f468\u200d\U0001f467.pdf"),
        ("", "cv"),
        (None, "cv"),
        ("folder/", "cv"),
    ],
)
def test_a_name_is_shown_without_folders_and_control_characters(given_name: str | None, shown: str) -> None:
    assert shown_filename(given_name) == shown


@given(st.text(max_size=600))
def test_any_name_can_be_shown(name: str) -> None:
    shown = shown_filename(name)
    assert 1 <= len(shown) <= MAX_FILENAME
    shown.encode()
    assert not set(shown) & set("/\\\x00\n\r")


@given(st.binary(max_size=2000))
def test_any_content_has_a_kind_or_is_refused(content: bytes) -> None:
    try:
        assert media_type_of(content) in {PDF, DOCX, JSON, TEXT}
    except Unsupported:
        assert content
