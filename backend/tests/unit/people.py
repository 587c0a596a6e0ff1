"""What the fixtures of the unit tests give: people, a match of two of them, and the events that wait."""

from dataclasses import dataclass
from typing import Any

from core.security import create_token
from models import Role


@dataclass(frozen=True)
class Person:
    """An account, and the header that signs it in."""

    id: str
    name: str
    email: str
    role: Role

    @property
    def signed_in(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {create_token(self.id).text}"}


@dataclass(frozen=True)
class Matched:
    """A project and a freelancer who was scored for it."""

    project_id: str
    opportunity_id: str
    owner: Person
    freelancer: Person


@dataclass(frozen=True)
class Waiting:
    """An event in the outbox."""

    subject: str
    key: str | None
    data: dict[str, Any]
