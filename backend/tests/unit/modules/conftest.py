from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models import Model
from tests.unit.modules.world import World
from trunkline.sql import Database


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """An empty world, in a SQLite database of its own."""
    database = Database(f"sqlite:///{tmp_path / 'world.db'}")
    database.create_tables(Model.metadata)
    await database.start()
    yield World(database)
    await database.close()
