"""Clarifications: a question between the two sides of a match, and its answer."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Role
from models.declared import Model, new_id, now


class Clarification(Model):
    """A question asked by one side (`asked_by`), answered by the other, or withdrawn by who asked."""

    __tablename__ = "clarifications"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(String(36), ForeignKey("projects.id"), index=True)
    freelancer_id: Mapped[str] = mapped_column(String(36), ForeignKey("freelancers.id"), index=True)
    asked_by: Mapped[Role]
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
