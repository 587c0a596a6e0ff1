"""Freelancers as the index wants them, read from the database, which is the truth."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models import Freelancer
from sourcing.index.documents import Document
from sourcing.scoring import Candidate
from sourcing.title_words import title_words

READ_AT_ONCE = 2000

Page = tuple[list[Document], str | None]

_COLUMNS = (
    Freelancer.id,
    Freelancer.version,
    Freelancer.name,
    Freelancer.headline,
    Freelancer.positions,
    Freelancer.skills,
    Freelancer.languages,
    Freelancer.location,
    Freelancer.years_of_experience,
    Freelancer.rate,
    Freelancer.available,
    Freelancer.remote,
)


def documents_after(session: Session, freelancer_id: str) -> Page:
    """Read the next freelancers in the order of ids, and the id to go on from; None at the end.

    Those of whom no skill is known are left out.
    """
    wanted = select(*_COLUMNS).where(Freelancer.id > freelancer_id).order_by(Freelancer.id).limit(READ_AT_ONCE)
    rows = session.execute(wanted).all()
    return list(_documents(rows)), rows[-1].id if len(rows) == READ_AT_ONCE else None


def documents_of(session: Session, freelancer_ids: Collection[str]) -> list[Document]:
    """Read some freelancers, at most as many as are read at once; those of whom no skill is known are left out."""
    return list(_documents(session.execute(select(*_COLUMNS).where(Freelancer.id.in_(freelancer_ids))).all()))


def versions_after(session: Session, freelancer_id: str) -> tuple[dict[str, int], str | None]:
    """Read the versions of the next freelancers in the order of ids, and the id to go on from; None at the end."""
    wanted = select(Freelancer.id, Freelancer.version).where(Freelancer.id > freelancer_id, Freelancer.version > 0)
    rows = session.execute(wanted.order_by(Freelancer.id).limit(READ_AT_ONCE)).all()
    return {row.id: row.version for row in rows}, rows[-1].id if len(rows) == READ_AT_ONCE else None


def versions_of(session: Session, freelancer_ids: Collection[str]) -> dict[str, int]:
    """Read the versions of some freelancers."""
    rows = session.execute(select(Freelancer.id, Freelancer.version).where(Freelancer.id.in_(freelancer_ids)))
    return {row.id: row.version for row in rows}


def ids_up_to(session: Session, count: int) -> list[str]:
    """Read the ids of the first so many freelancers who have a profile."""
    return list(
        session.scalars(select(Freelancer.id).where(Freelancer.version > 0).order_by(Freelancer.id).limit(count))
    )


def _documents(rows: Collection[Row[Any]]) -> Iterator[Document]:
    for row in rows:
        present = Candidate.model_validate({"skills": row.skills}).present
        credits = {skill_id: skill.credit for skill_id, skill in present.items()}
        if credits:
            yield Document(
                row.id,
                row.version,
                credits,
                tuple(str(each["name"]) for each in row.languages),
                row.location,
                row.years_of_experience,
                row.rate,
                row.available,
                row.remote,
                title_words([row.headline, *(str(each.get("title", "")) for each in row.positions)], row.name),
            )
