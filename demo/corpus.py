"""What the demo sends: the CV files and the projects, each with the three CVs that a reader put on top."""

import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Cv:
    """A CV file, and the name its invented freelancer registers under."""

    path: Path

    @property
    def file(self) -> str:
        """The file's name, by which projects refer to it."""
        return self.path.name

    @property
    def person(self) -> str:
        """A name to show: the file's, in words."""
        return self.path.stem.replace("_", " ").replace("-", " ").title()

    @property
    def media_type(self) -> str:
        """What the upload says the file is."""
        return mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"


@dataclass(frozen=True)
class Project:
    """A project's request body, and the CV files that must come first for it."""

    body: dict[str, Any]
    expected: frozenset[str]

    @property
    def title(self) -> str:
        """The project's title."""
        return str(self.body["title"])


def read_cvs() -> list[Cv]:
    """Every CV of the corpus, by name."""
    return [Cv(path) for path in sorted((FOLDER / "cvs").iterdir()) if path.is_file()]


def read_projects() -> list[Project]:
    """Every project of the corpus, by file name."""
    documents = [json.loads(path.read_text()) for path in sorted((FOLDER / "projects").glob("*.json"))]
    return [Project(document["project"], frozenset(document["expected"])) for document in documents]
