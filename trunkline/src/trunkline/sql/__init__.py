"""Trunkline in the application's database: outbox, inbox, dead letters, leases, timers. Needs ``trunkline[sql]``."""

from trunkline.sql import budgets, deadletters, inbox, leases, outbox, servers, timers
from trunkline.sql import task_tables as task_tables  # they are part of the metadata
from trunkline.sql import workflow_tables as workflow_tables
from trunkline.sql.clock import Clock
from trunkline.sql.database import Database
from trunkline.sql.relay import Relay
from trunkline.sql.spool import Spool
from trunkline.sql.tables import metadata

__all__ = [
    "Clock",
    "Database",
    "Relay",
    "Spool",
    "budgets",
    "deadletters",
    "inbox",
    "leases",
    "metadata",
    "outbox",
    "servers",
    "timers",
]
