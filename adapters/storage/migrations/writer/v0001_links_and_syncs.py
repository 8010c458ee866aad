"""The writer's first schema: which record an object became, and what became of each sync."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text

revision = "0001"
down_revision = None

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sync_link",
        Column("record_type", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("internal_id", Text, nullable=False),
        Column("checksum", Text, nullable=False),
    )
    op.create_table(
        "sync_record",
        Column("seq", SEQUENCE, Identity(), primary_key=True),
        Column("event_id", Text, nullable=False),
        Column("event_type", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("stripe_id", Text, nullable=False),
        Column("plan", Text, nullable=False),
        Column("checksum", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.create_index("sync_record_of", "sync_record", ["stripe_id", "seq"])
