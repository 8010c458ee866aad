"""Reading the inbox: single events, lists, counts, and when something becomes due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, union_all

from adapters.storage import pausing, schedules
from adapters.storage.encoding import failed_from, from_micros
from adapters.storage.marks import age_s
from adapters.storage.tables import event_count, inbox_event, work_item
from core.inbox import SWEPT, Event, EventState, Priority, Stats, StoredEvent

EVENT_COLUMNS = tuple(inbox_event.c[name] for name in ("event_id", "type", "created", "livemode", "subject_id", "account"))
SHOWN = select(
    *EVENT_COLUMNS,
    *(inbox_event.c[name] for name in ("state", "received_at", "settled_at", "attempts", "reason", "failed")),
    work_item.c.due_at,
).select_from(inbox_event.outerjoin(work_item, work_item.c.object_key == inbox_event.c.object_key))
ONE = SHOWN.where(inbox_event.c.event_id == bindparam("of_event"))
EARLIEST = union_all(*(select(func.min(work_item.c.due_at)).where(work_item.c.priority == priority.value) for priority in Priority))
"""One look into the index for each class: the earliest over all would read every row."""
OLDEST = select(inbox_event.c.received_at).where(inbox_event.c.state == bindparam("in_state")).order_by(inbox_event.c.seq).limit(1)
COUNTS = select(event_count.c.state, func.sum(event_count.c.events).label("events")).group_by(event_count.c.state)
OPEN_STATES = (EventState.WAITING, EventState.RUNNING)


def to_event(row: Any) -> Event:
    """The event of a row that holds EVENT_COLUMNS."""
    return Event(row.event_id, row.type, from_micros(row.created), row.livemode, row.subject_id, row.account)


def find(connection: Connection, _now: int, *, event_id: str) -> StoredEvent | None:
    """One event, or None when it was never stored."""
    row = connection.execute(ONE, {"of_event": event_id}).first()
    return None if row is None else _stored(row)


def newest(connection: Connection, _now: int, *, state: EventState | None, event_type: str, most: int) -> Sequence[StoredEvent]:
    """The newest events first, of one state or type when asked."""
    query = SHOWN.order_by(inbox_event.c.seq.desc()).limit(most)
    if state:
        query = query.where(inbox_event.c.state == state.value)
    if event_type:
        query = query.where(inbox_event.c.type == event_type)
    return [_stored(row) for row in connection.execute(query)]


def stats(connection: Connection, now: int) -> Stats:
    """Counts, the age of the oldest open event, and of the last sweep."""
    counts = {row.state: int(row.events) for row in connection.execute(COUNTS)}
    oldest = [connection.execute(OLDEST, {"in_state": state.value}).scalar() for state in OPEN_STATES]
    since = min((moment for moment in oldest if moment is not None), default=None)
    oldest_s = None if since is None else max(0.0, (now - since) / 1_000_000)
    return Stats(
        **counts,
        oldest_waiting_s=oldest_s,
        last_sweep_s=age_s(connection, now, name=SWEPT),
        pauses=pausing.in_force(connection, now),
        schedules=schedules.known(connection),
    )


def next_due(connection: Connection, now: int) -> int | None:
    """The earliest moment at which an object may be claimed; of a claimed one, the end of its lease. None while an operator paused all."""
    held_until = pausing.held_until(connection, now)
    if held_until == pausing.NEVER:
        return None
    earliest = min((due_at for due_at in connection.execute(EARLIEST).scalars() if due_at is not None), default=None)
    return earliest if earliest is None or held_until is None else max(earliest, held_until)


def _stored(row: Any) -> StoredEvent:
    state = EventState(row.state)
    return StoredEvent(
        to_event(row),
        state,
        from_micros(row.received_at),
        None if row.settled_at is None else from_micros(row.settled_at),
        row.attempts,
        from_micros(row.due_at) if state is EventState.WAITING and row.due_at is not None else None,
        row.reason,
        None if row.failed is None else failed_from(row.failed),
    )
