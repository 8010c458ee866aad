"""Storing what arrived: a handful of statements for all callers who wait, however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert

from adapters.storage.encoding import to_micros
from adapters.storage.many_rows import ManyRows
from adapters.storage.tables import IS_FAILED, event_count, inbox_event, work_item
from core.inbox import Arrival, EventState

KNOWN = select(*(inbox_event.c[name] for name in ("event_id", "type", "subject_id", "account", "livemode"))).where(
    inbox_event.c.event_id.in_(bindparam("event_ids", expanding=True))
)
STORED = [
    "event_id",
    "type",
    "created",
    "livemode",
    "account",
    "subject_id",
    "object_key",
    "priority",
    "state",
    "received_at",
    "settled_at",
    "attempts",
    "reason",
    "failed",
    "body",
]
STORE = ManyRows(inbox_event, STORED, lambda statement: statement)
QUEUE = ManyRows(
    work_item,
    ("object_key", "priority", "due_at", "attempts", "token", "running"),
    lambda statement: statement.on_conflict_do_update(
        index_elements=[work_item.c.object_key],
        set_={
            "priority": func.min(work_item.c.priority, statement.excluded.priority),
        },
    ),
)
REVIVE = (
    update(inbox_event)
    .where(IS_FAILED, inbox_event.c.object_key.in_(bindparam("object_keys", expanding=True)))
    .values(state=EventState.WAITING.value, settled_at=None)
)
COUNT = insert(event_count)
COUNT = COUNT.on_conflict_do_update(index_elements=[event_count.c.state], set_={"events": event_count.c.events + COUNT.excluded.events})


@dataclass(frozen=True, slots=True)
class Accepted:
    """For each arrival whether it was new, and the ids that came again naming something else."""

    new: Sequence[bool]
    altered: Sequence[str]


def accept(connection: Connection, arrivals: Sequence[Arrival]) -> Accepted:
    """Store what is new, queue its objects, and give failed events of these objects another try with it."""
    known = {row.event_id: tuple(row)[1:] for row in connection.execute(KNOWN, {"event_ids": [arrival.event.id for arrival in arrivals]})}
    fresh: dict[str, Arrival] = {}
    new: list[bool] = []
    altered: list[str] = []
    for arrival in arrivals:
        event = arrival.event
        names = (event.type, event.subject_id, event.account, event.livemode)
        new.append(event.id not in known)
        if known.setdefault(event.id, names) != names:
            altered.append(event.id)
        if new[-1]:
            fresh[event.id] = arrival
    if fresh:
        _store(connection, list(fresh.values()))
    return Accepted(new, altered)


def queue(connection: Connection, rows: Iterable[tuple[str, int, int]]) -> None:
    """Make objects wait for their turn: object key, priority, due moment. One that waits already keeps its due moment."""
    merged: dict[str, tuple[int, int]] = {}
    for object_key, priority, due_at in rows:
        best, earliest = merged.get(object_key, (priority, due_at))
        merged[object_key] = (min(best, priority), earliest)
    QUEUE.execute(connection, [(object_key, *item, 0, 0, False) for object_key, item in merged.items()])


def count(connection: Connection, changes: dict[EventState, int]) -> None:
    """Keep the number of events in each state, by what was added or taken away."""
    rows = [{"state": state.value, "events": change} for state, change in changes.items() if change]
    if rows:
        connection.execute(COUNT, rows)


def _store(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    STORE.execute(connection, [_row(arrival) for arrival in arrivals])
    acting = [arrival for arrival in arrivals if not arrival.ignored]
    queue(connection, ((each.event.object_key, each.priority.value, to_micros(each.received_at)) for each in acting))
    revived = 0
    if acting:
        revived = connection.execute(REVIVE, {"object_keys": list({each.event.object_key for each in acting})}).rowcount
    moves = {EventState.WAITING: len(acting) + revived, EventState.FAILED: -revived, EventState.IGNORED: len(arrivals) - len(acting)}
    count(connection, moves)


def _row(arrival: Arrival) -> tuple[object, ...]:
    event, received_at = arrival.event, to_micros(arrival.received_at)
    return (
        event.id,
        event.type,
        to_micros(event.created),
        event.livemode,
        event.account,
        event.subject_id,
        event.object_key,
        arrival.priority.value,
        (EventState.IGNORED if arrival.ignored else EventState.WAITING).value,
        received_at,
        received_at if arrival.ignored else None,
        0,
        arrival.ignored,
        None,
        arrival.body,
    )
