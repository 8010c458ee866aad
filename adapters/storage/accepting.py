"""Storing what arrived: a handful of statements for all callers who wait, however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, select, update

from adapters.storage.encoding import to_micros
from adapters.storage.many_rows import ManyRows
from adapters.storage.tables import IS_FAILED, event_count, inbox_event, work_item
from core.inbox import Arrival, EventState


def better_priority(statement: Any) -> Any:
    """Of an object's own and the inserted one."""
    given = statement.excluded.priority
    return case((given < work_item.c.priority, given), else_=work_item.c.priority)


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
STORE = ManyRows(
    inbox_event, STORED, lambda statement: statement.on_conflict_do_nothing(index_elements=["event_id"]).returning(inbox_event.c.event_id)
)
QUEUE = ManyRows(
    work_item,
    ("object_key", "priority", "due_at", "attempts", "token", "running"),
    lambda statement: statement.on_conflict_do_update(
        index_elements=[work_item.c.object_key],
        set_={
            "priority": better_priority(statement),
            "due_at": case((work_item.c.eager & ~work_item.c.running, statement.excluded.due_at), else_=work_item.c.due_at),
        },
    ),
)
REVIVE = (
    update(inbox_event)
    .where(IS_FAILED, inbox_event.c.object_key.in_(bindparam("object_keys", expanding=True)))
    .values(state=EventState.WAITING.value, settled_at=None)
)
COUNT = ManyRows(
    event_count,
    ("state", "events"),
    lambda statement: statement.on_conflict_do_update(
        index_elements=[event_count.c.state], set_={"events": event_count.c.events + statement.excluded.events}
    ).returning(event_count.c.state, event_count.c.events),
)
MOST_AT_ONCE = 1_000
"""SQLite takes some 32,000 parameters in a statement."""
MAYBE = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """For each arrival whether it was new, and the ids that came again naming something else."""

    new: Sequence[bool]
    altered: Sequence[str]


def accept(connection: Connection, arrivals: Sequence[Arrival], skew: int = 0) -> Accepted:
    """Store what is new, queue its objects, and give failed events of these objects another try with it. `skew`: by how much the
    database's clock is ahead of the one that `received_at` is of, in microseconds."""
    new: list[bool] = []
    altered: list[str] = []
    for start in range(0, len(arrivals), MOST_AT_ONCE):
        _accept(connection, arrivals[start : start + MOST_AT_ONCE], new, altered, skew)
    return Accepted(new, altered)


def _accept(connection: Connection, arrivals: Sequence[Arrival], new: list[bool], altered: list[str], skew: int) -> None:
    """The insertion itself says what was new: who was known is looked up only when there is a repetition."""
    first: dict[str, Arrival] = {}
    for arrival in arrivals:
        first.setdefault(arrival.event.id, arrival)
    stored = {event_id for (event_id,) in STORE.execute(connection, [_row(arrival) for arrival in first.values()])}
    repeated = [event_id for event_id in first if event_id not in stored]
    names = {event_id: first[event_id].event.names for event_id in stored}
    if repeated:
        names |= {row.event_id: tuple(row)[1:] for row in connection.execute(KNOWN, {"event_ids": repeated})}
    fresh = set(stored)
    for arrival in arrivals:
        new.append(arrival.event.id in fresh)
        fresh.discard(arrival.event.id)
        if arrival.event.names != names[arrival.event.id]:
            altered.append(arrival.event.id)
    _queue_new(connection, [first[event_id] for event_id in first if event_id in stored], skew)


def queue(connection: Connection, rows: Iterable[tuple[str, int, int]]) -> None:
    """Make objects wait for their turn: object key, priority, due moment. One that waits already keeps its due moment, unless it is eager."""
    merged: dict[str, tuple[int, int]] = {}
    for object_key, priority, due_at in rows:
        best, earliest = merged.get(object_key, (priority, due_at))
        merged[object_key] = (min(best, priority), earliest)
    # In one order for all, so that transactions that meet on PostgreSQL wait for one another in a line and not in a circle.
    QUEUE.execute(connection, [(object_key, *merged[object_key], 0, 0, False) for object_key in sorted(merged)])


def count(connection: Connection, changes: Mapping[EventState, int]) -> dict[str, int]:
    """Keep the number of events in each state, by what was added or taken away; gives the new numbers of the states named, where
    they are at hand."""
    if connection.dialect.name == "postgresql":
        if rows := [{"state": state.value, "events": change} for state, change in changes.items() if change]:
            connection.execute(insert(event_count), rows)
        return {}
    return dict(COUNT.execute(connection, [(state.value, change) for state, change in changes.items()]))


def _queue_new(connection: Connection, arrivals: Sequence[Arrival], skew: int) -> None:
    acting = [arrival for arrival in arrivals if not arrival.ignored]
    queue(connection, ((each.event.object_key, each.priority.value, to_micros(each.received_at) + skew) for each in acting))
    added = {EventState.WAITING: len(acting), EventState.IGNORED: len(arrivals) - len(acting), EventState.FAILED: 0}
    if arrivals and count(connection, added).get("failed", MAYBE) and acting:
        revived = connection.execute(REVIVE, {"object_keys": sorted({each.event.object_key for each in acting})}).rowcount
        count(connection, {EventState.WAITING: revived, EventState.FAILED: -revived})


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
