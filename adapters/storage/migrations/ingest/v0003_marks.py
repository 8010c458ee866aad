"""How far a backfill or a sweep went."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "mark", Column("name", Text, primary_key=True), Column("value", Text, nullable=False), Column("at", BigInteger, nullable=False)
    )
