"""What a worker's process tells its supervisor: how it is, and at its end whether it was refused."""

from pydantic import BaseModel

from trunkline.health import ServiceHealth

REFUSED = 2
"""The exit status of what cannot run as asked: an unknown name, a wrong setting, tables of another version."""


class Report(BaseModel):
    """How a process is: ready when it has both its database and NATS."""

    ready: bool
    database: bool
    nats: bool
    agents: list[str]
    trouble: list[str]


def report_of(health: ServiceHealth, agents: list[str]) -> Report:
    """Say what a service's health means for a worker: without either of the two it gets no work done."""
    database, nats = health.outbox_error is None, health.connection.connected
    reasons = [health.outbox_error, health.connection.error if not nats else None]
    reasons += [f"{each.durable or each.pattern}: {each.error}" for each in health.subscriptions if each.error]
    trouble = [reason for reason in reasons if reason]
    return Report(ready=database and nats, database=database, nats=nats, agents=agents, trouble=trouble)
