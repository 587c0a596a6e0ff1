"""Attempts: counted before they begin, taken back when they could not end, and only by who owns the handler."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from trunkline import Event, Message, OwnershipLost
from trunkline.attempts import Letter
from trunkline.records import OwnedRecords, Records
from trunkline.sql import Database, attempts, deadletters
from trunkline.sql.tables import attempts as rows
from trunkline.sql.tables import leases
from trunkline.wire import Received

EVENT = Event.create("a.1.made", {"number": 1})


def message(event: Event) -> Message:
    return Message(Received(event.subject, "", event.head(), event.payload))


async def begun(database: Database) -> list[int]:
    return list(await database.read(lambda session: session.scalars(select(rows.c.begun)).all()))


async def owned(records: Records) -> OwnedRecords:
    tenure = await records.own("keen", "one", 30.0)
    assert tenure is not None
    return tenure


class TestCounting:
    """Which attempt it is, whoever makes it."""

    async def test_each_has_the_next_number(self, database: Database) -> None:
        one, other = Records(database), Records(database)
        assert await one.begin("keen", EVENT, before=1) == 2
        assert await other.begin("keen", EVENT, before=1) == 3
        assert await other.begin("another", EVENT, before=0) == 1

    async def test_one_that_could_not_end_is_taken_back(self, database: Database) -> None:
        records = Records(database)
        assert await records.begin("keen", EVENT, before=1) == 2
        await records.excuse("keen", [EVENT])
        assert await records.begin("keen", EVENT, before=1) == 2

    async def test_a_first_one_that_was_not_written_down_can_be_taken_back(self, database: Database) -> None:
        records = Records(database)
        for _ in range(3):
            await records.excuse("keen", [EVENT])
        assert await records.begin("keen", EVENT, before=1) == 1

    async def test_what_is_done_does_not_begin(self, database: Database) -> None:
        records = Records(database)
        await records.commit("keen", EVENT, lambda session: None)
        assert await records.begin("keen", EVENT, before=1) is None

    async def test_old_ones_are_forgotten(self, database: Database) -> None:
        await Records(database).begin("keen", EVENT, before=0)
        now = datetime.now(UTC)
        assert await database.write(partial(attempts.prune, before=now - timedelta(days=1))) == 0
        assert await database.write(partial(attempts.prune, before=now + timedelta(days=1))) == 1
        assert await begun(database) == []


class TestOwnership:
    """Only the owner of an ordered handler writes; what it has ended it forgets."""

    async def test_there_is_one_owner_until_it_gives_up(self, database: Database) -> None:
        records = Records(database)
        tenure = await owned(records)
        assert await records.own("keen", "other", 30.0) is None
        assert await tenure.renew()
        await tenure.release()
        assert await records.own("keen", "other", 30.0) is not None

    async def test_a_commit_and_a_dead_letter_forget_the_attempts(self, database: Database) -> None:
        tenure = await owned(Records(database))
        assert await tenure.begin("keen", EVENT, before=0) == 1
        await tenure.commit("keen", EVENT, lambda session: None)
        other = Event.create("a.2.made", {"number": 2})
        assert await tenure.begin("keen", other, before=0) == 1
        await tenure.bury(Letter("keen", message(other), RuntimeError("never"), 1))
        assert await begun(database) == []

    async def test_who_was_replaced_writes_nothing(self, database: Database) -> None:
        records = Records(database)
        late = await owned(records)
        await database.write(lambda session: session.execute(update(leases).values(expires_at=0.0)))
        owner = await records.own("keen", "other", 30.0)
        assert owner is not None
        assert not await late.renew()
        letter = Letter("keen", message(EVENT), RuntimeError("never"), 1)
        for write in (
            late.begin("keen", EVENT, before=0),
            late.commit("keen", EVENT, lambda session: None),
            late.bury(letter),
        ):
            with pytest.raises(OwnershipLost):
                await write
        assert late.lost.is_set()
        assert await database.read(deadletters.list) == []
        assert await owner.begin("keen", EVENT, before=0) == 1
