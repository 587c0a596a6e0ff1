"""What all tables share: one metadata, ids that sort by time, times with a zone."""

from datetime import UTC, datetime
from enum import StrEnum

import uuid_utils
from sqlalchemy import DateTime, Dialect, Enum, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, with its zone also on SQLite, which keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone; store the rest in UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time to be stored needs a time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite dropped."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


_NAMED_BY_VALUE = Enum(
    StrEnum, native_enum=False, length=20, values_callable=lambda members: [member.value for member in members]
)


class Model(DeclarativeBase):
    """A table of the platform."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, StrEnum: _NAMED_BY_VALUE}


def new_id() -> str:
    """Return a new id: a UUIDv7."""
    return str(uuid_utils.uuid7())


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)
