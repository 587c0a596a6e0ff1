"""The effect that everybody has on the database for each event, and the inbox row of those who write it by hand."""

from sqlalchemy import String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.events import ProjectCreated
from bench.work import BenchError


class Table(DeclarativeBase):
    """The tables of this benchmark."""


class Project(Table):
    """The effect: one row for each event."""

    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    max_rate: Mapped[float]


class Seen(Table):
    """The inbox by hand: one row for each event that a handler has done, with the key that Trunkline's inbox has."""

    __tablename__ = "seen"
    handler: Mapped[str] = mapped_column(String(200), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(256), primary_key=True)


def effect_of(event: ProjectCreated) -> Project:
    """The row of an event."""
    return Project(id=event.project_id + 1, title=event.title, max_rate=event.max_rate)


def check_effects(session: Session, times: int) -> None:
    """Check that each event had its effect, once."""
    found = session.scalar(select(func.count()).select_from(Project))
    if found != times:
        raise BenchError(f"{times} events were counted as handled, and the database has the effects of {found}")
