"""Run every snippet of the documents: a snippet that does not run is a failing check.

Every fenced block marked `python`, `bash` or `sh` in README.md, trunkline/README.md, ARCHITECTURE.md,
CONTRIBUTING.md, deploy/ and docs/ is run; other languages (`text`, `dotenv`, `json`, ...) are for reading only.

- A `python` block is a whole program. It runs in a fresh process and an empty folder, with `NATS_URL` naming a
  server of its own and backend/ on the import path.
- A `bash` or `sh` block runs from the root of a fresh copy of the checkout, with uv on its path.

A comment right above the fence changes that:

    <!-- snippet: serves http://127.0.0.1:8000/docs -->
        The block starts a server that stays: wait until the address answers, then stop it. (Uvicorn, and
        the health answers of `trunkline worker`, are given a free port in its place.)
    <!-- snippet: run by .ci/run -->
        The block's lines are make targets, and .ci/run makes every one of them.
    <!-- snippet: run by tests/test_demo.py::test_name -->
        The named test, which must exist, runs what the block says.

Documents can be named as arguments; without any, all are checked.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "backend"))

from core.settings import without_settings  # noqa: E402 - found by the line above

DOCUMENTS = ("README.md", "trunkline/README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/**/*.md", "docs/**/*.md")
PYTHON_LIMIT_SECONDS = 120
SHELL_LIMIT_SECONDS = 300
SERVE_LIMIT_SECONDS = 120
STOP_LIMIT_SECONDS = 20

FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)(?P=ticks) *$", re.M | re.S
)
DIRECTIVE = re.compile(r"<!-- snippet: (?P<directive>[^\n]+?) -->\s*\Z")


class SnippetError(Exception):
    """A snippet does not do what its document says; the message tells how."""


@dataclass(frozen=True)
class Snippet:
    """One fenced block and where it stands."""

    place: str
    language: str
    text: str
    directive: str | None


def snippets_of(path: Path) -> Iterator[Snippet]:
    """Every block of `path` that has to run, in the order of the page."""
    page = path.read_text()
    for fence in FENCE.finditer(page):
        if fence["language"] not in ("python", "bash", "sh"):
            continue
        line = page.count("\n", 0, fence.start()) + 1
        directive = DIRECTIVE.search(page[: fence.start()])
        yield Snippet(
            place=f"{os.path.relpath(path, ROOT)}:{line}",
            language=fence["language"],
            text=textwrap.dedent(fence["text"]),
            directive=directive["directive"] if directive else None,
        )


def check_run_elsewhere(snippet: Snippet, who: str) -> None:
    """The directive names somebody who really runs this block."""
    if who == ".ci/run":
        made = set(re.findall(r"\bmake ([a-z ]+)$", (ROOT / ".ci/run").read_text(), re.M)[0].split())
        for line in snippet.text.splitlines():
            command, *targets = line.split("#")[0].split()
            if command != "make" or not set(targets) <= made:
                raise SnippetError(f"'{line}' is not among what .ci/run makes: {sorted(made)}")
        return
    path, _, name = who.partition("::")
    if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text():
        raise SnippetError(f"there is no test {who}")


@contextmanager
def process_group(command: list[str], cwd: Path, env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A command in a group of its own, none of which outlives the block, and the file with its output."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "output"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process, log
        finally:
            stop_group(process)


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C for the whole group, then insist."""
    for wish in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, wish)
            process.wait(STOP_LIMIT_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def run(command: list[str], cwd: Path, env: dict[str, str], limit: float) -> None:
    """Run to the end; a failure carries the last of the output."""
    with process_group(command, cwd, env) as (process, log):
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise SnippetError(f"still running after {limit:g} s\n{tail(log)}") from None
        if status != 0:
            raise SnippetError(f"ended with status {status}\n{tail(log)}")


def serve(command: list[str], cwd: Path, env: dict[str, str], address: str) -> None:
    """Run until the address answers."""
    port = free_port()
    wanted = re.sub(r":\d+/", f":{port}/", address, count=1)
    until = time.monotonic() + SERVE_LIMIT_SECONDS
    ports = {"UVICORN_PORT": str(port), "TRUNKLINE_HEALTH_PORT": str(port)}
    with process_group(command, cwd, env | ports) as (process, log):
        while not answers(wanted):
            if process.poll() is not None:
                raise SnippetError(f"ended with status {process.returncode} before {address} answered\n{tail(log)}")
            if time.monotonic() > until:
                raise SnippetError(f"{address} does not answer\n{tail(log)}")
            time.sleep(0.2)


def answers(address: str) -> bool:
    """Whether the address gives a good answer now."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status < 400)
    except (urllib.error.URLError, OSError):
        return False


def tail(log: Path) -> str:
    """The last lines of a program's output, indented."""
    lines = log.read_text(errors="replace").splitlines()[-30:]
    return textwrap.indent("\n".join(lines), "    ")


def free_port() -> int:
    """A port of the loopback that nobody holds now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, log: Path) -> None:
    """Wait until somebody listens there."""
    until = time.monotonic() + STOP_LIMIT_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SnippetError(f"nats-server does not start\n{tail(log)}")


@contextmanager
def nats_server() -> Iterator[str]:
    """The address of a server with JetStream that lives for the block."""
    program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if program is None:
        raise SnippetError("nats-server is not installed beside this Python; run `make check`")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder]
        with process_group(command, Path(folder), dict(os.environ)) as (_, log):
            wait_for_port(port, log)
            yield f"nats://127.0.0.1:{port}"


@contextmanager
def fresh_copy() -> Iterator[Path]:
    """A copy of what git would commit now; the resolved versions come along, so that uv need not ask for them."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout.split("\0")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name in [*filter(None, names), "uv.lock"]:
            if (ROOT / name).is_file():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, Path(folder) / name)
        yield Path(folder)


def own_environment() -> dict[str, str]:
    """What a developer's shell would give a snippet, less what would lead it to that developer's own servers."""
    ours = {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL"}
    env = {name: value for name, value in without_settings(os.environ).items() if name not in ours}
    uv = Path(os.environ.get("UV", "uv")).parent
    return env | {"PATH": f"{uv}{os.pathsep}{env['PATH']}"}


def check_python(snippet: Snippet, nats_url: str) -> None:
    """Run a Python block as a program."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "snippet.py").write_text(snippet.text)
        env = own_environment() | {
            "ENVIRONMENT": "test",  # so that a developer's .env is not read
            "NATS_URL": nats_url,
            "DATA_DIR": str(Path(folder) / "data"),
            "PYTHONPATH": str(ROOT / "backend"),
        }
        run([sys.executable, "snippet.py"], Path(folder), env, PYTHON_LIMIT_SECONDS)


def check_shell(snippet: Snippet, copy: Path) -> None:
    """Run a shell block from the root of the copy."""
    command = ["bash", "-euo", "pipefail", "-c", snippet.text]
    if snippet.directive is None:
        run(command, copy, own_environment(), SHELL_LIMIT_SECONDS)
        return
    verb, _, address = snippet.directive.partition(" ")
    if verb != "serves":
        raise SnippetError(f"unknown directive '{snippet.directive}'")
    serve(command, copy, own_environment(), address)


def failures(snippets: list[Snippet]) -> Iterator[str]:
    """Check all; a line for each that fails."""
    elsewhere = [s for s in snippets if s.directive and s.directive.startswith("run by ")]
    programs = [s for s in snippets if s.language == "python" and s not in elsewhere]
    shells = [s for s in snippets if s.language != "python" and s not in elsewhere]

    def outcome(check: partial[None]) -> str | None:
        try:
            check()
        except SnippetError as error:
            return f"{check.args[0].place}: {error}"
        return None

    checks = [partial(check_run_elsewhere, s, str(s.directive).removeprefix("run by ")) for s in elsewhere]
    with nats_server() as url, fresh_copy() as copy, ThreadPoolExecutor(2) as pool:
        checks_of_programs = [partial(check_python, s, url) for s in programs]
        for failure in pool.map(outcome, checks + checks_of_programs):
            if failure:
                yield failure
        for shell in shells:
            if failure := outcome(partial(check_shell, shell, copy)):
                yield failure


def main() -> int:
    """Check the documents named, or all of them."""
    parser = argparse.ArgumentParser(description="Run every snippet of the documents.")
    parser.add_argument("documents", nargs="*", type=Path)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
    named = [path.resolve() for path in parser.parse_args().documents]
    documents = named or sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern))
    snippets = [snippet for path in documents for snippet in snippets_of(path)]
    failed = list(failures(snippets))
    for failure in failed:
        print(failure, file=sys.stderr)
    print(f"snippets: {len(snippets) - len(failed)} of {len(snippets)} hold, in {len(documents)} documents")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
