"""Trunkline in the application's own database: outbox, inbox, dead letters, leases. Needs ``trunkline[sql]``."""

from trunkline.sql import budgets, deadletters, inbox, leases, outbox, servers
from trunkline.sql.database import Database
from trunkline.sql.relay import Relay
from trunkline.sql.spool import Spool
from trunkline.sql.tables import metadata

__all__ = ["Database", "Relay", "Spool", "budgets", "deadletters", "inbox", "leases", "metadata", "outbox", "servers"]
