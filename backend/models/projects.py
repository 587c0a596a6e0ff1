"""Projects: what an owner needs done."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class ProjectState(StrEnum):
    """Whether a project still looks for people."""

    OPEN = "open"
    CLOSED = "closed"
    FILLED = "filled"
    """As many are hired as are wanted, or the owner says so."""


class Project(Model):
    """A project; `requirements` is a `ProjectRequirements` as JSON, `version` counts its edits.

    `places` is how many freelancers it wants; `matched_version` is the version that it was last matched at;
    `described_skills` are those that only its words name, and `described_by` says of which words and by which list.
    """

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    requirements: Mapped[dict[str, Any]] = mapped_column(JSON)
    described_skills: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    described_by: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[ProjectState] = mapped_column(default=ProjectState.OPEN, index=True)
    places: Mapped[int] = mapped_column(default=1, server_default="1")
    version: Mapped[int] = mapped_column(default=1)
    matched_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    def count_edit(self) -> None:
        """Count an edit. A project that is not open is settled with it: nobody will match it until it opens again."""
        self.version += 1
        if self.state is not ProjectState.OPEN:
            self.matched_version = self.version
