"""How far something went that is begun again, and what became of a batch of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from adapters.storage.by_dialect import ByDialect
from adapters.storage.pausing import PARKED, held_until
from adapters.storage.tables import inbox_event, mark, work_item
from core.inbox import EventState, Stats

SET = ByDialect(
    mark,
    lambda insertion: insertion.on_conflict_do_update(
        index_elements=[mark.c.name], set_={"value": insertion.excluded.value, "at": insertion.excluded.at}
    ),
)


def get(connection: Connection, _now: int, *, name: str) -> str:
    """What was last noted, "" when nothing was."""
    found: str | None = connection.execute(select(mark.c.value).where(mark.c.name == name)).scalar()
    return found or ""


def put(connection: Connection, now: int, *, name: str, value: str) -> None:
    """Note it, with the moment."""
    connection.execute(SET.on(connection), {"name": name, "value": value, "at": now})


def age_s(connection: Connection, now: int, *, name: str) -> float | None:
    """How long ago it was noted, in seconds; None when it was not."""
    at: int | None = connection.execute(select(mark.c.at).where(mark.c.name == name)).scalar()
    return None if at is None else max(0.0, (now - at) / 1_000_000)


def tally(connection: Connection, now: int, *, prefix: str, types: Sequence[str], due_by: int) -> tuple[Stats, int]:
    """By state, and how many run or are due by then. The types lead to an index that both databases use."""
    of_batch = inbox_event.c.type.in_(types) & (func.substr(inbox_event.c.event_id, 1, len(prefix)) == prefix)
    counts: dict[str, Any] = {
        row.state: int(row.events)
        for row in connection.execute(
            select(inbox_event.c.state, func.count().label("events")).where(of_batch).group_by(inbox_event.c.state)
        )
    }
    waiting = inbox_event.join(work_item, work_item.c.object_key == inbox_event.c.object_key)
    is_waiting = inbox_event.c.state == EventState.WAITING.value
    is_due = (work_item.c.due_at <= due_by) & (work_item.c.priority < PARKED)
    due = connection.execute(select(func.count()).select_from(waiting).where(of_batch, is_waiting, is_due)).scalar_one()
    if (held_until(connection, now) or 0) > due_by:
        due = 0
    return Stats(**counts), int(due) + counts.get(EventState.RUNNING.value, 0)
