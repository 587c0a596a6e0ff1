"""The text of a digest: how many messages of which kind about which project; none of their words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MOST_CHARACTERS = 120

_WORDS = {
    "chat": ("a new message", "{} new messages"),
    "clarification_request": ("a question to you", "{} questions to you"),
    "clarification_response": ("an answer to your question", "{} answers to your questions"),
    "clarification_reminder": ("a question that still waits for you", "{} questions that still wait for you"),
    "clarification_unanswered": ("a question of yours that nobody answered", "{} questions that nobody answered"),
    "opportunity": ("the project is offered to you", "the project is offered to you"),
    "opportunity_changed": ("an offer has changed", "offers have changed, {} times"),
    "answer": ("a freelancer has answered", "{} freelancers have answered"),
    "decision": ("the owner has decided", "the owner has decided, {} times"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a digest."""

    message_type: str
    project: str | None


def subject(lines: Iterable[Line]) -> str:
    """Return the digest's subject, of which nothing is anybody's own words."""
    count = len(list(lines))
    return f"{count} new {'notice' if count == 1 else 'notices'} on Expert sourcing"


def body(name: str, lines: Iterable[Line]) -> str:
    """Return the digest's text: a line for each kind of message about each project, in the order of the first ones."""
    counted = Counter(lines)
    listed = [f"- {_about(line)}{_counted(line.message_type, count)}" for line, count in counted.items()]
    return "\n".join(
        [
            f"Hello {on_one_line(name)},",
            "",
            *listed,
            "",
            "Sign in to read and answer. Your preferences say which notices come by mail.",
            "",
        ]
    )


def on_one_line(text: str) -> str:
    """Return text without what could begin a line, a header or a command; at most 120 characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:MOST_CHARACTERS]


def _about(line: Line) -> str:
    return f"{on_one_line(line.project)}: " if line.project else ""


def _counted(message_type: str, count: int) -> str:
    one, several = _WORDS[message_type]
    return one if count == 1 else several.format(count)
