"""Write the exact version of every dependency into pyproject.toml, by name: `make pins`.

The lock file is not committed, because it names registry hosts. What it would fix is kept as
`[tool.uv] constraint-dependencies` instead, between two marker comments that this script rewrites:

1. a copy of the workspace's pyproject.toml files, without the constraints, is resolved afresh;
2. the result is exported as `name==version ; marker` lines;
3. those lines replace what stands between the markers.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = ("trunkline", "backend")
BEGIN = "    # pins: begin (written by `make pins`)\n"
END = "    # pins: end\n"
LIMIT_SECONDS = 600


def with_pins(document: str, pins: list[str]) -> str:
    """The text of pyproject.toml with `pins` between its markers. ValueError: a marker is missing."""
    head, begin, rest = document.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError("pyproject.toml has lost its pin markers")
    lines = "".join(f'    "{pin}",\n' for pin in pins)
    return head + BEGIN + lines + END + tail


def pins_of(export: str) -> list[str]:
    """The requirement lines of `uv export`, sorted, with double quotes made single for TOML."""
    lines = (line.strip() for line in export.splitlines())
    return sorted(line.replace('"', "'") for line in lines if "==" in line and not line.startswith("#"))


def resolve(uv: str, document: str) -> list[str]:
    """Resolve the newest versions that fit the workspace; an existing lock plays no part."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        (copy / "pyproject.toml").write_text(with_pins(document, []))
        for member in MEMBERS:
            (copy / member).mkdir()
            (copy / member / "pyproject.toml").write_text((ROOT / member / "pyproject.toml").read_text())
            (copy / member / "README.md").touch()
        everything = ["--all-packages", "--all-groups", "--all-extras"]
        plain = ["--no-hashes", "--no-annotate", "--no-header", "--no-emit-workspace", "--quiet"]
        export = subprocess.run(
            [uv, "export", "--upgrade", *everything, *plain],
            cwd=copy,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LIMIT_SECONDS,
        )
        return pins_of(export.stdout)


def main() -> int:
    """Rewrite the pins and say how many there are."""
    path = ROOT / "pyproject.toml"
    document = path.read_text()
    pins = resolve(os.environ.get("UV", "uv"), document)
    path.write_text(with_pins(document, pins))
    print(f"{len(pins)} versions pinned in pyproject.toml")
    return 0


if __name__ == "__main__":
    sys.exit(main())
