"""What every process of a run has to know; it travels in one environment variable."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

VARIABLE = "CHAOS_SETTING"

Part = Literal["outbox", "inbox", "order"]
PARTS: tuple[Part, ...] = ("outbox", "inbox", "order")

CrashPoint = Literal["after-commit", "in-handler", "before-ack"]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the database is, where crash points are armed, and which part of the protection is switched off."""

    database_url: str
    folder: Path
    without: Part | None = None

    def environment(self) -> Mapping[str, str]:
        """Return this as what a process is started with."""
        return {VARIABLE: json.dumps(asdict(self), default=str)}

    @classmethod
    def received(cls) -> "Setting":
        """Return what this process was started with."""
        values = json.loads(os.environ[VARIABLE])
        return cls(values["database_url"], Path(values["folder"]), values["without"])

    def crash_point(self, point: CrashPoint) -> Path:
        """Return the file whose existence makes the next process that gets there kill itself."""
        return self.folder / f"crash-{point}"

    def note(self, what: str) -> None:
        """Count something that a handler has met; processes that are killed have noted it all the same."""
        with self._notes(what).open("ab") as file:
            file.write(b".")

    def noted(self, what: str) -> int:
        """Return how often it was noted, by whichever process."""
        path = self._notes(what)
        return path.stat().st_size if path.exists() else 0

    def _notes(self, what: str) -> Path:
        return self.folder / f"noted-{what}"
