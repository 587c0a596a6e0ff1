"""A `.creds` file, as operators of decentralised authentication hand them out, opens a real server."""

import base64
import json
import time
from pathlib import Path

import nacl.signing
import nkeys  # type: ignore[import-untyped]
import pytest
from pydantic import SecretStr

from trunkline import Connection, NatsSettings, NotConnected
from trunkline.server import NatsServer
from trunkline.testing import NatsServerFactory

LIMIT = 20.0
UNLIMITED = {"subs": -1, "data": -1, "payload": -1}


class Key:
    """An nkey of an operator, an account or a user, which can sign claims about another."""

    def __init__(self, kind: int) -> None:
        self.seed: bytes = nkeys.encode_seed(nacl.signing.SigningKey.generate().encode(), kind)
        self._pair = nkeys.from_seed(bytearray(self.seed))
        self.public: str = self._pair.public_key.decode()

    def issue(self, about: "Key", kind: str, **claims: object) -> str:
        """Return a JWT in which this key says what the other one is."""
        body = {
            "jti": "test",
            "iat": int(time.time()),
            "iss": self.public,
            "sub": about.public,
            "name": kind,
            "nats": {"type": kind, "version": 2, **claims},
        }
        signed = f"{encoded({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{encoded(body)}"
        return f"{signed}.{base64url(self._pair.sign(signed.encode()))}"


def encoded(value: object) -> str:
    return base64url(json.dumps(value).encode())


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def creds(user: Key, token: str) -> str:
    """Return the text of a .creds file."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    )


@pytest.fixture
def operator() -> Key:
    return Key(nkeys.PREFIX_BYTE_OPERATOR)


@pytest.fixture
def account() -> Key:
    return Key(nkeys.PREFIX_BYTE_ACCOUNT)


@pytest.fixture
async def server(operator: Key, account: Key, nats_server_factory: NatsServerFactory) -> NatsServer:
    limits = {**UNLIMITED, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1}
    known = operator.issue(account, "account", limits=limits)
    trusted = operator.issue(operator, "operator")
    preloaded = f'resolver_preload {{ {account.public}: "{known}" }}'
    return await nats_server_factory(
        jetstream=False, extra_config=f'operator: "{trusted}"\nresolver: MEMORY\n{preloaded}'
    )


def connection(server: NatsServer, file: Path) -> Connection:
    return Connection(NatsSettings(url=SecretStr(server.url), creds_file=file))


async def test_a_user_of_a_known_account_is_let_in(server: NatsServer, account: Key, tmp_path: Path) -> None:
    user = Key(nkeys.PREFIX_BYTE_USER)
    file = tmp_path / "user.creds"
    file.write_text(creds(user, account.issue(user, "user", **UNLIMITED)))
    opened = connection(server, file)
    await opened.start()
    try:
        await opened.wait_connected(LIMIT)
        await opened.write("a.b", b"here", limit=1)
    finally:
        await opened.close()


async def test_a_user_of_nobody_is_not(server: NatsServer, tmp_path: Path) -> None:
    user, stranger = Key(nkeys.PREFIX_BYTE_USER), Key(nkeys.PREFIX_BYTE_ACCOUNT)
    file = tmp_path / "user.creds"
    file.write_text(creds(user, stranger.issue(user, "user", **UNLIMITED)))
    opened = connection(server, file)
    await opened.start()
    try:
        with pytest.raises(NotConnected, match="uthorization"):
            await opened.wait_connected(2)
    finally:
        await opened.close()
