"""What operators say of Stripe objects."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text

revision = "0005"
down_revision = "0004"

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    texts = ("stripe_id", "account", "key", "value", "because")
    op.create_table(
        "object_note",
        Column("seq", SEQUENCE, Identity(), primary_key=True),
        *(Column(name, Text, nullable=False) for name in texts),
        Column("at", BigInteger, nullable=False),
    )
    op.create_index("object_note_of", "object_note", ["stripe_id", "seq"])
