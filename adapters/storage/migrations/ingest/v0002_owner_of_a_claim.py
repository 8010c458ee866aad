"""Who claimed an object: with several ingest processes on one store, what a dead one held is freed by the others."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("work_item", Column("owner", BigInteger))
