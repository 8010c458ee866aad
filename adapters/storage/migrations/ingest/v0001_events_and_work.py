"""Ingest's first schema: events, the objects that wait, counts by state, the newest token."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, LargeBinary, SmallInteger, Text, text

revision = "0001"
down_revision = None

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    _events()
    _work()
    # PostgreSQL keeps a row for each change, without a key: transactions that count must not wait for one another.
    op.create_table(
        "event_count", Column("state", Text, nullable=False, primary_key=not on_postgres), Column("events", BigInteger, nullable=False)
    )
    op.create_table(
        "last_token",
        Column("only", SmallInteger, primary_key=True, autoincrement=False if on_postgres else "auto"),
        Column("token", BigInteger, nullable=False),
    )
    if on_postgres:
        # Bodies are JSON of a few kilobytes, read hardly ever: pressing them would cost the accept its time.
        op.execute("ALTER TABLE inbox_event ALTER COLUMN body SET STORAGE EXTERNAL")
        # Each object is updated several times and goes: room on the page keeps the indexes out of it.
        op.execute("ALTER TABLE work_item SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200)")


def _events() -> None:
    op.create_table(
        "inbox_event",
        Column("seq", SEQUENCE, Identity(), primary_key=True),
        Column("event_id", Text, nullable=False, unique=True),
        Column("type", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("livemode", Boolean, nullable=False),
        Column("account", Text, nullable=False),
        Column("subject_id", Text, nullable=False),
        Column("object_key", Text, nullable=False),
        Column("priority", SmallInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        Column("settled_at", BigInteger),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("reason", Text, nullable=False, server_default=""),
        Column("failed", Text),
        Column("body", LargeBinary, nullable=False),
    )
    _partial("inbox_event_open", "inbox_event", ["object_key", "seq"], "settled_at IS NULL")
    _partial("inbox_event_failed", "inbox_event", ["object_key"], "state = 'failed'")
    op.create_index("inbox_event_state", "inbox_event", ["state", "seq"])
    op.create_index("inbox_event_type", "inbox_event", ["type", "seq"])
    op.create_index("inbox_event_type_state", "inbox_event", ["type", "state", "seq"])


def _work() -> None:
    op.create_table(
        "work_item",
        Column("object_key", Text, primary_key=True),
        Column("priority", SmallInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("token", BigInteger, nullable=False, server_default="0"),
        Column("running", Boolean, nullable=False, server_default="0"),
        Column("waits_for", Text),
        Column("eager", Boolean, nullable=False, server_default="0"),
    )
    op.create_index("work_item_due", "work_item", ["priority", "due_at"])
    _partial("work_item_waits_for", "work_item", ["waits_for"], "waits_for IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=text(where), postgresql_where=text(where))
