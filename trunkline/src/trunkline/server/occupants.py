"""Who else uses a store: a nats-server that somebody started by hand knows nothing of our lock.

nats-server itself lets two servers write to one store. A foreign one is known by a file of JetStream's that it has open
for writing, or by its command line; one whose configuration file names the store is known once it has written. What
only reads (a backup) is left alone. Linux only: elsewhere there is no ``/proc`` to read this from, and nobody is found;
nor is a server of another user, whose files we may not see.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

_PROCESSES = Path("/proc")
_STORE_OPTIONS = {"sd", "store_dir"}


def occupant(store: Path) -> int | None:
    """Return the id of a process that writes to `store`, or would; None when there is none that can be seen."""
    files = f"{store / 'jetstream'}{os.sep}"
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if _is_server_on(process, store) or any(path.startswith(files) for path in _written(process)):
                return int(process.name)
    return None


def _is_server_on(process: Path, store: Path) -> bool:
    program, *arguments = (process / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    if Path(program).name != "nats-server":
        return False
    options = [argument.lstrip("-").partition("=") for argument in arguments]
    named = [value for option, _, value in options if option in _STORE_OPTIONS and value]
    named += [following for option, following in pairwise(arguments) if option.lstrip("-") in _STORE_OPTIONS]
    return any((process / "cwd" / value).resolve() == store for value in named)


def _written(process: Path) -> Iterator[str]:
    """The files that the process has open for writing."""
    for descriptor in (process / "fd").iterdir():
        with suppress(OSError, StopIteration):  # it is closed by now
            path = os.readlink(descriptor)
            lines = (process / "fdinfo" / descriptor.name).read_text().splitlines()
            flags = next(line for line in lines if line.startswith("flags:"))
            if int(flags.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY:
                yield path
