"""What became of each claim of an object."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, Text

revision = "0004"
down_revision = "0003"

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("work_item", Column("claimed_at", BigInteger))
    op.create_table(
        "attempt",
        Column("seq", SEQUENCE, Identity(), primary_key=True),
        Column("object_key", Text, nullable=False),
        Column("token", BigInteger, nullable=False),
        Column("number", Integer, nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger, nullable=False),
        Column("outcome", Text),
        Column("late", Boolean, nullable=False),
        Column("handed_on", Text, nullable=False),
    )
    op.create_index("attempt_of", "attempt", ["object_key", "started_at"])
