"""NetSuite's limit over several writer processes."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text

revision = "0006"
down_revision = "0005"

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "netsuite_limit",
        Column("account", Text, primary_key=True),
        Column("milli", Integer, nullable=False),
        Column("lowered", BigInteger, nullable=False),
        Column("changed", BigInteger, nullable=False),
    )
    op.create_table(
        "netsuite_call",
        Column("number", SEQUENCE, Identity(), primary_key=True),
        Column("account", Text, nullable=False),
        Column("until", BigInteger, nullable=False),
    )
