"""The embedded server's folder: which files lie in it, and what it remembers between two starts."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from trunkline.server.locks import unwritable

USER = "trunkline"

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same from start to start: the server's name, its password, and its port once it has one."""

    name: str
    password: str
    port: int | None = None

    @classmethod
    def new(cls) -> Self:
        """Make a fresh one."""
        return cls(name=f"trunkline-{secrets.token_hex(8)}", password=secrets.token_urlsafe(24))

    @property
    def url(self) -> str:
        """Where the server is, with user and password."""
        return f"nats://{USER}:{self.password}@127.0.0.1:{self.port}"

    def at(self, port: int | None) -> Self:
        """Return the same with another port."""
        return replace(self, port=port)


@dataclass(frozen=True, slots=True)
class Store:
    """The folder, private to its user (0700; what holds the password is 0600)."""

    folder: Path

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.folder / "users.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor, and before that by the process that is starting it."""
        return self.folder / "supervisor.lock"

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor says."""
        return self.folder / "supervisor.log"

    @property
    def pid_file(self) -> Path:
        """The id of the server's process."""
        return self.folder / "server.pid"

    @property
    def _identity_file(self) -> Path:
        return self.folder / "identity.json"

    def create(self) -> None:
        """Make the folder, if there is none.

        Raises:
            StoreTaken: it cannot be made.
        """
        try:
            self.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def identity(self) -> Identity | None:
        """Return what was remembered; None when there is nothing, or nothing that can be read."""
        try:
            return Identity(**json.loads(self._identity_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def remember(self, identity: Identity) -> None:
        """Write `identity` in one step, so that no reader sees half of it.

        Raises:
            StoreTaken: the folder cannot be written.
        """
        aside = self._identity_file.with_suffix(".new")
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _PRIVATE_FILE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(identity), file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._identity_file)
        except OSError as error:
            raise unwritable(self.folder, error) from error
