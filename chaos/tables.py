"""The tables of the program under test.

Nothing here is unique that the proof is about: an effect that happens twice is two rows.
"""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

metadata = MetaData()

_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself for INTEGER only

keys = Table("chaos_keys", metadata, Column("key", String(32), primary_key=True), Column("last", Integer))

accepted = Table(
    "chaos_accepted",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("trouble", String(16), nullable=False),
)

effects = Table(
    "chaos_effects",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("stage", String(16), nullable=False),
    Column("key", String(32), nullable=False),
    Column("number", Integer, nullable=False),
)
