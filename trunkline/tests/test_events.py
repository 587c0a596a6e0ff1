import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import nats
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, RootModel

from trunkline import Event, InvalidEvent, InvalidSubject, ReservedHeader, Subject, Subjects
from trunkline.events import new_id, serialise
from trunkline.headers import read_headers
from trunkline.server import NatsServer

DECLARED = Subjects([Subject("project.{project_id}.created", key="project_id"), Subject("chat.{id}.created")])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
any_text = st.text(st.characters(codec=None), max_size=40)


class Colour(Enum):
    RED = "red"


class ProjectCreated(BaseModel):
    model_config = ConfigDict(extra="allow")

    project_id: str
    at: datetime


class Numbers(RootModel[list[int]]):
    pass


class TestIdentity:
    """Every event has an id of its own, sorted by time, unless it is given one."""

    def test_new_ids_are_uuid7_and_sort_by_time(self) -> None:
        ids = [new_id() for _ in range(1000)]
        assert {UUID(text).version for text in ids} == {7}
        assert len(set(ids)) == 1000
        assert [text[:13] for text in ids] == sorted(text[:13] for text in ids)

    def test_two_events_are_never_the_same(self) -> None:
        assert Event.create("a.b", {}).id != Event.create("a.b", {}).id

    def test_given_id_is_kept(self) -> None:
        assert Event.create("a.b", {}, id="order-7").id == "order-7"

    @pytest.mark.parametrize("bad", ["", " ", "a\r\nb", "a\x00", " a", "a ", "x" * 257, "ë" * 129, "\ud800"])
    @pytest.mark.parametrize("field", ["id", "key"])
    def test_id_and_key_must_survive_a_header(self, field: str, bad: str) -> None:
        with pytest.raises(InvalidEvent) as caught:
            Event.create("a.b", {}, **{field: bad})  # type: ignore[arg-type]
        assert caught.value.field == {"id": "event_id", "key": "key"}[field]

    @pytest.mark.parametrize("field", ["source", "traceparent"])
    def test_other_headers_cannot_be_broken_open(self, field: str) -> None:
        with pytest.raises(InvalidEvent) as caught:
            Event.create("a.b", {}, **{field: "x\r\nNats-Msg-Id: y"})  # type: ignore[arg-type]
        assert caught.value.field == field


class TestDeclared:
    """Key and type come from the declared template."""

    def test_key_and_type(self) -> None:
        event = Event.create("project.7.created", {}, subjects=DECLARED)
        assert (event.key, event.type) == ("7", "project.created")

    def test_given_key_wins(self) -> None:
        assert Event.create("project.7.created", {}, subjects=DECLARED, key="mine").key == "mine"

    def test_template_without_a_key_gives_none(self) -> None:
        assert Event.create("chat.1.created", {}, subjects=DECLARED).key is None

    def test_undeclared_subject_is_its_own_type(self) -> None:
        event = Event.create("events.custom", {}, subjects=DECLARED)
        assert (event.key, event.type) == (None, "events.custom")

    def test_model_names_its_schema(self) -> None:
        data = ProjectCreated(project_id="7", at=datetime.now(UTC))
        assert Event.create("project.7.created", data).schema == "ProjectCreated"
        assert Event.create("project.7.created", {}).schema is None

    def test_time_is_now_and_knows_its_zone(self) -> None:
        before = datetime.now(UTC)
        assert before <= Event.create("a.b", {}).time <= datetime.now(UTC)

    def test_bad_subject_is_refused(self) -> None:
        with pytest.raises(InvalidSubject):
            Event.create("a.*", {})


class TestSerialise:
    """Data is written as a JSON object, with what programs have in it."""

    def test_usual_types(self) -> None:
        written = json.loads(
            serialise(
                {
                    "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                    "day": date(2026, 1, 2),
                    "took": timedelta(seconds=90),
                    "id": UUID(int=1),
                    "colour": Colour.RED,
                    "price": Decimal("1.10"),
                    "tags": {"one"},
                    "pair": (1, 2),
                    "raw": b"bytes",
                    "nested": ProjectCreated(project_id="7", at=datetime(2026, 1, 1, tzinfo=UTC)),
                }
            )
        )
        assert written == {
            "at": "2026-01-02T03:04:05Z",
            "day": "2026-01-02",
            "took": "PT1M30S",
            "id": "00000000-0000-0000-0000-000000000001",
            "colour": "red",
            "price": "1.10",
            "tags": ["one"],
            "pair": [1, 2],
            "raw": "bytes",
            "nested": {"project_id": "7", "at": "2026-01-01T00:00:00Z"},
        }

    def test_extra_fields_of_a_model_survive(self) -> None:
        model = ProjectCreated.model_validate({"project_id": "7", "at": "2026-01-01T00:00:00Z", "extra": [1]})
        assert json.loads(serialise(model))["extra"] == [1]

    @given(st.dictionaries(st.text(), json_values))
    def test_json_comes_back_as_it_went(self, data: dict[str, Any]) -> None:
        assert json.loads(serialise(data)) == data

    def test_any_mapping_will_do(self) -> None:
        assert serialise(MappingProxyType({"a": 1})) == b'{"a":1}'

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_what_json_has_no_number_for_is_null(self, number: float) -> None:
        class Measured(BaseModel):
            x: float

        assert serialise({"x": number}) == serialise(Measured(x=number)) == b'{"x":null}'

    @pytest.mark.parametrize("data", [None, [], "text", 1, b"{}", [("a", 1)]])
    def test_only_objects(self, data: object) -> None:
        with pytest.raises(InvalidEvent, match="must be an object"):
            serialise(data)  # type: ignore[arg-type]

    def test_model_that_is_no_object(self) -> None:
        with pytest.raises(InvalidEvent, match="Numbers is written as something else"):
            serialise(Numbers([1]))

    @pytest.mark.parametrize("value", [object(), b"\xff", "\ud800", lambda: None])
    def test_what_json_cannot_hold(self, value: object) -> None:
        with pytest.raises(InvalidEvent, match="cannot be written as JSON"):
            serialise({"x": value})

    def test_circle(self) -> None:
        circle: dict[str, object] = {}
        circle["self"] = circle
        with pytest.raises(InvalidEvent):
            serialise(circle)

    def test_abyss(self) -> None:
        deep: dict[str, object] = {}
        for _ in range(10_000):
            deep = {"x": deep}
        with pytest.raises(InvalidEvent):
            serialise(deep)


class TestHeaders:
    """A caller's headers travel, and cannot pretend to be the server's or ours."""

    @pytest.mark.parametrize(
        "name",
        ["Nats-Msg-Id", "nats-expected-stream", "ce-id", "CE-Source", "Trunkline-Key", "TRUNKLINE-TEST", "traceparent"],
    )
    def test_reserved_names(self, name: str) -> None:
        with pytest.raises(ReservedHeader):
            Event.create("a.b", {}, headers={name: "x"})

    @pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "é", "\ud800"])
    def test_impossible_names(self, name: str) -> None:
        with pytest.raises(InvalidEvent) as caught:
            Event.create("a.b", {}, headers={name: "x"})
        assert caught.value.field == "headers"

    @pytest.mark.parametrize("value", ["a\r\nNats-Msg-Id: x", "\x00", "\x7f", "\ud800", 1, None])
    def test_impossible_values(self, value: object) -> None:
        with pytest.raises(InvalidEvent) as caught:
            Event.create("a.b", {}, headers={"X-Mine": value})  # type: ignore[dict-item]
        assert caught.value.field == "headers"

    @given(st.dictionaries(any_text, any_text, max_size=3))
    def test_nothing_that_passes_can_break_a_header_block(self, headers: dict[str, str]) -> None:
        try:
            event = Event.create("a.b", {}, headers=headers)
        except InvalidEvent:
            return
        for name, value in event.wire_headers().items():
            assert not set("\r\n\x00") & set(name + value)
            assert name.isascii()
            assert value.encode() is not None

    def test_cloudevents(self) -> None:
        headers = Event.create("project.7.created", {}, subjects=DECLARED, source="tests").wire_headers()
        assert headers["ce-specversion"] == "1.0"
        assert headers["ce-id"] == headers["Nats-Msg-Id"]
        assert headers["ce-type"] == "project.created"
        assert headers["ce-source"] == "tests"
        assert headers["Trunkline-Key"] == "7"
        assert datetime.fromisoformat(headers["ce-time"]).tzinfo is not None

    def test_absent_parts_have_no_header(self) -> None:
        headers = Event.create("a.b", {}).wire_headers()
        optional = {"ce-dataschema", "Trunkline-Key", "Trunkline-Test", "Trunkline-Round", "Trunkline-Handler"}
        assert not (optional | {"traceparent"}) & headers.keys()


class TestRounds:
    """A replay is the same event, which the stream takes as another message, for the handlers that are meant."""

    def test_id_stays_and_message_id_differs_by_round_and_handler(self) -> None:
        event = Event.create("a.b", {}, id="order-7")
        rounds = [event, event.replayed(), event.replayed("a"), event.replayed("b"), event.replayed("a").replayed("a")]
        assert {each.wire_headers()["ce-id"] for each in rounds} == {"order-7"}
        assert [each.wire_headers()["Nats-Msg-Id"] for each in rounds] == [
            "order-7",
            "order-7/1",
            "order-7/1/a",
            "order-7/1/b",
            "order-7/2/a",
        ]

    def test_round_and_handler_travel_and_are_kept_by_the_next_round(self) -> None:
        event = Event.create("a.b", {}).replayed("a")
        received = Event.received("a.b", b"{}", event.wire_headers())
        assert received == event
        assert (received.replayed().round, received.replayed().handler) == (2, "a")

    def test_whom_a_round_is_for(self) -> None:
        event = Event.create("a.b", {})
        assert event.is_for("a")
        assert event.is_for(None)
        assert event.replayed().is_for("a")
        assert [event.replayed("a").is_for(handler) for handler in ("a", "b", None)] == [True, False, False]

    @pytest.mark.parametrize("text", ["", "-1", "0", "1.5", "9" * 30, "x", "\u0663"])
    def test_a_strangers_round_that_is_none_is_the_first(self, text: str) -> None:
        assert Event.received("a.b", b"{}", {"Trunkline-Round": text}).round == 0


class TestReceived:
    """What was published is what is received; what a stranger left out is filled in."""

    full = Event.create(
        "project.7.created",
        ProjectCreated(project_id="7", at=datetime(2026, 1, 1, tzinfo=UTC)),
        subjects=DECLARED,
        source="tests",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        test=True,
        headers={"X-Mine": "hello", "x-empty": ""},
    )

    def test_round_trip(self) -> None:
        assert Event.received(self.full.subject, self.full.payload, self.full.wire_headers()) == self.full

    async def test_round_trip_over_a_server(self, core_nats_server: NatsServer) -> None:
        connection = await nats.connect(core_nats_server.url)
        subscription = await connection.subscribe("project.>")
        events = [self.full] + [
            Event.create("project.1.created", {"x": text}, id=text, key=text, headers={"X": text})
            for text in (
                "Zoë",
                "日本",
                "😀",
                "a: b: c",
                "a  b",
                "tab\tin",
                "=?utf-8?q?x?=",
                '"q"',
                "a\u2028b",
                "x" * 256,
            )
        ]
        for event in events:
            await connection.publish(event.subject, event.payload, headers=event.wire_headers())
            message = await subscription.next_msg(5)
            assert Event.received(message.subject, message.data, message.headers) == event
        await connection.close()

    @pytest.mark.parametrize("headers", [None, {}, {"Other": "x"}])
    def test_stranger(self, headers: Mapping[str, str] | None) -> None:
        event = Event.received("a.b", b"{}", headers)
        assert UUID(event.id).version == 7
        assert (event.source, event.type, event.key, event.test) == ("unknown", "a.b", None, False)

    def test_stranger_has_the_same_id_at_each_delivery(self) -> None:
        assert Event.received("a.b", b"{}", None, missing_id="CV:7").id == "CV:7"

    def test_header_names_in_any_case(self) -> None:
        event = Event.received("a.b", b"{}", {"CE-ID": "1", "trunkline-key": "k", "TRUNKLINE-TEST": "1"})
        assert (event.id, event.key, event.test, event.headers) == ("1", "k", True, {})

    def test_message_id_serves_where_there_is_no_event_id(self) -> None:
        assert Event.received("a.b", b"{}", {"Nats-Msg-Id": "m"}).id == "m"

    def test_ids_and_keys_that_no_database_would_take_are_not_taken_over(self) -> None:
        event = Event.received("a.b", b"{}", {"ce-id": "x" * 10_000, "Trunkline-Key": "", "Nats-Msg-Id": "m"})
        assert (event.id, event.key) == ("m", None)

    @pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01", "\x00"])
    def test_unreadable_time_is_now(self, time: str) -> None:
        before = datetime.now(UTC)
        assert Event.received("a.b", b"{}", {"ce-time": time}).time >= before

    def test_time_without_a_zone_is_utc(self) -> None:
        event = Event.received("a.b", b"{}", {"ce-time": "2026-01-01T00:00:00"})
        assert event.time == datetime(2026, 1, 1, tzinfo=UTC)

    @given(st.binary(), st.dictionaries(any_text, any_text, max_size=5))
    def test_nothing_that_arrives_raises(self, payload: bytes, headers: dict[str, str]) -> None:
        event = Event.received("a.b", payload, headers)
        assert event.payload == payload
        assert event.id


class TestHead:
    """The block of headers, however it was made."""

    @given(
        text=st.text(max_size=30),
        key=st.none() | st.text(max_size=10),
        schema=st.none() | st.text(max_size=10),
        test=st.booleans(),
        round=st.integers(0, 3),
    )
    def test_it_holds_what_the_headers_are_or_is_refused(
        self, text: str, key: str | None, schema: str | None, test: bool, round: int
    ) -> None:
        event = replace(
            Event.create("a.b", {}), id=text, type=text, key=key, schema=schema, test=test, round=round, source=text
        )
        try:
            found = read_headers(event.head())
        except InvalidEvent:
            values = event.wire_headers().values()
            assert any(set(value) & {"\r", "\n"} or not value.isascii() for value in values)
        else:
            assert found == {name: value.strip() for name, value in event.wire_headers().items()}
