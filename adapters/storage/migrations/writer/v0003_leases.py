"""Turns on NetSuite's records over several writer processes."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, SmallInteger, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "record_lease",
        Column("account", Text, primary_key=True),
        Column("record_group", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("token", BigInteger, nullable=False),
        Column("owner", Text, nullable=False),
        Column("until", BigInteger, nullable=False),
        Column("since", BigInteger, nullable=False),
    )
    op.create_index("record_lease_token", "record_lease", ["token"])
    op.create_table(
        "lease_token",
        Column("only", SmallInteger, primary_key=True, autoincrement=False if op.get_bind().dialect.name == "postgresql" else "auto"),
        Column("token", BigInteger, nullable=False),
    )
