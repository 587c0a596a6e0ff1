"""What was answered to matches, and the calibrations of the confidence that were fitted to it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, now


class AnsweredBy(StrEnum):
    """Whose answer it is."""

    FREELANCER = "freelancer"
    OWNER = "owner"


class MatchOutcome(Model):
    """The last answer of one side of a match, and the score that the match had at the first.

    `number` grows with each match and side that is answered for the first time.
    """

    __tablename__ = "match_outcomes"
    __table_args__ = (UniqueConstraint("project_id", "freelancer_id", "answered_by"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    project_id: Mapped[str] = mapped_column(String(36), ForeignKey("projects.id"))
    freelancer_id: Mapped[str] = mapped_column(String(36), ForeignKey("freelancers.id"))
    answered_by: Mapped[AnsweredBy]
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    score: Mapped[float]
    accepted: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(default=now)


class CalibrationVersion(Model):
    """A fitted calibration: its coefficients, what it was fitted to, and how far it was off.

    `through` is the number of the newest outcome it has seen. `bins` is a list of {"predicted", "observed", "share"}.
    """

    __tablename__ = "calibrations"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    a: Mapped[float]
    b: Mapped[float]
    c: Mapped[float]
    outcomes: Mapped[int]
    accounts: Mapped[int]
    through: Mapped[int]
    calibration_error: Mapped[float]
    bins: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fitted_at: Mapped[datetime] = mapped_column(default=now)
