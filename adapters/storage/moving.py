"""Moving objects and their events along: claimed, settled, resting, woken, retried and skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert

from adapters.storage.accepting import count, queue
from adapters.storage.encoding import failed_text
from adapters.storage.showing import EVENT_COLUMNS, to_event
from adapters.storage.tables import IS_FAILED, inbox_event, last_token, work_item
from core.inbox import EventState, Priority, Work
from core.outcome import Failed, Ignored, Kind, Outcome, Synced

OPEN = inbox_event.c.settled_at.is_(None)
IS_IN = inbox_event.c.object_key.in_(bindparam("object_keys", expanding=True))
BY_ID = inbox_event.c.event_id.in_(bindparam("event_ids", expanding=True))

DUE = (
    select(work_item.c.object_key, work_item.c.attempts)
    .where(work_item.c.priority == bindparam("of_priority"), work_item.c.due_at <= bindparam("now"))
    .order_by(work_item.c.due_at)
    .limit(bindparam("most"))
)
TAKE = (
    update(work_item)
    .where(work_item.c.object_key == bindparam("of_object"))
    .values(
        running=True,
        token=bindparam("new_token"),
        due_at=bindparam("lease_until"),
        attempts=work_item.c.attempts + 1,
        waits_for=None,
        eager=False,
    )
)
OPEN_OF = (
    select(inbox_event.c.seq, inbox_event.c.object_key, inbox_event.c.state, *EVENT_COLUMNS).where(OPEN, IS_IN).order_by(inbox_event.c.seq)
)
RUN = update(inbox_event).where(OPEN, IS_IN).values(state=EventState.RUNNING.value, attempts=inbox_event.c.attempts + 1)
TOKENS = insert(last_token).values(only=1, token=bindparam("claims"))
TOKENS = TOKENS.on_conflict_do_update(index_elements=[last_token.c.only], set_={"token": last_token.c.token + TOKENS.excluded.token})
END = (
    update(inbox_event)
    .where(inbox_event.c.event_id == bindparam("of_event"), OPEN)
    .values(state=bindparam("ends_as"), settled_at=bindparam("now"), reason=bindparam("because"), failed=bindparam("failure"))
)
HELD = select(work_item.c.object_key).where(work_item.c.object_key == bindparam("of_object"), work_item.c.token == bindparam("held"))
HELD = HELD.where(work_item.c.running)
LEFT = select(func.min(inbox_event.c.priority)).where(inbox_event.c.object_key == bindparam("of_object"), OPEN)


def claim(connection: Connection, classes: Sequence[Priority], most: int, now: int, lease_until: int) -> Sequence[Work]:
    """Take due objects class by class: one query a class stays fast when another class holds 100,000 resting ones."""
    due: list[Any] = []
    for priority in classes:
        if len(due) < most:
            due += connection.execute(DUE, {"of_priority": priority.value, "now": now, "most": most - len(due)}).all()
    if not due:
        return []
    newest: int = connection.execute(TOKENS.returning(last_token.c.token), {"claims": len(due)}).scalar_one()
    tokens = {row.object_key: newest - index for index, row in enumerate(due)}
    connection.execute(TAKE, [{"of_object": key, "new_token": token, "lease_until": lease_until} for key, token in tokens.items()])
    events: dict[str, list[Any]] = {key: [] for key in tokens}
    for row in connection.execute(OPEN_OF, {"object_keys": list(tokens)}):
        events[row.object_key].append(row)
    waiting = sum(row.state == EventState.WAITING for rows in events.values() for row in rows)
    connection.execute(RUN, {"object_keys": list(tokens)})
    count(connection, {EventState.WAITING: -waiting, EventState.RUNNING: waiting})
    return [_work(row, tokens[row.object_key], events[row.object_key]) for row in due]


def _work(item: Any, token: int, events: Sequence[Any]) -> Work:
    return Work(item.object_key, token, item.attempts + 1, events[-1].seq, tuple(to_event(row) for row in events))


def settle(connection: Connection, work: Work, ends: Mapping[str, Outcome], now: int) -> bool:
    """The work's events end; what came meanwhile makes the object due again, as new."""
    if not _held(connection, work):
        return False
    _end_events(connection, ends, now)
    requeue(connection, work.object_key, now)
    return True


def settle_part(connection: Connection, work: Work, ends: Mapping[str, Outcome], now: int) -> bool:
    """Some of the work's events end, the claim goes on while others are open."""
    if not _held(connection, work):
        return False
    _end_events(connection, ends, now)
    _drop_if_done(connection, work.object_key)
    return True


def _end_events(connection: Connection, ends: Mapping[str, Outcome], now: int) -> None:
    moved: Counter[EventState] = Counter()
    for event_id, outcome in ends.items():
        state, because, failure = _end(outcome)
        changed = connection.execute(
            END, {"of_event": event_id, "ends_as": state.value, "now": now, "because": because, "failure": failure}
        ).rowcount
        moved[state] += changed
        moved[EventState.RUNNING] -= changed
    count(connection, moved)


def rest(connection: Connection, work: Work, failed: Failed, due_at: int) -> bool:
    """The object rests until `due_at`; its open events tell why. What waits for something to arrive is due again with the next
    event of its own, which may bring it; one that came meanwhile counts."""
    if not _held(connection, work):
        return False
    eager = failed.kind is Kind.NOT_READY
    newer = exists().where(OPEN, inbox_event.c.object_key == work.object_key, inbox_event.c.seq > work.head_seq)
    due = case((newer, 0), else_=due_at) if eager else due_at
    connection.execute(
        update(work_item)
        .where(work_item.c.object_key == work.object_key)
        .values(running=False, due_at=due, waits_for=failed.waits_for or None, eager=eager)
    )
    of_work = inbox_event.c.event_id.in_([event.id for event in work.events])
    connection.execute(update(inbox_event).where(OPEN, of_work).values(failed=failed_text(failed)))
    _no_longer_running(connection, [work.object_key])
    return True


def release(connection: Connection, now: int) -> int:
    """Every claimed object is due again at once."""
    keys = list(
        connection.execute(
            update(work_item).where(work_item.c.running).values(running=False, due_at=now).returning(work_item.c.object_key)
        ).scalars()
    )
    _no_longer_running(connection, keys)
    return len(keys)


def wake(connection: Connection, stripe_ids: Sequence[str], now: int) -> int:
    """Resting objects that wait for one of these ids are due; one that runs is left alone."""
    waits = work_item.c.waits_for.in_(stripe_ids)
    return connection.execute(
        update(work_item).where(waits, ~work_item.c.running, work_item.c.due_at > now).values(due_at=now, waits_for=None)
    ).rowcount


def retry_now(connection: Connection, event_ids: Sequence[str] | None, now: int) -> int:
    """The operator's retry: a fresh count of tries, due at once, and named ones go first. An event that runs is left alone."""
    which = IS_FAILED if event_ids is None else inbox_event.c.event_id.in_(event_ids)
    rows = connection.execute(
        select(inbox_event.c.seq, inbox_event.c.object_key, inbox_event.c.state, inbox_event.c.priority)
        .where(which, inbox_event.c.state != EventState.RUNNING.value)
        .order_by(inbox_event.c.seq)
    ).all()
    if not rows:
        return 0
    reopened = (
        update(inbox_event)
        .where(inbox_event.c.seq == bindparam("of_seq"))
        .values(state=EventState.WAITING.value, settled_at=None, reason="")
    )
    connection.execute(reopened, [{"of_seq": row.seq} for row in rows])
    counts: Counter[EventState] = Counter({EventState.WAITING: len(rows)})
    counts.subtract(EventState(row.state) for row in rows)
    count(connection, counts)
    queue(connection, ((row.object_key, row.priority if event_ids is None else Priority.OPERATOR.value, now) for row in rows))
    afresh = update(work_item).where(work_item.c.object_key == bindparam("of_object"), ~work_item.c.running)
    connection.execute(
        afresh.values(due_at=now, attempts=0, waits_for=None), [{"of_object": key} for key in {row.object_key for row in rows}]
    )
    return len(rows)


def skip(connection: Connection, event_ids: Sequence[str], because: str, now: int) -> int:
    """Open or failed events end as skipped; an object with none left is not tried any more, and a late answer finds its claim gone."""
    rows = connection.execute(
        select(inbox_event.c.seq, inbox_event.c.object_key, inbox_event.c.state).where(
            inbox_event.c.event_id.in_(event_ids), OPEN | (inbox_event.c.state == EventState.FAILED.value)
        )
    ).all()
    if not rows:
        return 0
    skipped = update(inbox_event).where(inbox_event.c.seq == bindparam("of_seq"))
    ended = skipped.values(state=EventState.SKIPPED.value, settled_at=now, reason=because)
    connection.execute(ended, [{"of_seq": row.seq} for row in rows])
    counts: Counter[EventState] = Counter({EventState.SKIPPED: len(rows)})
    counts.subtract(EventState(row.state) for row in rows)
    count(connection, counts)
    for object_key in {row.object_key for row in rows}:
        _drop_if_done(connection, object_key)
    return len(rows)


def requeue(connection: Connection, object_key: str, now: int) -> None:
    """After its work: the object goes, or waits as new when events came meanwhile."""
    if (priority := _drop_if_done(connection, object_key)) is not None:
        again = {"running": False, "due_at": now, "priority": priority, "attempts": 0}
        connection.execute(update(work_item).where(work_item.c.object_key == object_key).values(again))
        _no_longer_running(connection, [object_key])


def _drop_if_done(connection: Connection, object_key: str) -> int | None:
    """The best priority of the object's open events; None, and the object is gone, when it has none."""
    priority: int | None = connection.execute(LEFT, {"of_object": object_key}).scalar()
    if priority is None:
        connection.execute(delete(work_item).where(work_item.c.object_key == object_key))
    return priority


def _held(connection: Connection, work: Work) -> bool:
    return connection.execute(HELD, {"of_object": work.object_key, "held": work.token}).first() is not None


def _no_longer_running(connection: Connection, object_keys: Sequence[str]) -> None:
    was_running = inbox_event.c.state == EventState.RUNNING.value
    stopped = update(inbox_event).where(OPEN, IS_IN, was_running).values(state=EventState.WAITING.value)
    moved = connection.execute(stopped, {"object_keys": list(object_keys)}).rowcount
    count(connection, {EventState.RUNNING: -moved, EventState.WAITING: moved})


def _end(outcome: Outcome) -> tuple[EventState, str, str | None]:
    match outcome:
        case Synced():
            return EventState.SYNCED, "", None
        case Ignored(because):
            return EventState.IGNORED, because, None
        case Failed():
            return EventState.FAILED, "", failed_text(outcome)
