"""What request bodies share: a field that is not declared is refused, and text has bounds."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints


class Body(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid")


class View(BaseModel):
    """An answer, read from a table's row."""

    model_config = ConfigDict(from_attributes=True)


def _storable(text: str) -> str:
    """Refuse what a database or a line of text cannot hold: NUL, lone surrogates."""
    if "\x00" in text:
        raise ValueError("must not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode") from None
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def _given(value: object) -> object:
    if value is None:
        raise ValueError("must not be null; leave it out to keep it as it is")
    return value


NotNull = BeforeValidator(_given)
"""For a field of an edit that may be left out, but not emptied."""

Storable = AfterValidator(_storable)
OneLine = AfterValidator(_one_line)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable, OneLine]
ShortLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Storable, OneLine]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Storable, OneLine]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), Storable]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), Storable]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id as one of ours may look; PostgreSQL fails on some others."""
