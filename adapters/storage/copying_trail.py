"""Moving house, what the writer must not forget: calls whose end is not known, and the audit trail with its chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from adapters.storage.audit import MOVE, read_head
from adapters.storage.tables import audit, write_intent
from core.outcome import Kind, cannot

AT_ONCE = 500


def read_intents(connection: Connection, mark: int | None) -> tuple[Sequence[Any], int | None]:
    """The next calls in doubt."""
    query = select(write_intent).where(write_intent.c.number > (mark or 0)).order_by(write_intent.c.number).limit(AT_ONCE)
    rows = connection.execute(query).all()
    return rows, rows[-1].number if rows else mark


def write_intents(connection: Connection, rows: Sequence[Any]) -> int:
    """Under new numbers; a request is known by its identity."""
    asked = write_intent.c.request_id.in_([row.request_id for row in rows])
    there = set(connection.execute(select(write_intent.c.request_id).where(asked)).scalars())
    new = [{name: value for name, value in row._asdict().items() if name != "number"} for row in rows if row.request_id not in there]
    if new:
        connection.execute(insert(write_intent), new)
    return len(new)


def read_audit(connection: Connection, mark: int | None) -> tuple[Sequence[Any], int | None]:
    """The next rows of the trail."""
    rows = connection.execute(select(audit).where(audit.c.seq > (mark or 0)).order_by(audit.c.seq).limit(AT_ONCE)).all()
    return rows, rows[-1].seq if rows else mark


def write_audit(connection: Connection, rows: Sequence[Any]) -> int:
    """As they are, for the chain to hold. CannotSync (misconfigured) when the target has begun a trail of its own."""
    head = read_head(connection)
    held = connection.execute(select(audit.c.hash).where(audit.c.seq == rows[0].seq)).scalar()
    new = [row for row in rows if row.seq > head.seq]
    follows = new[0].previous == head.hash if new else True
    if not follows or held not in (None, rows[0].hash):
        cannot(
            Kind.MISCONFIGURED,
            f"The target's audit trail ({head.seq} rows) is not the beginning of the one that is to be copied.",
            "Copy into a database in which no writer has run yet.",
        )
    if new:
        connection.execute(insert(audit), [row._asdict() for row in new])
        connection.execute(MOVE, {"new_seq": new[-1].seq, "new_hash": new[-1].hash})
    return len(new)
