from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.application import Application
from tests.e2e.people import Person


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """The whole platform on its embedded defaults, in a folder of its own."""
    async with Application(tmp_path_factory.mktemp("platform")) as application:
        await application.connected()
        yield application


@pytest_asyncio.fixture(loop_scope="module")
async def owner(application: Application) -> Person:
    """A new project owner."""
    return await Person.register(application, "owner")


@pytest_asyncio.fixture(loop_scope="module")
async def freelancer(application: Application) -> Person:
    """A new freelancer."""
    return await Person.register(application, "freelancer")
