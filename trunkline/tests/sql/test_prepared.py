"""Statements that go straight to the driver behave as SQLAlchemy's do."""

from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import bindparam, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trunkline.sql import Database, inbox
from trunkline.sql.prepared import Prepared
from trunkline.sql.tables import inbox as marks

ADD = Prepared(
    lambda _: insert(marks).values(
        handler=bindparam("handler"), event_id=bindparam("event_id"), done_at=bindparam("done_at")
    )
)


def add(session: Session, event_id: str) -> int:
    return ADD.run(session, handler="handler", event_id=event_id, done_at=datetime(2026, 1, 2, 3, 4, 5, 6, UTC))


class TestErrors:
    """What the driver raises is raised as SQLAlchemy's own."""

    async def test_a_broken_constraint_is_an_integrity_error_that_repeats_no_value(self, database: Database) -> None:
        assert await database.write(partial(add, event_id="open sesame")) == 1
        with pytest.raises(IntegrityError) as failed:
            await database.write(partial(add, event_id="open sesame"))
        assert "INSERT INTO trunkline_inbox" in str(failed.value)
        assert "[parameters" not in str(failed.value)

    async def test_a_connection_that_the_server_ended_is_replaced_unseen(self, postgresql_url: str) -> None:
        database = Database(postgresql_url)
        database.create_tables()
        await database.start()
        await database.write(partial(inbox.mark, handler="handler", event_id="one"))
        engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        engine.dispose()
        assert await database.write(partial(inbox.mark, handler="handler", event_id="two"))
        assert not await database.write(partial(inbox.mark, handler="handler", event_id="two"))
        await database.close()


class TestValues:
    """Values are stored as the table's own types store them."""

    async def test_what_was_written_past_sqlalchemy_is_read_and_found_by_it(self, database: Database) -> None:
        await database.write(partial(add, event_id="one"))
        when = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
        query = select(marks.c.event_id, marks.c.done_at).where(marks.c.done_at == when)
        found = await database.read(lambda session: session.execute(query).one())
        assert tuple(found) == ("one", when)
