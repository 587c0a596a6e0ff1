"""``trunkline doctor``: is all well, and why not."""

from dataclasses import dataclass
from enum import Enum

import typer
from rich.console import Console
from rich.text import Text

from trunkline.cli.running import ServiceName, connected, load, opened, run
from trunkline.cli.writing import printable
from trunkline.health import ServiceHealth
from trunkline.jetstream import JetStreamState
from trunkline.service import NATSService
from trunkline.streams import StreamStatus


class Verdict(Enum):
    """What a finding means: all is well, worth knowing, or wrong; and how it is shown."""

    WELL = ("ok", "green")
    NOTE = ("note", "yellow")
    WRONG = ("wrong", "bold red")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    verdict: Verdict
    about: str
    text: str


def doctor(service: ServiceName) -> None:
    """Say whether the service can do its work, and why not. Status 1 when something is wrong."""
    findings = run(_examine(load(service)))
    console = Console(highlight=False)
    for finding in findings:
        word, style = finding.verdict.value
        line = Text.assemble((f"{word:<6}", style), f"{finding.about:<12}", printable(finding.text))
        console.print(line, soft_wrap=True)
    raise typer.Exit(any(finding.verdict is Verdict.WRONG for finding in findings))


def findings_of(
    health: ServiceHealth, statuses: list[StreamStatus], *, jetstream_expected: bool = False
) -> list[Finding]:
    """Say what a service's health and streams mean."""
    found = [_about_connection(health)]
    if health.connection.connected:
        found.append(_about_jetstream(health, jetstream_expected))
        found += _about_streams(health, statuses)
    return [*found, _about_outbox(health)]


def _about_connection(health: ServiceHealth) -> Finding:
    connection = health.connection
    if not connection.connected:
        why = f": {connection.error}" if connection.error else ""
        where = f" to {connection.server}" if connection.server else ""
        return Finding(Verdict.WRONG, "connection", f"{connection.state}{where}{why}")
    rtt = f", answers in {connection.rtt_ms:g} ms" if connection.rtt_ms is not None else ""
    where = f"{connection.server} ({connection.server_name}, nats-server {connection.server_version})"
    return Finding(Verdict.WELL, "connection", f"connected to {where}{rtt}")


def _about_jetstream(health: ServiceHealth, expected: bool) -> Finding:
    state, reason = health.connection.jetstream, health.connection.jetstream_reason
    if state is JetStreamState.YES:
        return Finding(Verdict.WELL, "jetstream", "yes")
    if state is JetStreamState.NO and expected:
        return Finding(Verdict.WRONG, "jetstream", f"no: {reason}; stored events wait in the outbox until it is back")
    if state is JetStreamState.NO:
        return Finding(Verdict.NOTE, "jetstream", f"no: {reason}; events go once to whoever listens")
    return Finding(Verdict.WRONG, "jetstream", f"unknown: {reason}")


def _about_streams(health: ServiceHealth, statuses: list[StreamStatus]) -> list[Finding]:
    if health.connection.jetstream is not JetStreamState.YES:
        return []
    wrong = [Finding(Verdict.WRONG, "stream", f"{each.name}: {each.error}") for each in statuses if each.error]
    odd = [
        Finding(Verdict.NOTE, "stream", f"{each.name}: {each.difference}")
        for each in statuses
        if each.difference and not each.error
    ]
    good = len(statuses) - len(wrong)
    messages = sum(each.messages for each in statuses)
    return [Finding(Verdict.WELL, "streams", f"{good} of {len(statuses)}, {messages:,} messages"), *wrong, *odd]


def _about_outbox(health: ServiceHealth) -> Finding:
    if health.outbox_error is not None:
        return Finding(Verdict.WRONG, "outbox", health.outbox_error)
    if health.outbox_waiting is None:
        return Finding(Verdict.NOTE, "outbox", "none: the service has no database")
    verdict = Verdict.NOTE if health.outbox_waiting else Verdict.WELL
    return Finding(verdict, "outbox", f"{health.outbox_waiting:,} events waiting")


async def _examine(service: NATSService) -> list[Finding]:
    async with connected(service.connection, must=False), opened(service) as trouble:
        health = await service.health()
        statuses = await service.connection.stream_status()
        findings = findings_of(health, statuses, jetstream_expected=service.connection.jetstream_expected)
        if trouble is not None:
            findings[-1] = Finding(Verdict.WRONG, "outbox", trouble)
        return findings
