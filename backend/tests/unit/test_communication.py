"""What an account chooses of the ways of its messages is kept; mail only where the server sends any."""

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from core.config import settings
from core.settings import Settings
from services import preferences
from tests.unit.people import Person

URL = "/communication/preferences"


async def test_everything_comes_live_until_something_else_is_chosen(
    http: httpx.AsyncClient, owner: Person, freelancer: Person
) -> None:
    assert set((await http.get(URL, headers=owner.signed_in)).json()["preferences"].values()) == {"live"}
    changed = await http.patch(URL, json={"chat": "none", "decision": "live"}, headers=owner.signed_in)
    assert changed.json()["preferences"]["chat"] == "none"
    kept = (await http.get(URL, headers=owner.signed_in)).json()["preferences"]
    assert {kind for kind, channel in kept.items() if channel != "live"} == {"chat"}
    others = (await http.get(URL, headers=freelancer.signed_in)).json()["preferences"]
    assert others["chat"] == "live"


async def test_mail_is_for_servers_that_send_it(
    http: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = await http.patch(URL, json={"chat": "email"}, headers=owner.signed_in)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:expert-sourcing:no-mail")
    mailing = settings.model_copy(update={"smtp_url": SecretStr("smtp://localhost")})
    monkeypatch.setattr(preferences, "settings", mailing)
    accepted = await http.patch(URL, json={"chat": "email"}, headers=owner.signed_in)
    assert accepted.json()["preferences"]["chat"] == "email"


@pytest.mark.parametrize("wrong", [{}, {"letters": "live"}, {"chat": "pigeon"}, {"chat": None}])
async def test_what_is_wrong_is_refused(http: httpx.AsyncClient, owner: Person, wrong: dict[str, object]) -> None:
    assert (await http.patch(URL, json=wrong, headers=owner.signed_in)).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "http://localhost", "mail_from": "a@example.org"},
        {"smtp_url": "smtp://", "mail_from": "a@example.org"},
        {"smtp_url": "smtp://localhost"},
        {"mail_from": "Ada <a@example.org>"},
        {"mail_from": "a@example.org\r\nBcc: b@example.org"},
    ],
)
def test_a_mail_server_that_cannot_be_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)  # type: ignore[arg-type]
