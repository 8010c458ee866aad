"""More of ingest's tables: what became of each claim, pauses, scheduled work. Times are whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from adapters.storage.tables import INGEST, SEQUENCE

attempt = Table(
    "attempt",
    INGEST,
    Column("seq", SEQUENCE, primary_key=True),
    Column("object_key", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("outcome", Text),
    Column("late", Boolean, nullable=False),
    Column("handed_on", Text, nullable=False),
)
"""One row a claim that has ended: `outcome` is JSON, NULL when nobody answered in time; `handed_on` are event ids, a blank between them."""

Index("attempt_of", attempt.c.object_key, attempt.c.started_at)

pause = Table(
    "pause",
    INGEST,
    Column("name", Text, primary_key=True),
    Column("account", Text),
    Column("because", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
)
"""One row a pause: of one account, or of everything (`account` NULL); until somebody resumes, or until `until`."""

schedule = Table(
    "schedule",
    INGEST,
    Column("name", Text, primary_key=True),
    Column("began_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("ok_at", BigInteger),
    Column("is_ok", Boolean, nullable=False),
    Column("said", Text, nullable=False),
)
"""One row a scheduled work. Nobody begins it before `until`: the end of the lease while it runs (`ended_at` NULL), then when it is due again."""
