"""Who may call what: closed unless opened, told by every route there is."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from api.v1 import (
    analytics,
    auth,
    chat,
    clarifications,
    communication,
    cvs,
    deadletters,
    freelancers,
    opportunities,
    projects,
    requirements,
    tasks,
    workflows,
)
from models import Role
from tests.unit.people import Person

OPEN = {("POST", "/auth/register"), ("POST", "/auth/token")}
OWNER, FREELANCER, OPERATOR = Role.OWNER, Role.FREELANCER, Role.OPERATOR
EVERYBODY = {OWNER, FREELANCER, OPERATOR}

ROLES: dict[tuple[str, str], set[Role]] = {
    ("GET", "/auth/me"): EVERYBODY,
    ("POST", "/cvs"): {FREELANCER},
    ("GET", "/cvs"): {FREELANCER, OPERATOR},
    ("GET", "/cvs/{cv_id}"): {FREELANCER, OPERATOR},
    ("GET", "/freelancers"): {OPERATOR},
    ("GET", "/freelancers/{freelancer_id}"): EVERYBODY,
    ("PATCH", "/freelancers/{freelancer_id}"): {FREELANCER},
    ("POST", "/projects"): {OWNER},
    ("GET", "/projects"): {OWNER, OPERATOR},
    ("GET", "/projects/{project_id}"): {OWNER, OPERATOR},
    ("PATCH", "/projects/{project_id}"): {OWNER},
    ("GET", "/projects/{project_id}/matches"): {OWNER, OPERATOR},
    ("POST", "/projects/{project_id}/matches/{opportunity_id}/decision"): {OWNER},
    ("POST", "/projects/{project_id}/matches/{opportunity_id}/withdrawal"): {OWNER},
    ("GET", "/opportunities"): {FREELANCER},
    ("GET", "/opportunities/best"): {FREELANCER},
    ("GET", "/opportunities/{opportunity_id}"): {FREELANCER},
    ("POST", "/opportunities/{opportunity_id}/response"): {FREELANCER},
    ("POST", "/requirements"): {OWNER},
    ("GET", "/requirements"): {OWNER},
    ("GET", "/requirements/{chat_id}"): {OWNER, OPERATOR},
    ("POST", "/requirements/{chat_id}/messages"): {OWNER},
    ("POST", "/clarifications"): {OWNER, FREELANCER},
    ("GET", "/clarifications"): {OWNER, FREELANCER},
    ("GET", "/clarifications/templates"): {OWNER, FREELANCER},
    ("POST", "/clarifications/drafts"): {OWNER, FREELANCER},
    ("POST", "/clarifications/{clarification_id}/answer"): {OWNER, FREELANCER},
    ("POST", "/chat/messages"): {OWNER, FREELANCER},
    ("GET", "/chat/messages"): {OWNER, FREELANCER},
    ("GET", "/communication/preferences"): EVERYBODY,
    ("PATCH", "/communication/preferences"): EVERYBODY,
    ("GET", "/analytics/calibration"): {OPERATOR},
    ("GET", "/analytics/platform"): {OPERATOR},
    ("GET", "/analytics/platform/series"): {OPERATOR},
    ("GET", "/analytics/funnel"): {OPERATOR},
    ("GET", "/analytics/journeys"): {OPERATOR},
    ("GET", "/analytics/journeys/{user_id}"): EVERYBODY,
    ("GET", "/deadletters"): {OPERATOR},
    ("GET", "/deadletters/groups"): {OPERATOR},
    ("POST", "/deadletters/replay"): {OPERATOR},
    ("GET", "/deadletters/{letter_id}"): {OPERATOR},
    ("PATCH", "/deadletters/{letter_id}"): {OPERATOR},
    ("POST", "/deadletters/{letter_id}/replay"): {OPERATOR},
    ("DELETE", "/deadletters/{letter_id}"): {OPERATOR},
    ("GET", "/tasks"): set(Role),
    ("GET", "/tasks/{task_id}"): set(Role),
    ("GET", "/tasks/{task_id}/events"): set(Role),
    ("POST", "/tasks/{task_id}/cancel"): set(Role),
    ("POST", "/tasks/{task_id}/answer"): set(Role),
    ("GET", "/workflows"): set(Role),
    ("GET", "/workflows/{workflow_id}"): set(Role),
}


def routes() -> set[tuple[str, str]]:
    parts = (
        analytics,
        auth,
        chat,
        clarifications,
        communication,
        cvs,
        deadletters,
        freelancers,
        opportunities,
        projects,
        requirements,
        tasks,
        workflows,
    )
    return {(method, r.path) for part in parts for r in part.router.routes for method in r.methods}


def test_every_route_is_either_open_or_named_with_its_roles() -> None:
    assert routes() == OPEN | ROLES.keys()


@pytest.mark.parametrize(("method", "path"), sorted(ROLES))
async def test_without_a_token_nothing_is_done(http: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, filled(path))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_call_its_own_routes_only(
    http: httpx.AsyncClient, person: Callable[..., Awaitable[Person]], role: Role
) -> None:
    caller = await person(role)
    for (method, path), allowed in ROLES.items():
        answer = await http.request(method, filled(path), headers=caller.signed_in)
        if role in allowed:
            assert answer.status_code not in {401, 403}, (method, path)
        else:
            assert answer.status_code in {403, 422}, (method, path)
            assert answer.status_code == 403 or method in {"POST", "PATCH"}


@pytest.mark.parametrize("malformed", ["%00", "a%20b", "..%5C..", "%F0%9F%98%80", "x" * 129])
async def test_a_malformed_id_is_named(
    http: httpx.AsyncClient, person: Callable[..., Awaitable[Person]], malformed: str
) -> None:
    """No database is asked for it: PostgreSQL fails on NUL."""
    callers = {role: await person(role) for role in Role}
    for (method, path), allowed in ROLES.items():
        if "{" not in path:
            continue
        url = "/".join(malformed if part.startswith("{") else part for part in path.split("/"))
        answer = await http.request(method, url, json={}, headers=callers[min(allowed)].signed_in)
        assert answer.status_code == 422, (method, path)
        assert any(error["field"].endswith("_id") for error in answer.json()["errors"]), (method, path)


async def test_a_malformed_place_in_a_list_is_named(http: httpx.AsyncClient, operator: Person) -> None:
    for path in ("/cvs", "/projects", "/freelancers", "/analytics/platform", "/deadletters"):
        answer = await http.get(path, params={"after": "\0"}, headers=operator.signed_in)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.after")


def filled(path: str) -> str:
    return "/".join("nothing" if part.startswith("{") else part for part in path.split("/"))
