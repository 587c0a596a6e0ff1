"""Analytics: a user reads their own journey, an operator all of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from models import JourneyStage, PlatformMetric, Role
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
