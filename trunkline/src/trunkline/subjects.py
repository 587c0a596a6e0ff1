"""Subject templates: the one place from which publishing, subscribing and parsing come.

A template is a subject with named fields: ``project.{project_id}.created``. It builds subjects (`Subject.build`), reads
them back (`Subject.parse`) and gives the pattern to subscribe with (`Subject.pattern`). One field may be the template's
*key*: events with the same key keep their order.

nats-py publishes to subjects with wildcards and empty tokens without complaint, and a subject longer than the server's
control line costs the connection; so every subject and every value is checked here before it comes near the wire.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from trunkline.errors import ConfigurationError, InvalidSubject, InvalidToken

MAX_TOKEN_BYTES = 128
MAX_SUBJECT_BYTES = 1024

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_REMEMBERED = 8192  # subjects that were found good
_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_SERVICES = "$SRV."  # where services are asked who they are: no events, but to be listened to


def token(field: str, value: str | int) -> str:
    """Return `value` as one token of a subject.

    Raises:
        InvalidToken: `value` is no string or integer, is empty, longer than 128 bytes in UTF-8, or holds a dot, a
            wildcard, white space or a control character. The error names `field`.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidToken(field, value, "must be a string or an integer")
    text = str(value)
    if not text:
        raise InvalidToken(field, value, "must not be empty")
    _check_encoding(text, lambda reason: InvalidToken(field, value, reason), MAX_TOKEN_BYTES)
    for character in ".*>":
        if character in text:
            raise InvalidToken(field, value, f"must not contain {character!r}")
    if _FORBIDDEN.search(text):
        raise InvalidToken(field, value, "must not contain white space or control characters")
    return text


@lru_cache(maxsize=_REMEMBERED)
def check_subject(subject: str) -> None:
    """Refuse what must not be published to.

    Raises:
        InvalidSubject: `subject` is empty, has an empty token, a wildcard, white space or a control character, is
            longer than 1,024 bytes, or begins with ``$`` (the server's own subjects).
    """
    _check_tokens(subject)
    for part in subject.split("."):
        if part in {"*", ">"} or "*" in part or ">" in part:
            raise InvalidSubject(subject, "must not contain a wildcard ('*' or '>')")


def check_pattern(pattern: str) -> None:
    """Refuse what must not be subscribed to: as `check_subject`, but whole-token wildcards are allowed, and ``$SRV.``.

    Raises:
        InvalidSubject: the pattern is malformed: ``>`` stands elsewhere than at the end, or a wildcard is part of a
            token.
    """
    _check_tokens(pattern.removeprefix("$") if pattern.startswith(_SERVICES) else pattern)
    parts = pattern.split(".")
    for index, part in enumerate(parts):
        if part == ">" and index != len(parts) - 1:
            raise InvalidSubject(pattern, "'>' is allowed as the last token only")
        if part not in {"*", ">"} and ("*" in part or ">" in part):
            raise InvalidSubject(pattern, "a wildcard must be a whole token")


def matches(pattern: str, subject: str) -> bool:
    """Say whether `subject` is one of those that `pattern` names."""
    wanted, given = pattern.split("."), subject.split(".")
    for index, part in enumerate(wanted):
        if part == ">":
            return len(given) > index
        if index >= len(given) or part not in ("*", given[index]):
            return False
    return len(wanted) == len(given)


def covers(wide: str, narrow: str) -> bool:
    """Say whether every subject that the pattern `narrow` names is also named by the pattern `wide`."""
    wanted, given = wide.split("."), narrow.split(".")
    for index, part in enumerate(wanted):
        if part == ">":
            return len(given) > index
        if index >= len(given) or given[index] == ">":
            return False
        if part not in ("*", given[index]):
            return False
    return len(wanted) == len(given)


def overlap(one: str, other: str) -> bool:
    """Say whether there is a subject that both patterns name."""
    left, right = one.split("."), other.split(".")
    for a, b in zip(left, right, strict=False):
        if ">" in (a, b):
            return True
        if a != b and "*" not in (a, b):
            return False
    return len(left) == len(right)


def nearest(subject: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `subject`, for a hint in an error; None when none is at all alike."""
    found = difflib.get_close_matches(subject, list(candidates), n=1, cutoff=0.4)
    return found[0] if found else None


class Subject:
    """A subject with named fields, such as ``project.{project_id}.created``.

    Args:
        template: tokens separated by dots; a field is a whole token in braces.
        key: the field by whose value order is kept.

    Raises:
        ConfigurationError: the template is malformed, or `key` is none of its fields.
    """

    __slots__ = ("_fixed", "_kind", "_positions", "beginning", "fields", "key", "pattern", "template")

    def __init__(self, template: str, *, key: str | None = None) -> None:
        tokens = template.split(".")
        self._positions: dict[str, int] = {}
        for index, part in enumerate(tokens):
            field = _FIELD.fullmatch(part)
            if field is None and ("{" in part or "}" in part):
                raise ConfigurationError(
                    f"subject template {template!r}: a field must be a whole token, as in {{name}}"
                )
            if field is None:
                continue
            if field.group(1) in self._positions:
                raise ConfigurationError(f"subject template {template!r}: field {field.group(1)!r} stands twice")
            self._positions[field.group(1)] = index
        if key is not None and key not in self._positions:
            raise ConfigurationError(f"subject template {template!r} has no field {key!r} to be its key")
        self.template = template
        self.key = key
        self.fields = tuple(self._positions)
        self._fixed = [(i, part) for i, part in enumerate(tokens) if i not in self._positions.values()]
        self._kind = ".".join(part for _, part in self._fixed)
        self.beginning = tokens[0] if 0 not in self._positions.values() else None
        """The first token; None where that is a field."""
        self.pattern = ".".join("*" if i in self._positions.values() else part for i, part in enumerate(tokens))
        try:
            check_subject(template)
        except InvalidSubject as error:
            raise ConfigurationError(f"subject template {template!r}: {error.reason}") from error

    def __repr__(self) -> str:
        return f"Subject({self.template!r})"

    @property
    def kind(self) -> str:
        """The subject's fixed tokens, ``project.created`` for ``project.{project_id}.created``: the event's type."""
        return self._kind

    def build(self, **values: str | int) -> str:
        """Return the subject with its fields filled in.

        Raises:
            InvalidToken: a value cannot be one token.
            InvalidSubject: the whole is too long, or begins with ``$``.
            TypeError: a field is missing, or there is none of that name.
        """
        if values.keys() != self._positions.keys():
            raise TypeError(f"{self.template!r} takes {', '.join(self.fields)}; got {', '.join(values) or 'nothing'}")
        tokens = self.template.split(".")
        for field, index in self._positions.items():
            tokens[index] = token(field, values[field])
        subject = ".".join(tokens)
        check_subject(subject)
        return subject

    def match(self, subject: str) -> dict[str, str] | None:
        """Return the values of the fields in `subject`, or None if the template does not name it."""
        tokens = subject.split(".")
        if len(tokens) != len(self._fixed) + len(self._positions):
            return None
        if any(tokens[index] != part for index, part in self._fixed):
            return None
        return {field: tokens[index] for field, index in self._positions.items()}

    def parse(self, subject: str) -> dict[str, str]:
        """Return the values of the fields in `subject`.

        Raises:
            InvalidSubject: `subject` does not follow the template.
        """
        values = self.match(subject)
        if values is None:
            raise InvalidSubject(subject, f"does not follow {self.template!r}")
        return values


class Subjects:
    """The declared templates of an application, found by the subjects they name.

    The most specific template wins: ``workflow.{workflow}.state_change`` before ``workflow.{a}.{b}``.
    """

    def __init__(self, declared: Iterable[Subject] = ()) -> None:
        self._declared = tuple(sorted(declared, key=lambda subject: len(subject.fields)))
        self._with_open_beginning = tuple(each for each in self._declared if each.beginning is None)
        self._beginning_with = {
            beginning: tuple(each for each in self._declared if each.beginning in (beginning, None))
            for beginning in {each.beginning for each in self._declared}
        }

    def __iter__(self) -> Iterator[Subject]:
        return iter(self._declared)

    def find(self, subject: str) -> tuple[Subject, Mapping[str, str]] | None:
        """Return the template that names `subject` and the values of its fields, or None."""
        beginning = subject.partition(".")[0]
        for declared in self._beginning_with.get(beginning, self._with_open_beginning):
            values = declared.match(subject)
            if values is not None:
                return declared, values
        return None

    def key_of(self, subject: str) -> str | None:
        """Return the value of the key field in `subject`, or None where no declared template gives one."""
        found = self.find(subject)
        if found is None or found[0].key is None:
            return None
        return found[1][found[0].key]


def _check_tokens(subject: str) -> None:
    if not subject:
        raise InvalidSubject(subject, "must not be empty")
    _check_encoding(subject, lambda reason: InvalidSubject(subject, reason), MAX_SUBJECT_BYTES)
    if subject.startswith("$"):
        raise InvalidSubject(subject, "subjects that begin with '$' belong to the server")
    if _FORBIDDEN.search(subject):
        raise InvalidSubject(subject, "must not contain white space or control characters")
    if "" in subject.split("."):
        raise InvalidSubject(subject, "has an empty token: two dots in a row, or one at an end")


def _check_encoding(text: str, error: Callable[[str], InvalidSubject], limit: int) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise error("is not valid Unicode") from None
    if size > limit:
        raise error(f"is {size} bytes long; at most {limit} are allowed")
