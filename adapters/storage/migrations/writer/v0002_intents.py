"""What the writer is about to do, stored before it does it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, Text

revision = "0002"
down_revision = "0001"

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
TEXTS = ("account", "record_group", "external_id", "record_type", "act", "checksum")
CAUSE = ("event_id", "stripe_id", "subject", "plan", "settings", "request_id")


def upgrade() -> None:
    op.create_table(
        "write_intent",
        Column("number", SEQUENCE, Identity(), primary_key=True),
        *(Column(name, Text, nullable=False) for name in TEXTS),
        Column("token", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in CAUSE),
        Column("attempt", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("under_way", Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("write_intent_record", "write_intent", ["account", "record_group", "external_id"])
    op.create_index("write_intent_subject", "write_intent", ["account", "stripe_id"])
