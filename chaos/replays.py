"""The operator of a run: replays the dead letters of events that can be handled by now, again and again."""

import asyncio

from chaos.trouble import NotMendedYet
from trunkline.errors import DatabaseError
from trunkline.sql import Database, deadletters

ERROR_CLASS = f"{NotMendedYet.__module__}.{NotMendedYet.__qualname__}"

_PAUSE_SECONDS = 1.0
_RATE = 50.0


async def replay_again_and_again(database: Database) -> None:
    """Go on until cancelled; a database that is away is tried again."""
    while True:
        try:
            async for _ in deadletters.replay_all(database, error_class=ERROR_CLASS, rate=_RATE):
                pass
        except DatabaseError:
            pass
        await asyncio.sleep(_PAUSE_SECONDS)
