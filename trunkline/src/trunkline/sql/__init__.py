"""Trunkline in the application's own database: outbox, inbox, dead letters and leases. Needs ``trunkline[sql]``."""

from trunkline.sql import deadletters, inbox, leases, outbox, servers
from trunkline.sql.database import Database
from trunkline.sql.relay import Relay
from trunkline.sql.spool import Spool
from trunkline.sql.tables import metadata

__all__ = ["Database", "Relay", "Spool", "deadletters", "inbox", "leases", "metadata", "outbox", "servers"]
