"""Accounts: registering, signing in, and what a token is worth."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import jwt
import pytest
from sqlalchemy import delete

from core.config import settings
from core.security import ALGORITHM, ISSUER, NotSignedIn, account_of, create_token
from models import Account, Freelancer, Role
from tests.unit.people import Person, Waiting
from trunkline.sql import Database

ADA = {"email": "Ada@Example.org", "password": "correct horse battery", "name": "Ada", "role": "owner"}


class TestRegistering:
    """An account for an owner or a freelancer; the address is known once, whatever its case."""

    async def test_an_owner_can_sign_in(self, http: httpx.AsyncClient) -> None:
        made = await http.post("/auth/register", json=ADA)
        assert made.status_code == 201
        assert made.json() | {"id": "", "created_at": ""} == {
            "id": "",
            "email": "ada@example.org",
            "name": "Ada",
            "role": "owner",
            "created_at": "",
        }
        form = {"username": "ADA@example.org", "password": ADA["password"]}
        signed_in = await http.post("/auth/token", data=form)
        assert signed_in.status_code == 200
        token = signed_in.json()
        assert (token["token_type"], token["expires_in"]) == ("bearer", settings.token_minutes * 60)
        me = await http.get("/auth/me", headers={"Authorization": f"Bearer {token['access_token']}"})
        assert me.json() == made.json()

    async def test_a_freelancer_has_an_empty_profile_and_a_journey(
        self,
        http: httpx.AsyncClient,
        database: Database,
        events: Callable[[str], Awaitable[list[Waiting]]],
    ) -> None:
        made = (await http.post("/auth/register", json=ADA | {"role": "freelancer"})).json()
        profile = await database.read(lambda session: session.get_one(Freelancer, made["id"]))
        assert (profile.name, profile.skills, profile.version) == ("Ada", [], 0)
        [event] = await events("analytics.")
        assert event.subject == f"analytics.user.{made['id']}.journey.registered"

    async def test_an_address_has_one_account(self, http: httpx.AsyncClient) -> None:
        await http.post("/auth/register", json=ADA)
        again = await http.post("/auth/register", json=ADA | {"email": "ADA@EXAMPLE.ORG", "role": "freelancer"})
        assert again.status_code == 409

    async def test_nobody_becomes_an_operator_over_http(self, http: httpx.AsyncClient, database: Database) -> None:
        refused = await http.post("/auth/register", json=ADA | {"role": "operator"})
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"field": "role", "reason": "Input should be 'owner' or 'freelancer'"}]
        assert await database.read(lambda session: session.query(Account).count()) == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            {"email": "nobody"},
            {"email": "a b@example.org"},
            {"password": "short"},
            {"password": "x" * 1025},
            {"name": " "},
            {"name": "a\nb"},
            {"name": "a\x00b"},
            {"is_admin": True},
        ],
    )
    async def test_what_is_wrong_is_named_and_not_repeated(
        self, http: httpx.AsyncClient, wrong: dict[str, object]
    ) -> None:
        refused = await http.post("/auth/register", json=ADA | wrong)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == list(wrong)
        assert str(ADA["password"]) not in refused.text

    async def test_an_address_that_is_none_is_refused_in_plain_words(self, http: httpx.AsyncClient) -> None:
        refused = await http.post("/auth/register", json=ADA | {"email": "nobody"})
        assert refused.json()["errors"] == [
            {"field": "email", "reason": "must be an e-mail address, such as ada@example.org"}
        ]


class TestSigningIn:
    """A token for the right password; no word about which half was wrong."""

    async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(self, http: httpx.AsyncClient) -> None:
        await http.post("/auth/register", json=ADA)
        answers = [
            await http.post("/auth/token", data={"username": "ada@example.org", "password": "wrong horse battery"}),
            await http.post("/auth/token", data={"username": "eve@example.org", "password": ADA["password"]}),
        ]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert answers[0].json() == answers[1].json()

    async def test_no_address_is_an_error(self, http: httpx.AsyncClient) -> None:
        for address in ("\0", "\udcff", "x" * 100_000, "%00"):
            form = b"username=" + quote(address, errors="surrogatepass").encode() + b"&password=x"
            kind = {"content-type": "application/x-www-form-urlencoded"}
            assert (await http.post("/auth/token", content=form, headers=kind)).status_code == 401

    async def test_a_password_beyond_the_limit_is_wrong(self, http: httpx.AsyncClient) -> None:
        await http.post("/auth/register", json=ADA)
        answer = await http.post("/auth/token", data={"username": "ada@example.org", "password": "x" * 100_000})
        assert answer.status_code == 401


class TestTokens:
    """A token is good while it is whole, in time, for this purpose, and its account there."""

    async def test_it_names_its_account(self, database: Database, owner: Person) -> None:
        account = await account_of(database, create_token(owner.id).text)
        assert (account.id, account.role) == (owner.id, Role.OWNER)

    async def test_an_expired_one_is_not_good(self, database: Database, owner: Person) -> None:
        with pytest.raises(NotSignedIn):
            await account_of(database, create_token(owner.id, lifetime=timedelta(seconds=-1)).text)

    async def test_one_for_another_purpose_is_not_good(self, database: Database, owner: Person) -> None:
        with pytest.raises(NotSignedIn):
            await account_of(database, create_token(owner.id, purpose="realtime").text)

    @pytest.mark.parametrize("missing", ["exp", "sub", "iss", "aud", "iat"])
    async def test_one_that_leaves_something_out_is_not_good(
        self, database: Database, owner: Person, missing: str
    ) -> None:
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": "api", "sub": owner.id, "iat": now, "exp": now + timedelta(hours=1)}
        whole = jwt.encode(claims, settings.signing_key(), ALGORITHM)
        assert (await account_of(database, whole)).id == owner.id
        del claims[missing]
        with pytest.raises(NotSignedIn):
            await account_of(database, jwt.encode(claims, settings.signing_key(), ALGORITHM))

    async def test_a_forged_one_is_not_good(self, database: Database, owner: Person) -> None:
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": "api", "sub": owner.id, "iat": now, "exp": now + timedelta(hours=1)}
        forged = [jwt.encode(claims, "another-secret-of-sufficient-length", ALGORITHM), jwt.encode(claims, "", "none")]
        for token in [*forged, "", "x.y.z", "é"]:
            with pytest.raises(NotSignedIn):
                await account_of(database, token)

    @pytest.mark.parametrize("header", ["[" * 5000, '{"alg":' + "9" * 5000 + "}", "null", '{"alg":[]}', ""])
    async def test_what_a_stranger_writes_for_one_is_not_good(self, database: Database, header: str) -> None:
        token = b64encode(header.encode()).decode().rstrip("=") + ".e30.c2lnbmVk"
        with pytest.raises(NotSignedIn):
            await account_of(database, token)

    async def test_an_account_that_is_gone_is_not_signed_in(self, database: Database, owner: Person) -> None:
        token = create_token(owner.id).text
        await database.write(lambda session: session.execute(delete(Account).where(Account.id == owner.id)).close())
        with pytest.raises(NotSignedIn):
            await account_of(database, token)
