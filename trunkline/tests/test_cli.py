import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import nats
import pytest
import typer

from trunkline import ConnectionHealth, Event, JetStreamState, NATSService, ServiceHealth, StreamStatus
from trunkline.cli.doctor import Verdict, findings_of
from trunkline.cli.running import load
from trunkline.cli.tail import line_of
from trunkline.cli.writing import age, printable, size
from trunkline.server import NatsServer

PROGRAM = Path(sys.executable).with_name("trunkline")
SHOP = """
from trunkline import Connection, NATSService, NatsSettings, Stream
from trunkline.sql import Database

database = Database("sqlite:///shop.db")
connection = Connection(NatsSettings(), streams=[Stream("ORDERS", ("orders.>",))])
service = NATSService(connection, database=database)
bare = NATSService(Connection(NatsSettings(), streams=[Stream("ORDERS", ("orders.>",))]))


class Shop:
    service = bare
"""
HEALTHY = ServiceHealth(
    connection=ConnectionHealth(
        connected=True,
        state="connected",
        server="127.0.0.1:4222",
        server_name="n1",
        server_version="2.15.1",
        since=None,
        jetstream=JetStreamState.YES,
        jetstream_reason=None,
        rtt_ms=0.3,
        error=None,
    ),
    outbox_waiting=0,
    outbox_error=None,
    subscriptions=(),
)
ORDERS = StreamStatus("ORDERS", ("orders.>",), exists=True, messages=3)


@dataclass
class Result:
    status: int
    output: str
    errors: str


Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


@pytest.fixture
def run(shop: Path) -> Run:
    async def run(url: str, *arguments: str, **settings: str) -> Result:
        async with started(shop, url, *arguments, **settings) as process:
            output, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return Result(process.returncode, output.decode(), errors.decode())

    return run


@asynccontextmanager
async def started(
    folder: Path, url: str, *arguments: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(str(PROGRAM), *arguments),
        cwd=folder,
        env={"NATS_URL": url, "COLUMNS": "200"} | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def make_tables(folder: Path) -> None:
    from trunkline.sql import Database

    Database(f"sqlite:///{folder / 'shop.db'}").create_tables()


class TestDoctor:
    """The doctor says what is so, and its status says whether that is good."""

    async def test_all_well(self, run: Run, shop: Path, nats_server: NatsServer) -> None:
        make_tables(shop)
        result = await run(nats_server.url, "doctor", "shop:service")
        assert result.status == 0, result
        lines = [line.split(maxsplit=2) for line in result.output.splitlines()]
        assert [(word, about) for word, about, _ in lines] == [
            ("ok", "connection"),
            ("ok", "jetstream"),
            ("ok", "streams"),
            ("ok", "outbox"),
        ]
        assert f"127.0.0.1:{nats_server.port}" in result.output
        assert "1 of 1, 0 messages" in result.output
        assert "0 events waiting" in result.output

    async def test_missing_tables_are_wrong(self, run: Run, nats_server: NatsServer) -> None:
        result = await run(nats_server.url, "doctor", "shop:service")
        assert result.status == 1
        assert "wrong outbox" in result.output
        assert "run the migrations" in result.output

    async def test_core_only_server_is_worth_knowing(self, run: Run, core_nats_server: NatsServer) -> None:
        result = await run(core_nats_server.url, "doctor", "shop:bare")
        assert result.status == 0, result
        assert "note  jetstream" in result.output

    async def test_core_only_server_is_wrong_where_jetstream_is_required(
        self, run: Run, core_nats_server: NatsServer
    ) -> None:
        result = await run(core_nats_server.url, "doctor", "shop:bare", NATS_JETSTREAM="required")
        assert result.status == 1
        assert "wrong jetstream" in result.output

    async def test_no_server_is_wrong_for_every_command_and_shows_no_password(
        self, run: Run, nats_server: NatsServer
    ) -> None:
        await nats_server.stop()
        url = f"nats://ada:sesame-open@127.0.0.1:{nats_server.port}"
        result, listed = await asyncio.gather(run(url, "doctor", "shop:bare"), run(url, "streams", "shop:bare"))
        assert (result.status, listed.status) == (1, 1)
        assert "wrong connection" in result.output
        assert "no connection within" in listed.errors
        assert "sesame-open" not in result.output + result.errors + listed.output + listed.errors


class TestStreams:
    """The declared streams, as the server has them."""

    async def test_lists_what_is_stored(self, run: Run, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        await client.jetstream().add_stream(name="ORDERS", subjects=["orders.>"])
        for number in range(3):
            await client.jetstream().publish(f"orders.{number}", b"{}")
        await client.close()
        result = await run(nats_server.url, "streams", "shop:bare")
        assert result.status == 0, result
        assert result.output.splitlines()[1].split()[:3] == ["ORDERS", "orders.>", "3"]

    async def test_stream_that_keeps_nothing_is_an_error(self, run: Run, core_nats_server: NatsServer) -> None:
        result = await run(core_nats_server.url, "streams", "shop:bare")
        assert result.status == 1
        assert "ORDERS" in result.output


class TestTail:
    """Events are shown as they are published, one line each, until Ctrl-C."""

    async def test_shows_events_and_ends_at_ctrl_c(self, shop: Path, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        async with started(shop, nats_server.url, "tail", "shop:bare", "orders.*") as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert b"listening on orders.*" in await asyncio.wait_for(process.stderr.readline(), 30)
            await client.publish("other.1", b"{}")
            await client.publish("orders.1", b'{"x":"\x1b[31m"}', headers={"ce-id": "e1", "Trunkline-Test": "1"})
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), 30) == 0
            assert await process.stdout.read() == b""
        await client.close()
        assert line.split(maxsplit=1)[1] == 'orders.1 (trial) e1 {"x":"\\x1b[31m"}\n'

    async def test_malformed_pattern(self, run: Run, nats_server: NatsServer) -> None:
        result = await run(nats_server.url, "tail", "shop:bare", "orders..x")
        assert result.status == 2
        assert "PATTERN" in result.errors


class TestLoad:
    """`module:name` is the application's own service, imported from the current folder."""

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")

    def write(self, name: str, text: str) -> None:
        Path(f"{name}.py").write_text(text)

    def test_service(self) -> None:
        self.write("shop_one", SHOP)
        assert isinstance(load("shop_one:service"), NATSService)
        assert isinstance(load("shop_one:Shop.service"), NATSService)

    @pytest.mark.parametrize("name", ["", "main", "main:", ":service"])
    def test_name_of_another_form(self, name: str) -> None:
        with pytest.raises(typer.BadParameter, match="must be MODULE:SERVICE"):
            load(name)

    @pytest.mark.parametrize("name", ["no_such_module:service", "no_such.module:service"])
    def test_missing_module(self, name: str) -> None:
        with pytest.raises(typer.BadParameter, match="there is no module"):
            load(name)

    def test_module_that_misses_another_one_says_which(self) -> None:
        self.write("shop_two", "import no_such_dependency")
        with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
            load("shop_two:service")

    def test_missing_name_and_other_things(self) -> None:
        self.write("shop_three", "number = 1")
        with pytest.raises(typer.BadParameter, match="has no 'service'"):
            load("shop_three:service")
        with pytest.raises(typer.BadParameter, match="is a int, not a NATSService"):
            load("shop_three:number")


class TestFindings:
    def verdicts(self, health: ServiceHealth, *statuses: StreamStatus) -> dict[str, Verdict]:
        return {finding.about: finding.verdict for finding in findings_of(health, list(statuses))}

    def test_healthy(self) -> None:
        assert set(self.verdicts(HEALTHY, ORDERS).values()) == {Verdict.WELL}

    def test_stream_with_an_error_is_wrong_and_a_difference_worth_knowing(self) -> None:
        assert self.verdicts(HEALTHY, replace(ORDERS, error="gone"))["stream"] is Verdict.WRONG
        assert self.verdicts(HEALTHY, replace(ORDERS, difference="max_age is 1"))["stream"] is Verdict.NOTE

    def test_unknown_jetstream_is_wrong(self) -> None:
        connection = replace(HEALTHY.connection, jetstream=JetStreamState.UNKNOWN, jetstream_reason="timed out")
        assert self.verdicts(replace(HEALTHY, connection=connection))["jetstream"] is Verdict.WRONG

    def test_waiting_events_are_worth_knowing(self) -> None:
        assert self.verdicts(replace(HEALTHY, outbox_waiting=3))["outbox"] is Verdict.NOTE

    def test_database_that_does_not_answer_is_wrong(self) -> None:
        health = replace(HEALTHY, outbox_waiting=None, outbox_error="locked")
        assert self.verdicts(health)["outbox"] is Verdict.WRONG


class TestWriting:
    def test_nothing_reaches_the_terminal_that_could_drive_it(self) -> None:
        assert printable("a\x1b[2Jb\rc\u202ed\x85") == "a\\x1b[2Jb\\rc\\u202ed\\x85"
        assert printable("Zoë 日本 😀") == "Zoë 日本 😀"

    def test_payload_that_is_no_text_is_shown_all_the_same(self) -> None:
        assert line_of(Event.received("a.b", b"\xff\x00", {"ce-id": "1"})).endswith("a.b 1 \\xff\\x00")

    @pytest.mark.parametrize(
        ("count", "text"),
        [(None, "-"), (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 30, "1 GiB"), (1 << 50, "1024 TiB")],
    )
    def test_size(self, count: int | None, text: str) -> None:
        assert size(count) == text

    @pytest.mark.parametrize(
        ("seconds", "text"), [(None, "-"), (1.5, "1.5 s"), (90.0, "1.5 min"), (3600.0, "1 h"), (30 * 86400.0, "30 d")]
    )
    def test_age(self, seconds: float | None, text: str) -> None:
        assert age(seconds) == text
