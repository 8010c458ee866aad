"""Pauses of handing on."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "pause",
        Column("name", Text, primary_key=True),
        Column("account", Text),
        Column("because", Text, nullable=False),
        Column("who", Text, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger),
    )
