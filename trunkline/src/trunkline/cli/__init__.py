"""``trunkline doctor | streams | tail | agents | deadletters | worker``: look at a platform, mend it, run its agents.

Each command takes the application's own service as ``module:name`` (``cd backend && trunkline doctor main:service``),
imported with the current folder on the path, and so looks with the application's own settings, streams and database.
Only what the command needs is opened, connection or database: except in a worker, no handler runs here, and no event
is relayed.
"""

from importlib.util import find_spec

import typer

from trunkline.cli.agents import agents
from trunkline.cli.doctor import doctor
from trunkline.cli.streams import streams
from trunkline.cli.tail import tail
from trunkline.cli.worker import worker

app = typer.Typer(
    name="trunkline",
    help="Look at a platform's events: is all well, what is stored, what went wrong. Run its agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (doctor, streams, tail, agents, worker):
    app.command()(command)
if find_spec("sqlalchemy"):  # the extra `sql`; without it there are no dead letters to look at
    from trunkline.cli import deadletters

    app.add_typer(deadletters.app)


def main() -> None:
    """Run the command line."""
    app()
