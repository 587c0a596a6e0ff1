"""What an agent says of itself."""

import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field

from trunkline.errors import ConfigurationError
from trunkline.events import new_id
from trunkline.tally import Tally

log = structlog.get_logger(__name__)

MAX_BYTES = 256 << 10
"""What a presence may have as JSON: it travels in one message."""
UNVERSIONED = "0.0.0"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-((0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
_MAX_VERSION = 64


class Skill(BaseModel):
    """Something that an agent can do: what it takes and what comes of it, as JSON Schemas; an empty one is anything.

    `subject` is where it listens, and `queue` the name that its instances share there.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    description: str = ""
    subject: str = ""
    queue: str = ""
    input_schema: dict[str, Any] = Field(default_factory=dict)
    result_schema: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentCard:
    """One instance of an agent, to be entered in the registry.

    Args:
        name: one token of letters, digits, ``-`` and ``_``, the same for all instances.
        version: as https://semver.org has it.
        description: a sentence.
        skills: what it can do.
        load: called when somebody wants to know; 0 is idle, 1 is all that it can do at once.
        tallies: what was done, by the id of a skill.
        instance: unlike that of any other instance, also of an earlier run.
        started: when it began.

    Raises:
        ConfigurationError: name, instance or version are none.
    """

    name: str
    version: str = UNVERSIONED
    description: str = ""
    skills: Sequence[Skill] = ()
    load: Callable[[], float] = float
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    instance: str = field(default_factory=new_id)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        for what, token in (("name", self.name), ("instance", self.instance)):
            if not _TOKEN.fullmatch(token):
                raise ConfigurationError(
                    f"an agent's {what} must be 1 to 128 letters, digits, '-' or '_', not {token[:80]!a}"
                )
        if len(self.version) > _MAX_VERSION or not _VERSION.fullmatch(self.version):
            raise ConfigurationError(
                f"agent {self.name}: version {self.version[:80]!a} must be of the form 1.2.3 (https://semver.org)"
            )


class Presence(BaseModel):
    """What an instance says, each time: its card, where it runs, and for how many seconds its word holds (`ttl`)."""

    name: str
    instance: str
    version: str
    description: str
    skills: list[Skill]
    load: float | None
    """None: it could not be told."""
    started: datetime
    host: str
    pid: int
    ttl: float


def presence_of(card: AgentCard, ttl: float) -> Presence:
    """Return what an instance of this process says now."""
    return Presence(
        name=card.name,
        instance=card.instance,
        version=card.version,
        description=card.description,
        skills=list(card.skills),
        load=_load(card),
        started=card.started,
        host=socket.gethostname(),
        pid=os.getpid(),
        ttl=ttl,
    )


def check_size(card: AgentCard) -> None:
    """Refuse a card that is too large for one message.

    Raises:
        ConfigurationError: its skills take more than 256 KiB.
    """
    size = len(presence_of(card, 1.0).model_dump_json())
    if size > MAX_BYTES:
        raise ConfigurationError(
            f"agent {card.name}: what it says of itself takes {size} bytes, {MAX_BYTES} at most; give smaller schemas"
        )


def _load(card: AgentCard) -> float | None:
    try:
        return round(float(card.load()), 3)
    except Exception:
        log.exception("an agent's load cannot be told", agent=card.name)
        return None
