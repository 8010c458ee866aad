"""Scheduled work: whose turn it is, and how it ended."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "schedule",
        Column("name", Text, primary_key=True),
        Column("began_at", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("ok_at", BigInteger),
        Column("is_ok", Boolean, nullable=False),
        Column("said", Text, nullable=False),
    )
