"""Where JetStream was seen is remembered."""

from trunkline.sql import Database, servers


async def test_only_what_was_seen_is_known(database: Database) -> None:
    assert not await database.read(lambda session: servers.known(session, "abc"))
    for _ in range(2):
        await database.write(lambda session: servers.remember(session, "abc"))
    assert await database.read(lambda session: servers.known(session, "abc"))
    assert not await database.read(lambda session: servers.known(session, "def"))
