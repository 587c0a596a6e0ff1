"""The tables of tasks: what each is and how far it has come, all that happened to it, and what it asked of people."""

from sqlalchemy import JSON, Column, Double, Index, Integer, String, Table, Text

from trunkline.sql.tables import ID_LENGTH, UtcDateTime, metadata

_NULLABLE_JSON = JSON(none_as_null=True)

tasks = Table(
    "trunkline_tasks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("type", String(100), nullable=False),
    Column("key", String(ID_LENGTH)),
    Column("owner", String(200)),
    Column("parent_id", String(36), index=True),
    Column("root_id", String(36), nullable=False, index=True),
    Column("state", String(20), nullable=False, index=True),
    Column("input", JSON, nullable=False),
    Column("result", _NULLABLE_JSON),
    Column("error", Text),
    Column("progress", Double),
    Column("note", Text),
    Column("agent", String(200)),
    Column("attempts", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("heard_at", Double),
    Column("deadline", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_trunkline_tasks_key", "type", "key", unique=True),
    Index("ix_trunkline_tasks_owner", "owner", "id"),
    comment="tasks; round counts resumptions, number is that of the last event",
)

task_events = Table(
    "trunkline_task_events",
    metadata,
    Column("task_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    comment="what happened to tasks, numbered in order for each",
)

task_questions = Table(
    "trunkline_task_questions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("task_id", String(36), nullable=False),
    Column("place", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("choices", _NULLABLE_JSON),
    Column("default", _NULLABLE_JSON),
    Column("asked_of", String(200)),
    Column("escalate_to", String(200)),
    Column("seconds", Double),
    Column("deadline", UtcDateTime),
    Column("answer", _NULLABLE_JSON),
    Column("ended", String(20)),
    Column("answered_by", String(200)),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("uq_trunkline_task_questions_place", "task_id", "place", unique=True),
    comment="what tasks ask of people; ended says how: answered, default, or closed with its task",
)
