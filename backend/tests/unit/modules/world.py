"""A small world in a real database, and what it has said."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CV, Account, CVState, Freelancer, Model, Opportunity, OpportunityState, Project, Role, new_id
from services.nats_service import NATSService
from tests.e2e.people import until
from trunkline.sql import Database
from trunkline.sql.tables import outbox
from trunkline.subjects import matches

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)


def skill(name: str, status: str = "found", years: float | None = None) -> dict[str, Any]:
    """A skill of a profile, whose id is its name in small letters."""
    return {"id": name.lower(), "name": name, "years": years, "evidence": None, "status": status}


async def until_streams_are_there(service: NATSService) -> None:
    """Wait until the server has every stream that the service declares, so that nats-py can publish to them."""

    async def are_there() -> bool:
        return all(stream.exists for stream in await service.connection.stream_status())

    await until(are_there)


class World:
    """People, projects and CVs, made in a line each."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def do(self, effect: Callable[..., T], **arguments: Any) -> T:
        """Run an effect as one transaction."""
        return await self.database.write(partial(effect, **arguments))

    async def add(self, row: Row) -> Row:
        """Put a row into the database."""

        def insert(session: Session) -> Row:
            session.add(row)
            session.flush()
            session.refresh(row)
            return row

        return await self.database.write(insert)

    async def get(self, kind: type[Row], key: Any) -> Row:
        """Return the row as it is now."""
        return await self.database.read(lambda session: session.get_one(kind, key))

    async def change(self, kind: type[Row], key: Any, **fields: Any) -> None:
        """Set fields of a row."""

        def update(session: Session) -> None:
            row = session.get_one(kind, key)
            for name, value in fields.items():
                setattr(row, name, value)

        await self.database.write(update)

    async def account(self, role: Role) -> Account:
        """Register somebody."""
        return await self.add(Account(email=f"{new_id()}@example.org", password_hash="-", name="Somebody", role=role))

    async def owner(self) -> str:
        """Register an owner; return the id."""
        return (await self.account(Role.OWNER)).id

    async def freelancer(self, *skills: dict[str, Any], **fields: Any) -> str:
        """Register a freelancer with a profile; return the id."""
        account = await self.account(Role.FREELANCER)
        await self.add(Freelancer(id=account.id, name=account.name, skills=list(skills), version=1, **fields))
        return account.id

    async def project(self, owner_id: str | None = None, **fields: Any) -> str:
        """Post a project; return the id."""
        owner_id = owner_id or await self.owner()
        given = {"title": "A project", "requirements": {}} | fields
        return (await self.add(Project(owner_id=owner_id, **given))).id

    async def opportunity(self, project_id: str, freelancer_id: str, **fields: Any) -> str:
        """Offer a project to a freelancer; return the opportunity's id."""
        given = {"state": OpportunityState.AVAILABLE, "match_confidence": 0.5} | fields
        return (await self.add(Opportunity(project_id=project_id, freelancer_id=freelancer_id, **given))).id

    async def opportunity_of(self, project_id: str, freelancer_id: str) -> Opportunity | None:
        """Return the pair's row."""
        pair = (Opportunity.project_id == project_id, Opportunity.freelancer_id == freelancer_id)
        return await self.database.read(lambda session: session.scalar(select(Opportunity).where(*pair)))

    async def cv(self, freelancer_id: str, **fields: Any) -> str:
        """Upload a CV; return the id."""
        given = {"filename": "cv.txt", "size": 1, "storage_key": "cv", "state": CVState.UPLOADED} | fields
        return (await self.add(CV(freelancer_id=freelancer_id, **given))).id

    async def said(self, pattern: str = ">") -> list[tuple[str, dict[str, Any]]]:
        """Return the events written so far, in order: subject and data."""
        rows = await self.database.read(
            lambda session: session.execute(select(outbox.c.subject, outbox.c.payload).order_by(outbox.c.seq)).all()
        )
        return [(subject, json.loads(payload)) for subject, payload in rows if matches(pattern, subject)]

    async def subjects(self, pattern: str = ">") -> list[str]:
        """Return the subjects of the events written so far, in order."""
        return [subject for subject, _ in await self.said(pattern)]
