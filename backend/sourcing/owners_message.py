"""Reading an owner's message plainly: fields that it names, else an answer to what was asked."""

import re
from collections.abc import Callable
from typing import Any

from sourcing.asked import requirements_in
from sourcing.gathering import NAMES, Name, OwnersMessage, Understood

MOST_SKILLS = 15
NONE = re.compile(
    r"\W*(?:none?|no|nothing|skip|any|n/a|does(?:n['\u2019]t| not) matter|no matter|keine?|nein|egal|nichts|-)?\W*",
    re.I,
)
BEGINS_WITH_YES = re.compile(r"\W*(?:yes|y|yep|yeah|ok(?:ay)?|sure|ja)\b", re.I)
NO = re.compile(r"\W*(?:no|n|nope|not|on.?site|nein|vor ort)\b.*", re.I | re.S)
REMOTE = re.compile(r"\bremote(?:ly)?\b|\banywhere\b|\bhome ?office\b", re.I)
NUMBER = re.compile(r"(?<![\w.,-])(\d{1,7}(?:[.,]\d{1,2})?)(?![\w]*[.,]?\d)")
SEPARATORS = re.compile(r"[,;\n\u2022]|\s+(?:and|und)\s+")
NAMED = re.compile(rf"^\s*({'|'.join(NAMES)}|{'|'.join(name.replace('_', ' ') for name in NAMES)})\s*:\s*(.*)$", re.I)


def read_message(said: OwnersMessage) -> Understood:
    """Read a message plainly: fields that it names ("title: A web shop"), else an answer to what was asked."""
    named = [match for line in said.message.splitlines() if (match := NAMED.match(line))]
    if named:
        found: dict[str, Any] = {}
        for match in named:
            name = next(name for name in NAMES if name == match[1].lower().replace(" ", "_"))
            _merge(found, READERS[name](match[2].strip()))
        return Understood(**found)
    if said.asking == "confirmation":
        return Understood(reply='Say what to change, as in "title: A web shop".')
    return Understood(**READERS[said.asking](said.message.strip()))


def _merge(found: dict[str, Any], more: dict[str, Any]) -> None:
    declined = [*found.get("declined", []), *more.get("declined", [])]
    found.update(more)
    found["declined"] = declined


def _title(text: str) -> dict[str, Any]:
    first, _, rest = text.partition("\n")
    return {"title": first.strip()} | (_description(rest) if rest.strip() else {})


def _description(text: str) -> dict[str, Any]:
    """The description, with the skills and years that it asks for; as many skills as may be, the wished ones last."""
    asked = requirements_in(text, MOST_SKILLS)
    required, wished = asked.required_skills, asked.wished_skills[: MOST_SKILLS - len(asked.required_skills)]
    read = {"required_skills": required or None, "wished_skills": wished or None}
    return {"description": text.strip(), **read, "min_years": asked.min_years}


def _list_of(name: Name) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        if NONE.fullmatch(text):
            return {"declined": [name]}
        return {name: [part for each in SEPARATORS.split(text) if (part := each.strip(" .-*\t"))]}

    return read


def _number_of(name: Name) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        number = NUMBER.search(text)
        if number:
            return {name: float(number[1].replace(",", "."))}
        return {"declined": [name]} if NONE.fullmatch(text) else {}

    return read


def _remote(text: str) -> dict[str, Any]:
    if NO.fullmatch(text):
        return {"remote": False}
    return {"remote": True} if BEGINS_WITH_YES.match(text) or REMOTE.search(text) else {}


def _location(text: str) -> dict[str, Any]:
    return {"declined": ["location"]} if NONE.fullmatch(text) else {"location": text}


READERS: dict[Name, Callable[[str], dict[str, Any]]] = {
    "title": _title,
    "description": _description,
    "required_skills": _list_of("required_skills"),
    "wished_skills": _list_of("wished_skills"),
    "min_years": _number_of("min_years"),
    "languages": _list_of("languages"),
    "remote": _remote,
    "location": _location,
    "max_rate": _number_of("max_rate"),
}
