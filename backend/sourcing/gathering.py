"""Gathering what a project asks for, in a conversation with its owner: field by field, until nothing is open.

The conversation is a state and a function: what is known, which fields are settled (known, or declined), and what was
asked last. A runner reads one message of the owner (`owners_message.py` is the plain one) and says what it found;
`advanced` takes of it what is valid and asks for the next open field. So whoever reads the messages, the same fields
are asked for in the same order, and only the owner's own "yes" at the end makes a project of them.
"""

import re
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Name = Literal[
    "title",
    "description",
    "required_skills",
    "wished_skills",
    "min_years",
    "languages",
    "remote",
    "location",
    "max_rate",
]
NAMES: tuple[Name, ...] = get_args(Name)
Asking = Name | Literal["confirmation"]

LONGEST_REPLY = 600

INSTRUCTIONS = """\
You help the owner of a project to say what they need of a freelancer. The data is what is known so far, which field was
asked for last ("confirmation": whether all is right), and the owner's newest message.
Fill only the fields that the message gives a value for; set all others to null. Skills are short names, one for each
skill. `declined` names the fields of which the owner says that they do not matter. `reply` is at most two sentences
that answer what the owner asked, or empty; the next question is added to it."""

QUESTIONS: dict[Asking, str] = {
    "title": "What is the project called, in one line?",
    "description": "What is to be done? A few sentences are enough.",
    "required_skills": "Which skills must the freelancer have? Name them with commas between.",
    "wished_skills": 'Which skills would be welcome besides? Or say "none".',
    "min_years": 'How many years of experience are needed? A number, or "none".',
    "languages": 'Which languages does the work need (for example "German C1, English")? Or say "none".',
    "remote": "Can the work be done remotely? Yes or no.",
    "location": 'Where is the work? A place, or "none".',
    "max_rate": 'What may it cost at most, for an hour? A number, or "none".',
}
AGAIN: dict[Name, str] = {
    "title": "A title is needed, of at most 200 characters.",
    "description": "That is too long for a description.",
    "required_skills": "Skills are short names with commas between, such as: Python, PostgreSQL.",
    "min_years": "I need a number of years from 0 to 80.",
    "languages": "Languages are short names with commas between.",
    "remote": "Please answer with yes or no.",
    "location": "A place is a line of at most 200 characters.",
    "max_rate": "I need a number.",
}

AGREED = r"yes|y|yep|yeah|ok(?:ay)?|sure|correct|right|post it|looks good|do it|please|thanks?|ja|genau|passt|bitte"
YES = re.compile(rf"\W*(?:{AGREED})(?:\W+(?:{AGREED})){{0,5}}\W*", re.I)

Line = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(min_length=1, max_length=100)]


class Known(BaseModel):
    """What is known of a project; None: not known."""

    model_config = ConfigDict(extra="forbid")

    title: Line | None = None
    description: Annotated[str, Field(max_length=20_000)] | None = None
    required_skills: Annotated[list[Short], Field(max_length=100)] | None = None
    wished_skills: Annotated[list[Short], Field(max_length=100)] | None = None
    min_years: Annotated[float, Field(ge=0, le=80)] | None = None
    languages: Annotated[list[Short], Field(max_length=30)] | None = None
    remote: bool | None = None
    location: Line | None = None
    max_rate: Annotated[float, Field(ge=0, le=1_000_000)] | None = None


class Gathering(BaseModel):
    """How far a conversation has come. `declined` are the fields that do not matter to the owner."""

    known: Known = Known()
    declined: list[Name] = []
    asking: Asking = "title"

    @property
    def open(self) -> list[Name]:
        """The fields that are neither known nor declined, in the order in which they are asked for."""
        settled = {name for name in NAMES if getattr(self.known, name) is not None} | set(self.declined)
        if self.known.remote:
            settled.add("location")
        return [name for name in NAMES if name not in settled]


class OwnersMessage(BaseModel):
    """What a runner reads: the newest message, and where the conversation stands."""

    known: Known
    asking: Asking
    message: str


class Understood(BaseModel):
    """What a runner has understood of a message. Values that are not valid are left out later, each by itself."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    description: str | None = None
    required_skills: list[str] | None = None
    wished_skills: list[str] | None = None
    min_years: float | None = None
    languages: list[str] | None = None
    remote: bool | None = None
    location: str | None = None
    max_rate: float | None = None
    declined: list[Name] = []
    reply: str = ""


def opening() -> str:
    """The first question."""
    return QUESTIONS["title"]


def is_yes(message: str) -> bool:
    """Whether an owner agrees."""
    return YES.fullmatch(message.strip()) is not None


def advanced(gathering: Gathering, understood: Understood) -> tuple[Gathering, str]:
    """Take what is valid, and return the new state with what to say next."""
    given = ((name, getattr(understood, name)) for name in NAMES)
    taken: dict[str, object] = {
        name: valid for name, value in given if value is not None and (valid := _valid(name, value)) is not None
    }
    declined = [name for name in understood.declined if name != "title" and name not in taken]
    known = gathering.known.model_copy(update={**taken, **dict.fromkeys(declined)})
    kept = [name for name in gathering.declined if name not in taken]
    moved = Gathering(known=known, declined=list(dict.fromkeys([*kept, *declined])), asking="confirmation")
    if moved.open:
        moved.asking = moved.open[0]
    reply = understood.reply.strip()[:LONGEST_REPLY]
    if not reply and moved.asking == gathering.asking and moved.asking != "confirmation":
        reply = AGAIN.get(moved.asking, "")
    question = QUESTIONS.get(moved.asking) or confirmation(known)
    return moved, f"{reply} {question}".strip()


def confirmation(known: Known) -> str:
    """Say what was gathered, and ask whether it is right."""
    lines = [
        f"{name.replace('_', ' ')}: {_shown(value)}" for name in NAMES if (value := getattr(known, name)) is not None
    ]
    return "\n".join(["This is your project:", *lines, 'Shall I post it? Say "yes", or what to change.'])


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _valid(name: Name, value: object) -> object:
    """The value as the field takes it; None when it does not."""
    tidied: object = value
    if isinstance(value, str):
        tidied = _text(value) if name == "description" else _line(value)
    if isinstance(value, list):
        tidied = list(dict.fromkeys(line for each in value if (line := _line(str(each))))) or None
    try:
        valid: object = getattr(Known.model_validate({name: tidied}), name)
    except ValidationError:
        return None
    return valid


def _text(value: str) -> str:
    return "".join(each for each in value if each == "\n" or each.isprintable()).strip()


def _line(value: str) -> str:
    return _text(" ".join(value.split()))
