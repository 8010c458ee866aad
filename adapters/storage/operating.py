"""The operator's hand: stored events are opened again, or skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from adapters.storage.accepting import count, queue
from adapters.storage.locking import locked, parts
from adapters.storage.moving import OPEN, drop_if_done
from adapters.storage.showing import OPEN_STATES
from adapters.storage.tables import IS_FAILED, inbox_event, work_item
from core.inbox import EventState, Priority


def retry_now(connection: Connection, now: int, *, event_ids: Sequence[str] | None) -> int:
    """Named events, or all failed ones: a fresh count of tries, due at once, and named ones go first. An event that runs is left alone."""
    which = IS_FAILED if event_ids is None else inbox_event.c.event_id.in_(event_ids)
    rows, _ = _stand_still(connection, which & (inbox_event.c.state != EventState.RUNNING.value))
    reopened = list(_move(connection, rows, EventState.WAITING, settled_at=None, reason=""))
    queue(connection, ((row.object_key, row.priority if event_ids is None else Priority.OPERATOR.value, now) for row in reopened))
    for keys in parts(sorted({row.object_key for row in reopened})):
        afresh = update(work_item).where(work_item.c.object_key.in_(keys), ~work_item.c.running)
        connection.execute(afresh.values(due_at=now, attempts=0, waits_for=None))
    return len(reopened)


def skip(connection: Connection, now: int, *, event_ids: Sequence[str], because: str) -> int:
    """Open or failed events end as skipped; an object with none left is not tried any more, and a late answer finds its claim gone."""
    movable = OPEN | (inbox_event.c.state == EventState.FAILED.value)
    rows, held = _stand_still(connection, inbox_event.c.event_id.in_(event_ids) & movable)
    skipped = list(_move(connection, rows, EventState.SKIPPED, settled_at=now, reason=because))
    for object_key in sorted({row.object_key for row in skipped} & held):
        drop_if_done(connection, object_key, now)
    return len(skipped)


def _stand_still(connection: Connection, which: ColumnElement[bool]) -> tuple[Sequence[Any], set[str]]:
    """The events for which `which` holds, of objects that are locked or have nothing open; and the objects that are locked.

    An event that came since the first look is left alone: its object may not be locked, and a claim may be counting it just now. An
    object that had nothing open has no row to lock: one that it has since is somebody else's."""
    rows: list[Any] = []
    held: set[str] = set()
    for keys in parts(sorted(set(connection.execute(select(inbox_event.c.object_key).where(which)).scalars()))):
        held.update(locked(connection, work_item.c.object_key.in_(keys)))
        of_these = select(inbox_event.c.seq, inbox_event.c.state, inbox_event.c.object_key).where(which, inbox_event.c.object_key.in_(keys))
        rows += [row for row in connection.execute(of_these) if row.object_key in held or row.state not in OPEN_STATES]
    return sorted(rows, key=lambda row: row.seq), held


def _move(connection: Connection, rows: Sequence[Any], to: EventState, **values: Any) -> Iterator[Any]:
    """The rows that are still in the state in which they were seen go to another; their object keys and priorities."""
    for state in EventState:
        for seqs in parts([row.seq for row in rows if row.state == state.value]):
            still = update(inbox_event).where(inbox_event.c.seq.in_(seqs), inbox_event.c.state == state.value)
            returning = still.values(state=to.value, **values).returning(inbox_event.c.object_key, inbox_event.c.priority)
            moved = connection.execute(returning).all()
            if state is not to:
                count(connection, {state: -len(moved), to: len(moved)})
            yield from moved
