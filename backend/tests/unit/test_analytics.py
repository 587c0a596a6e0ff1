"""Analytics: a user reads their own journey, an operator all of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from models import JourneyStage, PlatformMetric, Role, now
from services import metric_buckets
from tests.unit.people import Person
from trunkline.sql import Database


async def test_a_journey_is_its_users_and_the_operators(
    http: httpx.AsyncClient,
    database: Database,
    owner: Person,
    operator: Person,
    person: Callable[..., Awaitable[Person]],
) -> None:
    def write(session: Any) -> None:
        session.add(JourneyStage(user_id=owner.id, stage="project_posted", count=2))

    await database.write(write)
    url = f"/analytics/journeys/{owner.id}"
    for reader in (owner, operator):
        journey = (await http.get(url, headers=reader.signed_in)).json()
        assert [(each["stage"], each["count"]) for each in journey["stages"]] == [("project_posted", 2)]
    assert (await http.get(url, headers=(await person(Role.OWNER)).signed_in)).status_code == 404
    assert (await http.get("/analytics/journeys/nobody", headers=operator.signed_in)).status_code == 404


async def test_the_platforms_figures_come_by_name(
    http: httpx.AsyncClient, database: Database, operator: Person
) -> None:
    def write(session: Any) -> None:
        session.add_all(PlatformMetric(metric_type=name, count=1, total=2.0, latest=2.0) for name in "bca")

    await database.write(write)
    first = (await http.get("/analytics/platform?limit=2", headers=operator.signed_in)).json()
    rest = (await http.get(f"/analytics/platform?after={first['next']}", headers=operator.signed_in)).json()
    assert [each["metric_type"] for each in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None


async def test_figures_of_a_time_are_the_sums_of_its_days(
    http: httpx.AsyncClient, database: Database, operator: Person
) -> None:
    noon = (now() - timedelta(days=3)).replace(hour=12)
    for name, days in (("a", 0), ("a", 1), ("a", 1), ("b", 1), ("c", 2)):
        at = noon + timedelta(days=days)
        await database.write(partial(metric_buckets.add, metric_type=name, value=2.5, at=at))
    query = {"from": (noon + timedelta(days=1)).isoformat(), "to": (noon + timedelta(days=1, hours=1)).isoformat()}
    shown = []
    for after in ({}, {"after": "a"}):
        answer = await http.get("/analytics/platform", params=query | after | {"limit": 1}, headers=operator.signed_in)
        shown += [
            (each["metric_type"], each["count"], each["total"], each["latest"]) for each in answer.json()["items"]
        ]
    assert shown == [("a", 2, 5.0, None), ("b", 1, 2.5, None)]
    assert answer.json()["next"] is None


async def test_stages_of_a_time_are_those_reached_first_in_it(
    http: httpx.AsyncClient, database: Database, operator: Person
) -> None:
    def write(session: Session) -> None:
        for days, count in enumerate((3, 2, 1)):
            at = now() - timedelta(days=days)
            session.add(JourneyStage(user_id=f"u{days}", stage="matched", count=count, first_at=at, last_at=now()))

    await database.write(write)
    query = {"from": (now() - timedelta(days=1.5)).isoformat(), "to": (now() - timedelta(days=0.5)).isoformat()}
    shown = (await http.get("/analytics/journeys", params=query, headers=operator.signed_in)).json()
    assert [each for each in shown if each["stage"] == "matched"] == [{"stage": "matched", "users": 1, "count": 2}]


class TestSeries:
    """A figure over time, a bucket for every step."""

    async def test_hours_without_a_figure_count_nothing(
        self, http: httpx.AsyncClient, database: Database, operator: Person
    ) -> None:
        noon = (now() - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
        for hours in (0, 2):
            await database.write(
                partial(metric_buckets.add, metric_type="m", value=2.5, at=noon + timedelta(hours=hours))
            )
        query = {"metric_type": "m", "from": (noon + timedelta(minutes=5)).isoformat()}
        query["to"] = (noon + timedelta(hours=3)).isoformat()
        shown = (await http.get("/analytics/platform/series", params=query, headers=operator.signed_in)).json()
        assert [(each["count"], each["total"], each["highest"]) for each in shown["items"]] == [
            (1, 2.5, 2.5),
            (0, 0.0, None),
            (1, 2.5, 2.5),
        ]
        assert datetime.fromisoformat(shown["items"][0]["start"]) == noon
        daily = await http.get(
            "/analytics/platform/series", params={**query, "bucket": "day"}, headers=operator.signed_in
        )
        assert [(each["count"], each["total"]) for each in daily.json()["items"]] == [(2, 5.0)]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "query.to"),
            ({"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "query.from"),
            ({"from": "2026-01-02T00:00:00"}, "query.from"),
            ({"bucket": "week"}, "query.bucket"),
        ],
    )
    async def test_what_cannot_be_shown_is_named(
        self, http: httpx.AsyncClient, operator: Person, query: dict[str, str], field: str
    ) -> None:
        params = {"metric_type": "m", **query}
        answer = await http.get("/analytics/platform/series", params=params, headers=operator.signed_in)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


class TestFunnel:
    async def test_users_of_a_role_are_counted_at_each_stage_of_their_way(
        self, http: httpx.AsyncClient, database: Database, freelancer: Person, owner: Person, operator: Person
    ) -> None:
        reached = [(freelancer.id, "registered"), (freelancer.id, "matched"), (owner.id, "registered")]

        def write(session: Session) -> None:
            session.add_all(JourneyStage(user_id=user_id, stage=stage, count=2) for user_id, stage in reached)

        await database.write(write)
        shown = (await http.get("/analytics/funnel", headers=operator.signed_in)).json()
        assert [(each["stage"], each["users"], each["share"]) for each in shown["steps"][:3]] == [
            ("registered", 1, 1.0),
            ("cv_processed", 0, 0.0),
            ("matched", 1, 1.0),
        ]
        later = {"from": (now() + timedelta(days=1)).isoformat()}
        none = (await http.get("/analytics/funnel", params=later, headers=operator.signed_in)).json()
        assert {(each["users"], each["share"]) for each in none["steps"]} == {(0, None)}
        totals = (await http.get("/analytics/journeys", headers=operator.signed_in)).json()
        assert totals[0] == {"stage": "registered", "users": 2, "count": 4}
        mine = (await http.get("/analytics/journeys/me", headers=owner.signed_in)).json()
        assert (mine["user_id"], [each["stage"] for each in mine["stages"]]) == (owner.id, ["registered"])


@pytest.mark.parametrize("offset", ["+02:00", "+05:30", "-09:00"])
def test_buckets_begin_in_utc_wherever_a_time_is_told(offset: str) -> None:
    at = datetime.fromisoformat(f"2026-11-28T01:45:00{offset}")
    for width, length in metric_buckets.LENGTH.items():
        begins = metric_buckets.begins(width, at)
        assert begins.utcoffset() == timedelta(0)
        assert begins.timestamp() % length.total_seconds() == 0
        assert begins <= at < begins + length


@pytest.mark.parametrize("path", ["platform", "platform/series", "funnel", "journeys"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "0001-01-01T00:00:00+05:00"},
        {"to": "9999-12-31T23:59:59+00:00"},
        {"from": "2026-11-28T00:00:00+00:00", "to": "2026-11-27T00:00:00+00:00"},
    ],
)
async def test_times_that_cannot_be_meant_are_refused(
    http: httpx.AsyncClient, operator: Person, path: str, wrong: dict[str, str]
) -> None:
    query = wrong | ({"metric_type": "projects"} if path == "platform/series" else {})
    answer = await http.get(f"/analytics/{path}", params=query, headers=operator.signed_in)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [f"query.{list(wrong)[-1]}"]
