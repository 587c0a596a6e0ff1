"""The configuration file of a nats-server."""

import json
from dataclasses import dataclass
from pathlib import Path

_LOG_BYTES = 4 << 20
_LOG_FILES = 3


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one server is told: a loopback address, its folder, who may connect, and whether JetStream runs.

    The log is bounded: the server starts a new file at 4 MiB and keeps three. `port` None is a free one, which the
    server writes into a ``.ports`` file in `folder`.
    """

    name: str
    folder: Path
    log: Path
    port: int | None = None
    jetstream: bool = True
    user: str | None = None
    password: str | None = None
    token: str | None = None
    jetstream_options: str = ""
    extra: str = ""

    def text(self) -> str:
        """Return the file's text."""
        lines = [
            f"server_name: {_quoted(self.name)}",
            'host: "127.0.0.1"',
            f"port: {self.port or -1}",
            f"ports_file_dir: {_quoted(self.folder)}",
            f"pid_file: {_quoted(self.folder / 'server.pid')}",
            f"log_file: {_quoted(self.log)}",
            f"logfile_size_limit: {_LOG_BYTES}",
            f"logfile_max_num: {_LOG_FILES}",
        ]
        if self.user is not None:
            lines.append(f"authorization {{ user: {_quoted(self.user)}, password: {_quoted(self.password or '')} }}")
        elif self.token is not None:
            lines.append(f"authorization {{ token: {_quoted(self.token)} }}")
        if self.jetstream:
            lines.append(f"jetstream {{ store_dir: {_quoted(self.folder)}\n{self.jetstream_options}\n}}")
        return "\n".join([*lines, self.extra, ""])


def _quoted(value: str | Path) -> str:
    return json.dumps(str(value), ensure_ascii=False)
