"""Freelancers' profiles: what the matching knows of a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, now


class Freelancer(Model):
    """A profile; its id is the account's. It exists from registration on, empty until a CV is read or it is edited.

    `skills` is a list of {"id", "name", "years", "evidence", "method", "confidence", "status"}, status being "found"
    (read from a CV), "confirmed" or "denied" (by the freelancer); older ones may lack the method and the confidence.
    `languages` is a list of {"name", "level"}. `edited` names the other fields that the freelancer has set by hand:
    reading a CV leaves them as they are. `matched_version` is the newest version with which all open projects have
    been matched.
    """

    __tablename__ = "freelancers"

    id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    headline: Mapped[str] = mapped_column(String(300), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    skills: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    languages: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    positions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    years_of_experience: Mapped[float | None]
    location: Mapped[str | None] = mapped_column(String(200))
    remote: Mapped[bool] = mapped_column(default=True)
    available: Mapped[bool] = mapped_column(default=True)
    rate: Mapped[float | None]
    cv_id: Mapped[str | None] = mapped_column(String(36))
    edited: Mapped[list[str]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=0)
    matched_version: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
