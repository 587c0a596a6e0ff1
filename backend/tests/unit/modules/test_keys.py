"""Events of one key are numbered one transaction after another, on the row that the key names."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models import CVState, Model
from modules.cv_analyzer import complete
from sourcing.profiles import ReadProfile
from tests.unit.modules.world import World
from trunkline.sql import Database
from trunkline.testing import PostgresqlServer


@pytest.fixture
async def concurrent_world(postgresql_server: PostgresqlServer) -> AsyncIterator[World]:
    """A world in PostgreSQL, where transactions run side by side."""
    name = f"keys_{uuid4().hex}"
    database = Database(postgresql_server.create_database(name))
    database.create_tables(Model.metadata)
    await database.start()
    yield World(database)
    await database.close()
    postgresql_server.drop_database(name)


async def test_two_cvs_of_a_freelancer_are_completed_one_after_the_other(concurrent_world: World) -> None:
    world = concurrent_world
    freelancer = await world.freelancer()
    first, second = [await world.cv(freelancer, state=CVState.PROCESSING) for _ in range(2)]
    other = await world.cv(await world.freelancer(), state=CVState.PROCESSING)
    engine = world.database.engine
    with Session(engine) as uncommitted, Session(engine) as beside:
        complete(uncommitted, cv_id=first, profile=ReadProfile())
        uncommitted.flush()
        beside.execute(text("SET LOCAL lock_timeout = '300ms'"))
        complete(beside, cv_id=other, profile=ReadProfile())
        with pytest.raises(OperationalError, match="lock timeout"):
            complete(beside, cv_id=second, profile=ReadProfile())
