"""Dead letters keep what is needed to understand and replay an event."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline import (
    AlreadyReplayed,
    Event,
    InvalidEvent,
    InvalidSubject,
    NoSuchDeadLetter,
    OutboxFull,
    Subject,
    Subjects,
)
from trunkline.sql import Database, deadletters, inbox, outbox
from trunkline.sql.deadletters import RELAY, DeadLetter
from trunkline.sql.tables import outbox as rows

DECLARED = Subjects([Subject("cv.{cv_id}.uploaded", key="cv_id")])


def fail(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as raised:
        return raised


def made(id: str = "event", *, subject: str = "cv.1.uploaded") -> Event:
    return Event.create(subject, {"cv_id": 1}, subjects=DECLARED, id=id)


def bury(
    session: Session, event: Event | str = "event", *, handler: str = "analyser", error: Exception | None = None
) -> None:
    """Give an event up, as a durable handler does."""
    event = made(event) if isinstance(event, str) else event
    inbox.mark(session, handler, event.id)
    deadletters.add(
        session,
        handler=handler,
        event=event,
        error=fail(error or ValueError("no such skill")),
        attempts=5,
        stream="CV",
        sequence=9,
        headers={**event.wire_headers(), "Nats-Expected-Stream": "CV"},
    )


def give_up_sending(session: Session, id: str = "event", *, subject: str = "vc.1.uploaded") -> None:
    """Give an event up, as the relay does."""
    event = made(id, subject=subject)
    deadletters.add(session, handler=RELAY, event=event, error=fail(ValueError("no stream")), attempts=1)


async def only(database: Database, *, replayed: bool = False) -> DeadLetter:
    [letter] = await database.read(partial(deadletters.list, replayed=replayed))
    return letter


async def waiting(database: Database) -> Sequence[Event]:
    """Return what is in the outbox, in order."""
    query = select(rows).order_by(rows.c.seq)
    found = await database.read(lambda session: session.execute(query).all())
    return [Event.received(row.subject, row.payload, row.headers) for row in found]


async def replayed(database: Database, **kind: object) -> list[str]:
    options: dict[str, object] = {"rate": 10_000, **kind}
    return [event.id async for event in deadletters.replay_all(database, **options)]  # type: ignore[arg-type]


class TestKeeping:
    """What is kept of an event that was given up."""

    async def test_everything_is_kept(self, database: Database) -> None:
        await database.write(bury)
        listed = await only(database)
        letter = await database.read(partial(deadletters.get, id=listed.id))
        assert letter == listed
        assert (letter.handler, letter.event_id, letter.message_id) == ("analyser", "event", "event")
        assert (letter.subject, letter.type, letter.key) == ("cv.1.uploaded", "cv.uploaded", "1")
        assert (letter.payload, letter.stream, letter.sequence, letter.attempts) == (b'{"cv_id":1}', "CV", 9, 5)
        assert letter.headers["Nats-Expected-Stream"] == "CV"
        assert (letter.error_class, letter.error_message) == ("ValueError", "no such skill")
        assert "in fail\n" in letter.traceback
        assert letter.created_at.tzinfo is not None
        assert (letter.original_payload, letter.original_subject, letter.edited_at, letter.replayed_at) == (None,) * 4

    async def test_the_same_failure_is_kept_once_and_each_round_and_handler_apart(self, database: Database) -> None:
        again = made().replayed("analyser")
        for event, handler in ((made(), "analyser"), (made(), "analyser"), (again, "analyser"), (made(), "builder")):
            await database.write(partial(bury, event=event, handler=handler))
        letters = await database.read(deadletters.list)
        assert [(letter.handler, letter.rounds) for letter in letters] == [
            ("analyser", 0),
            ("analyser", 1),
            ("builder", 0),
        ]

    async def test_hostile_text_is_kept_as_far_as_a_database_can(self, database: Database) -> None:
        received = Event.received("cv.1.uploaded", b"\x00\xff", {"Mine": "\ud800\x00", "Trunkline-Round": "9" * 99})
        hostile = replace(received, id="a\x00" * 9000, key="\x00", type="\x00" * 9000)
        await database.write(partial(bury, event=hostile, error=ValueError("\x00\ud800" * 9000)))
        letter = await only(database)
        assert letter.payload == b"\x00\xff"
        assert letter.headers["Mine"] == "\\ud800\\x00"
        assert letter.event_id.startswith("sha256:")
        assert letter.rounds == 0

    async def test_an_unknown_one_is_none(self, database: Database) -> None:
        for id in ("nobody", "\x00\ud800"):
            assert await database.read(partial(deadletters.get, id=id)) is None


class TestFinding:
    """Letters are found page by page, and by kind of failure."""

    async def test_they_are_listed_oldest_first_page_by_page_and_by_kind(self, database: Database) -> None:
        for number in range(5):
            await database.write(partial(bury, event=str(number)))
        first = await database.read(partial(deadletters.list, limit=3))
        rest = await database.read(partial(deadletters.list, after=first[-1].id))
        assert [letter.event_id for letter in (*first, *rest)] == ["0", "1", "2", "3", "4"]
        for kind, found in (("handler", "analyser"), ("error_class", "ValueError"), ("type", "cv.uploaded")):
            assert len(await database.read(partial(deadletters.list, **{kind: found}))) == 5  # type: ignore[arg-type]
            assert await database.read(partial(deadletters.count, **{kind: "other"})) == 0  # type: ignore[arg-type]

    async def test_hostile_filters_find_nothing(self, database: Database) -> None:
        await database.write(bury)
        for text in ("\x00", "\ud800", "'; --", "x" * 100_000):
            find = partial(deadletters.list, handler=text, error_class=text, type=text, after=text)
            assert await database.read(find) == []

    async def test_they_are_grouped_by_handler_error_and_type(self, database: Database) -> None:
        for number in range(3):
            await database.write(partial(bury, event=str(number), error=KeyError(number)))
        await database.write(bury)
        await database.write(give_up_sending)
        groups = await database.read(deadletters.groups)
        assert [(group.handler, group.error_class, group.type, group.letters) for group in groups] == [
            ("analyser", "KeyError", "cv.uploaded", 3),
            ("analyser", "ValueError", "cv.uploaded", 1),
            (RELAY, "ValueError", "vc.1.uploaded", 1),
        ]
        assert groups[0].example == "2"
        assert groups[0].first_at < groups[0].last_at
        assert groups[0].last_at.tzinfo is not None

    async def test_what_was_replayed_is_listed_apart_and_not_counted(self, database: Database) -> None:
        for id in ("a", "b"):
            await database.write(partial(bury, event=id))
        first, _ = await database.read(deadletters.list)
        await database.write(partial(deadletters.replay, id=first.id))
        assert (await only(database)).event_id == "b"
        assert (await only(database, replayed=True)).event_id == "a"
        assert await database.read(deadletters.count) == 1
        assert [group.letters for group in await database.read(deadletters.groups)] == [1]


class TestReplaying:
    """A replay is one transaction: the mark is taken away, the event is in the outbox, the letter says so."""

    async def test_the_same_event_goes_out_in_its_next_round_for_its_handler_alone(self, database: Database) -> None:
        await database.write(bury)
        await database.write(partial(deadletters.replay, id=(await only(database)).id))
        [event] = await waiting(database)
        assert (event.id, event.message_id) == ("event", "event/1/analyser")
        assert event == replace(made(), time=event.time, round=1, handler="analyser")
        assert event.is_for("analyser")
        assert not event.is_for("builder")
        assert not event.is_for(None)

    async def test_exactly_its_own_mark_is_taken_away(self, database: Database) -> None:
        for handler, id in (("analyser", "event"), ("builder", "event"), ("analyser", "other")):
            await database.write(partial(inbox.mark, handler=handler, event_id=id))
        await database.write(bury)
        await database.write(partial(deadletters.replay, id=(await only(database)).id))
        assert not await database.read(partial(inbox.done, handler="analyser", event_id="event"))
        assert await database.read(partial(inbox.done, handler="builder", event_id="event"))
        assert await database.read(partial(inbox.done, handler="analyser", event_id="other"))

    async def test_each_round_counts(self, database: Database) -> None:
        event = made()
        for round in range(3):
            await database.write(partial(bury, event=event))
            letter = await only(database)
            assert letter.rounds == round
            event = await database.write(partial(deadletters.replay, id=letter.id))
            await database.write(lambda session: inbox.clear(session, "analyser", "event"))
        assert [each.message_id for each in await waiting(database)] == [f"event/{n}/analyser" for n in (1, 2, 3)]

    async def test_two_handlers_that_gave_the_same_event_up_get_it_both(self, database: Database) -> None:
        for handler in ("analyser", "builder"):
            await database.write(partial(bury, handler=handler))
        assert await replayed(database) == ["event", "event"]
        assert {event.message_id for event in await waiting(database)} == {"event/1/analyser", "event/1/builder"}

    async def test_what_could_not_be_sent_is_back_in_the_outbox_for_everybody(self, database: Database) -> None:
        await database.write(give_up_sending)
        await database.write(partial(deadletters.replay, id=(await only(database)).id))
        [event] = await waiting(database)
        assert (event.id, event.message_id, event.handler) == ("event", "event/1", None)

    async def test_a_replay_that_could_not_be_sent_is_still_for_its_handler(self, database: Database) -> None:
        lost = made().replayed("analyser")
        await database.write(
            partial(deadletters.add, handler=RELAY, event=lost, error=ValueError("no stream"), attempts=1)
        )
        await database.write(partial(deadletters.replay, id=(await only(database)).id))
        [event] = await waiting(database)
        assert event.message_id == "event/2/analyser"

    async def test_it_is_done_once_however_often_it_is_asked_for(self, database: Database) -> None:
        await database.write(bury)
        replay = partial(deadletters.replay, id=(await only(database)).id)
        results = await asyncio.gather(*(database.write(replay) for _ in range(5)), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["AlreadyReplayed"] * 4 + ["Event"]
        assert len(await waiting(database)) == 1

    async def test_the_replay_of_one_given_up_again_in_the_same_round_is_another_message(
        self, database: Database
    ) -> None:
        """The original was delivered again before its replay was done; the stream has that replay already."""
        await database.write(partial(bury, event=made(), handler="analyser"))
        first = await database.write(partial(deadletters.replay, id=(await only(database)).id))
        await database.write(partial(bury, event=made(), handler="analyser"))
        letter = await only(database)
        assert letter.rounds == 1
        second = await database.write(partial(deadletters.replay, id=letter.id))
        assert (first.round, second.round) == (1, 2)
        assert first.message_id != second.message_id

    async def test_an_event_given_up_again_in_the_same_round_waits_again(self, database: Database) -> None:
        """A consumer that was made anew brings the first message back, before or after the replay."""
        await database.write(bury)
        letter = await only(database)
        await database.write(partial(deadletters.replay, id=letter.id))
        await database.write(partial(bury, error=KeyError("anew")))
        again = await only(database)
        assert (again.id, again.error_class, again.replayed_at) == (letter.id, "KeyError", None)

    async def test_a_letter_that_waits_is_not_overwritten(self, database: Database) -> None:
        await database.write(bury)
        await database.write(partial(deadletters.edit, id=(await only(database)).id, payload={"cv_id": 2}))
        await database.write(partial(bury, error=KeyError("anew")))
        assert (await only(database)).payload == b'{"cv_id":2}'

    async def test_a_full_outbox_leaves_letter_and_mark_as_they_were(self, database_url: str) -> None:
        database = Database(database_url, outbox_limit=1)
        await asyncio.to_thread(database.create_tables)
        await database.start()
        await database.write(lambda session: outbox.add(session, made("filler")))
        await database.write(bury)
        with pytest.raises(OutboxFull):
            await database.write(partial(deadletters.replay, id=(await only(database)).id))
        assert (await only(database)).replayed_at is None
        assert await database.read(partial(inbox.done, handler="analyser", event_id="event"))
        await database.close()

    async def test_there_is_nothing_to_replay_where_there_is_no_letter(self, database: Database) -> None:
        for call in (deadletters.replay, deadletters.edit, deadletters.discard):
            with pytest.raises(NoSuchDeadLetter, match="nobody"):
                await database.write(partial(call, id="nobody"))


class TestReplayingAKind:
    """A kind is replayed at a limited rate: what waits now, and nothing else."""

    @pytest.fixture
    async def several(self, database: Database) -> Database:
        for number in range(3):
            await database.write(partial(bury, event=str(number), error=KeyError(number)))
        await database.write(partial(bury, event="other"))
        return database

    async def test_only_the_kind_is_replayed_oldest_first(self, several: Database) -> None:
        assert await replayed(several, error_class="KeyError") == ["0", "1", "2"]
        assert (await only(several)).event_id == "other"

    async def test_no_more_than_the_limit(self, several: Database) -> None:
        assert await replayed(several, limit=2) == ["0", "1"]
        assert await several.read(deadletters.count) == 2

    async def test_what_fails_again_meanwhile_is_not_taken_again(
        self, several: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trunkline.sql.deadletters.replaying._PAGE", 3)  # the last page has room for more
        done = []
        async for event in deadletters.replay_all(several, rate=10_000):
            done.append(event.id)
            await several.write(partial(bury, event=event))
        assert done == ["0", "1", "2", "other"]
        assert [letter.rounds for letter in await several.read(deadletters.list)] == [1] * 4

    async def test_what_somebody_else_takes_meanwhile_is_left_to_them(self, several: Database) -> None:
        second = (await several.read(deadletters.list))[1]
        done = []
        async for event in deadletters.replay_all(several, rate=10_000):
            done.append(event.id)
            if len(done) == 1:
                await several.write(partial(deadletters.discard, id=second.id))
        assert done == ["0", "2", "other"]

    async def test_letters_are_a_rates_distance_apart(self, several: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)

        monkeypatch.setattr("trunkline.sql.deadletters.replaying.asyncio.sleep", sleep)
        assert len(await replayed(several, rate=0.001)) == 4
        assert [round(pause / 1000) for pause in pauses] == [0, 1, 2, 3]

    async def test_pages_do_not_show(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("trunkline.sql.deadletters.replaying._PAGE", 2)
        for number in range(5):
            await database.write(partial(bury, event=str(number)))
        assert await replayed(database) == ["0", "1", "2", "3", "4"]

    async def test_without_letters_nothing_happens(self, database: Database) -> None:
        assert await replayed(database) == []

    @pytest.mark.parametrize("rate", [0, -1, float("nan")])
    async def test_a_rate_is_above_zero(self, several: Database, rate: float) -> None:
        with pytest.raises(ValueError, match="rate"):
            await replayed(several, rate=rate)


class TestEditing:
    """What a replay sends can be changed; the original stays beside it."""

    async def test_a_payload_and_its_original(self, database: Database) -> None:
        await database.write(bury)
        id = (await only(database)).id
        for number in (2, 3):
            edited = await database.write(partial(deadletters.edit, id=id, payload={"cv_id": number}))
        assert edited == await only(database)
        assert (edited.payload, edited.original_payload) == (b'{"cv_id":3}', b'{"cv_id":1}')
        assert edited.edited_at is not None
        await database.write(partial(deadletters.replay, id=id))
        [event] = await waiting(database)
        assert (event.payload, event.id) == (b'{"cv_id":3}', "event")

    async def test_a_mistyped_subject_with_key_and_type_of_the_right_one(self, database: Database) -> None:
        await database.write(give_up_sending)
        id = (await only(database)).id
        edit = partial(deadletters.edit, id=id, subject="cv.1.uploaded", subjects=DECLARED)
        edited = await database.write(edit)
        assert (edited.subject, edited.original_subject) == ("cv.1.uploaded", "vc.1.uploaded")
        await database.write(partial(deadletters.replay, id=id))
        [event] = await waiting(database)
        assert (event.subject, event.type, event.key) == ("cv.1.uploaded", "cv.uploaded", "1")

    async def test_a_handlers_letter_keeps_its_subject(self, database: Database) -> None:
        await database.write(bury)
        with pytest.raises(InvalidEvent) as caught:
            await database.write(partial(deadletters.edit, id=(await only(database)).id, subject="cv.2.uploaded"))
        assert caught.value.field == "subject"

    async def test_what_cannot_be_sent_is_refused(self, database: Database) -> None:
        await database.write(give_up_sending)
        id = (await only(database)).id
        with pytest.raises(InvalidSubject):
            await database.write(partial(deadletters.edit, id=id, subject="cv..uploaded"))
        with pytest.raises(InvalidEvent):
            await database.write(partial(deadletters.edit, id=id, payload={"at": object()}))

    async def test_what_was_replayed_is_not_edited(self, database: Database) -> None:
        await database.write(bury)
        id = (await only(database)).id
        await database.write(partial(deadletters.replay, id=id))
        with pytest.raises(AlreadyReplayed):
            await database.write(partial(deadletters.edit, id=id, payload={}))

    async def test_an_edit_of_nothing_is_none(self, database: Database) -> None:
        await database.write(bury)
        letter = await only(database)
        assert await database.write(partial(deadletters.edit, id=letter.id, subject=letter.subject)) == letter


class TestEnding:
    """Discarding erases a letter; those replayed are forgotten after some time, those that wait never."""

    async def test_a_discarded_letters_event_stays_done(self, database: Database) -> None:
        await database.write(bury)
        await database.write(partial(deadletters.discard, id=(await only(database)).id))
        assert await database.read(deadletters.list) == []
        assert await database.read(partial(inbox.done, handler="analyser", event_id="event"))

    async def test_only_what_was_replayed_long_ago_is_forgotten(self, database: Database) -> None:
        for id in ("a", "b"):
            await database.write(partial(bury, event=id))
        first, second = await database.read(deadletters.list)
        await database.write(partial(deadletters.replay, id=first.id))
        soon = datetime.now(UTC) + timedelta(seconds=1)
        assert await database.write(partial(deadletters.prune, before=soon - timedelta(hours=1))) == 0
        assert await database.write(partial(deadletters.prune, before=soon)) == 1
        assert await only(database) == second
