"""The tables of workflows: where each instance stands, and every step that brought it there."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from trunkline.sql.tables import ID_LENGTH, UtcDateTime, metadata

workflows = Table(
    "trunkline_workflows",
    metadata,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("workflow", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(100), nullable=False),
    Column("key", String(ID_LENGTH), index=True),
    Column("data", JSON, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("entered", Integer, nullable=False),
    Column("ignored", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("undoing", Integer),
    Column("ends_in", String(100)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_trunkline_workflows_state", "workflow", "state"),
    Index("ix_trunkline_workflows_started", "started_at", "id"),
    comment="instances of workflows; entered is the number of the step that led to the present state",
)

workflow_steps = Table(
    "trunkline_workflow_steps",
    metadata,
    Column("workflow_id", String(ID_LENGTH), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("on", String(100), nullable=False),
    Column("source", String(100)),
    Column("target", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("cause_id", String(ID_LENGTH)),
    Column("cause_subject", String(1024)),
    Column("cause_step", Integer),
    Column("effects", JSON, nullable=False),
    Column("compensation", String(100)),
    Column("compensated_by", Integer),
    Column("error", Text),
    Column("at", UtcDateTime, nullable=False),
    Index("uq_trunkline_workflow_steps_cause", "workflow_id", "on", "cause_id", unique=True),
    comment="what happened to instances of workflows, numbered in order for each",
)
