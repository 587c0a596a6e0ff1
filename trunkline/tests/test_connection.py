"""What a connection promises: it is held for as long as it takes, and says what is so."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import nacl.signing
import nats
import nkeys  # type: ignore[import-untyped]
import pytest
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import SecretStr, ValidationError

from trunkline import ConfigurationError, Connection, JetStreamState, NatsSettings, NotConnected, Stream
from trunkline.jetstream import ask, call
from trunkline.server import NatsServer
from trunkline.testing import NatsServerFactory

LIMIT = 20.0


def settings(url: str, **others: object) -> NatsSettings:
    return NatsSettings.model_validate(
        {"url": SecretStr(url), "reconnect_max_wait": 0.3, "connect_timeout": 1, **others}
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.02)


class Opened:
    """Makes connections that the test's end closes."""

    def __init__(self) -> None:
        self.made: list[Connection] = []

    async def __call__(self, url: str, streams: tuple[Stream, ...] = (), **others: object) -> Connection:
        connection = Connection(settings(url, **others), streams=streams)
        self.made.append(connection)
        await connection.start()
        return connection


@pytest.fixture
async def opened(nats_server_factory: NatsServerFactory) -> AsyncIterator[Opened]:  # ends before the servers do
    opened = Opened()
    yield opened
    for connection in opened.made:
        await connection.close()


class TestBeingConnected:
    """A connection starts without a server, finds it when it comes, and finds it again."""

    async def test_start_returns_without_a_server_and_connects_when_one_appears(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        await nats_server.stop()
        connection = await opened(nats_server.url)
        with pytest.raises(NotConnected):
            await connection.wait_connected(0.3)
        health = await connection.health()
        assert (health.state, health.server) == ("connecting", f"127.0.0.1:{nats_server.port}")
        await nats_server.start()
        await connection.wait_connected(LIMIT)
        assert (await connection.health()).connected

    async def test_a_killed_server_is_found_again_and_subscriptions_go_on(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        connection = await opened(nats_server.url)
        await connection.wait_connected(LIMIT)
        received: list[bytes] = []
        await connection.subscribe("a.*", keep(received))
        nats_server.kill()
        await until(lambda: not connection.is_connected)
        health = await connection.health()
        assert (health.state, health.server) == ("reconnecting", f"127.0.0.1:{nats_server.port}")
        await nats_server.restart()
        await connection.wait_connected(LIMIT)
        await connection.write("a.b", b"again", limit=1)
        await until(lambda: received == [b"again"])

    async def test_a_client_that_the_server_closed_for_good_is_replaced_with_its_subscriptions(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        connection = await opened(nats_server.url)
        await connection.wait_connected(LIMIT)
        received: list[bytes] = []
        await connection.subscribe("a.*", keep(received))
        first = connection.nc
        await first.publish("a." + "x" * 5000, b"longer than a control line may be")
        await until(lambda: first.is_closed and connection.nc is not first and connection.is_connected)
        await connection.write("a.b", b"again", limit=1)
        await until(lambda: received == [b"again"])

    async def test_a_subscription_made_before_the_first_connection_works_after_it(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        await nats_server.stop()
        connection = await opened(nats_server.url)
        received: list[bytes] = []
        await connection.subscribe("a.*", keep(received))
        await nats_server.start()
        await connection.wait_connected(LIMIT)
        await connection.write("a.b", b"here", limit=1)
        await until(lambda: received == [b"here"])

    async def test_those_who_asked_are_told_of_each_connection(self, opened: Opened, nats_server: NatsServer) -> None:
        connection = await opened(nats_server.url, (Stream("A", ("a.>",)),))
        told: list[JetStreamState | None] = []

        async def tell() -> None:
            told.append(connection.known_jetstream())

        remove = connection.on_connected(tell)
        await until(lambda: told == [JetStreamState.YES])
        await nats_server.restart(jetstream=False)
        await until(lambda: told == [JetStreamState.YES, JetStreamState.NO])
        remove()
        await nats_server.restart()
        await until(lambda: connection.known_jetstream() is JetStreamState.NO and connection.is_connected)
        assert len(told) == 2

    async def test_the_embedded_server_is_asked_for_again_when_it_is_gone(self, nats_server: NatsServer) -> None:
        class Embedded:
            asked = released = 0

            async def url(self) -> str:
                self.asked += 1
                await nats_server.start()
                return nats_server.url

            def release(self) -> None:
                self.released += 1

        embedded = Embedded()
        connection = Connection(NatsSettings(url=None, reconnect_max_wait=0.3), embedded=embedded)
        await connection.start()
        await connection.wait_connected(LIMIT)
        asked = embedded.asked
        await nats_server.stop()
        await until(lambda: embedded.asked > asked and connection.is_connected)
        assert connection.jetstream_expected
        await connection.close()
        assert embedded.released == 1

    async def test_close_ends_every_task(self, nats_server: NatsServer) -> None:
        before = asyncio.all_tasks()
        connection = Connection(settings(nats_server.url), streams=(Stream("A", ("a.>",)),))
        await connection.start()
        await connection.wait_connected(LIMIT)
        await connection.drain()
        await until(lambda: asyncio.all_tasks() <= before)
        assert (await connection.health()).state == "closed"
        with pytest.raises(NotConnected):
            await connection.write("a.b", b"", limit=1)


class TestWhereTo:
    """Every form of NATS_URL works, and none of it is ever shown."""

    @pytest.mark.parametrize("form", ["nats://127.0.0.1:{port}", "127.0.0.1:{port}", "nats://localhost:{port}"])
    async def test_forms_without_a_login(self, opened: Opened, nats_server: NatsServer, form: str) -> None:
        connection = await opened(form.format(port=nats_server.port))
        await connection.wait_connected(LIMIT)

    async def test_user_and_password_with_special_characters(
        self, opened: Opened, nats_server_factory: NatsServerFactory
    ) -> None:
        server = await nats_server_factory(user="an@o", password="p:a/s?s w%rd")
        connection = await opened(server.url)
        await connection.wait_connected(LIMIT)

    async def test_a_token(self, opened: Opened, nats_server_factory: NatsServerFactory) -> None:
        server = await nats_server_factory(token="a-t/ken")
        connection = await opened(server.url)
        await connection.wait_connected(LIMIT)

    async def test_a_list_whose_first_server_is_dead(self, opened: Opened, nats_server: NatsServer) -> None:
        connection = await opened(f"nats://127.0.0.1:1, {nats_server.url}")
        await connection.wait_connected(LIMIT)
        assert {url.port for url in connection.nc.servers} == {1, nats_server.port}

    async def test_a_wrong_password_is_reported_and_shown_nowhere(
        self, opened: Opened, nats_server_factory: NatsServerFactory
    ) -> None:
        server = await nats_server_factory(user="ano", password="the right one")
        with structlog.testing.capture_logs() as logs:
            connection = await opened(f"nats://ano:sesame-open@127.0.0.1:{server.port}")
            health = await connection.health()
            async with asyncio.timeout(LIMIT):
                while "uthorization" not in str(health.error):  # now and then the server cuts before its word is read
                    await asyncio.sleep(0.02)
                    health = await connection.health()
            with pytest.raises(NotConnected) as raised:
                await connection.wait_connected(0.1)
        for shown in (str(logs), str(health), str(raised.value), repr(connection.settings), str(connection.key)):
            assert "sesame-open" not in shown

    async def test_an_nkey_file(self, opened: Opened, nats_server_factory: NatsServerFactory, tmp_path: Path) -> None:
        seed = nkeys.encode_seed(nacl.signing.SigningKey.generate().encode(), nkeys.PREFIX_BYTE_USER)
        public = nkeys.from_seed(bytearray(seed)).public_key.decode()
        (tmp_path / "user.nk").write_bytes(seed)
        server = await nats_server_factory(extra_config=f"authorization {{ users = [{{ nkey: {public} }}] }}")
        connection = await opened(server.url, nkey_file=tmp_path / "user.nk")
        await connection.wait_connected(LIMIT)

    async def test_tls_with_a_certificate_of_ones_own(
        self, opened: Opened, nats_server_factory: NatsServerFactory, tmp_path: Path
    ) -> None:
        certificate, key = make_certificate(tmp_path)
        server = await nats_server_factory(extra_config=f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}')
        connection = await opened(f"tls://127.0.0.1:{server.port}", tls_ca_file=certificate)
        await connection.wait_connected(LIMIT)
        untrusting = await opened(f"tls://127.0.0.1:{server.port}")
        with pytest.raises(NotConnected, match="certificate"):
            await untrusting.wait_connected(1)

    async def test_tls_never_sends_a_password_in_the_clear(self, opened: Opened) -> None:
        said: list[bytes] = []

        async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"headers":true}\r\n')
            said.append(await reader.read(1000))
            writer.close()

        async with await asyncio.start_server(pretend, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            await opened(f"tls://ano:sesame@127.0.0.1:{port}")
            await until(lambda: len(said) > 1)
        assert set(said) == {b""}

    @pytest.mark.parametrize(
        "url", ["nats://", "nats://host:port", "nats://host:99999", "nats://a:4222,ws://b:80", "nats://host:0"]
    )
    def test_what_cannot_be_a_url_is_refused_without_showing_it(self, url: str) -> None:
        with pytest.raises(ConfigurationError, match="NATS_URL") as raised:
            Connection(settings(url))
        assert url not in str(raised.value)

    def test_another_scheme_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="must begin with"):
            settings("http://host")

    @pytest.mark.parametrize("setting", ["creds_file", "nkey_file"])
    def test_a_missing_file_is_refused_by_its_setting(self, tmp_path: Path, setting: str) -> None:
        with pytest.raises(ConfigurationError, match=f"NATS_{setting.upper()}"):
            Connection(settings("nats://127.0.0.1", **{setting: tmp_path / "nothing"}))

    def test_neither_url_nor_embedded_server_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="NATS_URL"):
            Connection(NatsSettings(url=None))

    def test_the_stored_name_of_a_server_is_the_same_whoever_connects(self) -> None:
        keys = {
            Connection(settings(url)).key for url in ("nats://h:4222", "h", "tls://ano:secret@h", "nats://tok@h:4222")
        }
        assert len(keys) == 1
        assert Connection(settings("nats://h:4223")).key not in keys


class TestWhatTheServerCan:
    """JetStream is asked for once in a connection, not found out by waiting."""

    async def test_it_is_asked_once_and_again_after_a_reconnection(
        self, opened: Opened, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = count_calls(monkeypatch)
        connection = await opened(nats_server.url)
        await connection.wait_connected(LIMIT)
        for _ in range(5):
            assert await connection.jetstream() is JetStreamState.YES
        assert len(asked) == 1
        await nats_server.restart(jetstream=False)
        await until(lambda: connection.known_jetstream() is JetStreamState.NO)
        assert len(asked) == 2
        assert connection.jetstream_expected

    async def test_a_core_only_server_says_no_and_why(self, opened: Opened, core_nats_server: NatsServer) -> None:
        connection = await opened(core_nats_server.url)
        await connection.wait_connected(LIMIT)
        health = await connection.health()
        assert (health.jetstream, health.connected) == (JetStreamState.NO, True)
        assert "no JetStream" in str(health.jetstream_reason)
        assert not connection.jetstream_expected

    async def test_a_frozen_server_leaves_it_unknown(self, opened: Opened, nats_server: NatsServer) -> None:
        connection = await opened(nats_server.url)
        await connection.wait_connected(LIMIT)
        nats_server.pause()
        health = await connection.health()
        assert (health.connected, health.jetstream, health.rtt_ms) == (False, JetStreamState.UNKNOWN, None)
        assert health.error == "the server does not answer"
        nats_server.resume()
        assert (await connection.health()).connected

    async def test_switched_off_by_setting(self, opened: Opened, nats_server: NatsServer) -> None:
        connection = await opened(nats_server.url, jetstream="off")
        await connection.wait_connected(LIMIT)
        assert await connection.jetstream() is JetStreamState.NO

    async def test_an_adopted_client_is_asked_again_after_it_reconnected(self, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url, reconnect_time_wait=1, max_reconnect_attempts=-1)
        connection = Connection.adopt(client, streams=(Stream("A", ("a.>",)),))
        assert await connection.jetstream() is JetStreamState.YES
        assert connection.key is not None
        await nats_server.restart(jetstream=False)
        await until(lambda: client.stats["reconnects"] == 1 and client.is_connected)
        assert await connection.jetstream() is JetStreamState.NO
        await connection.close()
        assert client.is_connected
        await client.close()


class TestStreams:
    """Declared streams are made; what is there already is left as it is, and reported."""

    async def test_a_declared_stream_is_made_as_the_design_says(self, opened: Opened, nats_server: NatsServer) -> None:
        connection = await opened(nats_server.url, (Stream("A", ("a.>", "b.*"), max_age=60, max_bytes=1 << 20),))
        await connection.wait_connected(LIMIT)
        (status,) = await connection.stream_status()
        assert (status.exists, status.subjects, status.error, status.difference) == (True, ("a.>", "b.*"), None, None)
        found = await call(connection.nc, "STREAM.INFO.A", timeout=2)
        config = found["config"]
        assert (config["discard"], config["storage"], config["max_bytes"]) == ("new", "file", 1 << 20)
        assert (config["max_age"], config["duplicate_window"]) == (60 * 10**9, 60 * 10**9)
        assert config["allow_batched"] is True

    async def test_messages_and_bytes_are_told(self, opened: Opened, nats_server: NatsServer) -> None:
        connection = await opened(nats_server.url, (Stream("A", ("a.>",)),))
        await connection.wait_connected(LIMIT)
        await connection.nc.jetstream().publish("a.b", b"x")
        (status,) = await connection.stream_status()
        assert status.messages == 1
        assert status.bytes > 0

    async def test_other_limits_are_left_alone_and_told(self, opened: Opened, nats_server: NatsServer) -> None:
        await with_client(nats_server, lambda js: js.add_stream(name="A", subjects=["a.>", "other"], max_bytes=5000))
        connection = await opened(nats_server.url, (Stream("A", ("a.>",), max_bytes=1000),))
        await connection.wait_connected(LIMIT)
        (status,) = await connection.stream_status()
        assert (status.exists, status.error, status.max_bytes) == (True, None, 5000)
        assert "max_bytes is 5000, declared 1000" in str(status.difference)

    async def test_a_name_that_others_use_is_an_error_in_the_status(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        await with_client(nats_server, lambda js: js.add_stream(name="A", subjects=["elsewhere.>"]))
        connection = await opened(nats_server.url, (Stream("A", ("a.>",)),))
        await connection.wait_connected(LIMIT)
        (status,) = await connection.stream_status()
        assert "does not keep a.>" in str(status.error)

    async def test_subjects_that_others_keep_are_an_error_in_the_status(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        await with_client(nats_server, lambda js: js.add_stream(name="OTHER", subjects=["a.b"]))
        connection = await opened(nats_server.url, (Stream("A", ("a.>",)), Stream("B", ("b.>",))))
        await connection.wait_connected(LIMIT)
        first, second = await connection.stream_status()
        assert (first.exists, "OTHER" in str(first.error)) == (False, True)
        assert second.exists

    async def test_one_of_our_own_gains_subjects_that_were_declared_later(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        first = await opened(nats_server.url, (Stream("A", ("a.>",)),))
        await first.wait_connected(LIMIT)
        second = await opened(nats_server.url, (Stream("A", ("a.>", "b.>")),))
        await second.wait_connected(LIMIT)
        (status,) = await second.stream_status()
        assert (status.subjects, status.error) == (("a.>", "b.>"), None)

    async def test_a_server_without_room_for_the_limit_gets_a_stream_without_one(
        self, opened: Opened, nats_server_factory: NatsServerFactory
    ) -> None:
        server = await nats_server_factory(jetstream_config="max_file_store: 10MB")
        connection = await opened(server.url, (Stream("A", ("a.>",), max_bytes=8 << 20), Stream("B", ("b.>",))))
        await connection.wait_connected(LIMIT)
        statuses = connection.status_of(connection.streams[0]), connection.status_of(connection.streams[1])
        assert [status.exists for status in statuses] == [True, True]
        assert "no room to reserve" in " ".join(str(status.difference) for status in statuses)

    async def test_a_deleted_stream_is_made_again_once_it_is_missed(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        connection = await opened(nats_server.url, (Stream("A", ("a.>",)),))
        await connection.wait_connected(LIMIT)
        await with_client(nats_server, lambda js: js.delete_stream("A"))
        (status,) = await connection.stream_status()
        assert (status.exists, status.error) == (False, "the stream does not exist")
        await until(lambda: connection.status_of(connection.streams[0]).exists)


def keep(received: list[bytes]) -> Callable[[Msg], Awaitable[None]]:
    async def callback(message: Msg) -> None:
        received.append(message.data)

    return callback


async def with_client(server: NatsServer, action: Callable[[JetStreamContext], Awaitable[object]]) -> None:
    client = await nats.connect(server.url)
    await action(client.jetstream())
    await client.close()


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    calls: list[None] = []

    async def counting(client: Client, *, timeout: float) -> tuple[JetStreamState, str | None]:
        calls.append(None)
        return await ask(client, timeout=timeout)

    monkeypatch.setattr("trunkline.surroundings.ask", counting)
    return calls


def make_certificate(folder: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl program to make a certificate with")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(key), "-out", str(certificate), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=30)
    return certificate, key
