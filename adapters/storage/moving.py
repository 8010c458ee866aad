"""Moving objects and their events along: claimed, settled, resting and woken.

On PostgreSQL several transactions run at once. Whoever changes which events of an object are open locks the object's row first, or
inserts it; more than one are locked in the order of their keys. So nobody waits in a circle, and between two steps of one transaction
nobody else opens or ends an event of its objects. SQLite has one writer and ignores the locks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, select, update

from adapters.storage.accepting import count
from adapters.storage.attempts import answered, held, unanswered
from adapters.storage.encoding import failed_text
from adapters.storage.locking import TOKENS, locked
from adapters.storage.pausing import allowed
from adapters.storage.showing import EVENT_COLUMNS, to_event
from adapters.storage.tables import inbox_event, work_item
from core.inbox import EventState, Priority, Work
from core.outcome import Failed, Ignored, Kind, Outcome, Synced, weightiest

OPEN = inbox_event.c.settled_at.is_(None)
IS_IN = inbox_event.c.object_key.in_(bindparam("object_keys", expanding=True))

DUE = (
    select(work_item.c.object_key, work_item.c.attempts, work_item.c.running)
    .where(work_item.c.priority == bindparam("of_priority"), work_item.c.due_at <= bindparam("now"))
    .order_by(work_item.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
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
        owner=bindparam("of_owner"),
        claimed_at=bindparam("now"),
    )
)
OPEN_OF = (
    select(inbox_event.c.seq, inbox_event.c.object_key, inbox_event.c.state, *EVENT_COLUMNS).where(OPEN, IS_IN).order_by(inbox_event.c.seq)
)
RUN = update(inbox_event).where(OPEN, IS_IN).values(state=EventState.RUNNING.value, attempts=inbox_event.c.attempts + 1)
END = (
    update(inbox_event)
    .where(inbox_event.c.event_id == bindparam("of_event"), OPEN)
    .values(state=bindparam("ends_as"), settled_at=bindparam("now"), reason=bindparam("because"), failed=bindparam("failure"))
)
OF_WORK = inbox_event.c.event_id.in_(bindparam("event_ids", expanding=True))
NEWER = exists().where(OPEN, inbox_event.c.object_key == bindparam("of_object"), ~OF_WORK)
REST = (
    update(work_item)
    .where(work_item.c.object_key == bindparam("of_object"))
    .values(
        running=False,
        due_at=case((NEWER, bindparam("due_if_newer")), else_=bindparam("due")),
        waits_for=bindparam("awaited"),
        eager=bindparam("is_eager"),
    )
)
FAILED_AS = update(inbox_event).where(OPEN, OF_WORK).values(failed=bindparam("failure"))
AGAIN = (
    update(work_item)
    .where(work_item.c.object_key == bindparam("of_object"))
    .values(running=False, due_at=bindparam("now"), priority=bindparam("best"), attempts=0)
)
DROP = delete(work_item).where(work_item.c.object_key == bindparam("of_object"))
STOPPED = update(inbox_event).where(OPEN, IS_IN, inbox_event.c.state == EventState.RUNNING.value).values(state=EventState.WAITING.value)
LEFT = select(func.min(inbox_event.c.priority)).where(inbox_event.c.object_key == bindparam("of_object"), OPEN)


def claim(
    connection: Connection, now: int, *, classes: Sequence[Priority], most: int, lease: int, owner: int | None = None
) -> Sequence[Work]:
    """Take due objects class by class: one query a class stays fast when another class holds 100,000 resting ones."""
    due: list[Any] = []
    for priority in classes:
        if len(due) < most:
            due += connection.execute(DUE, {"of_priority": priority.value, "now": now, "most": most - len(due)}).all()
    if not due:
        return []
    newest: int = connection.execute(TOKENS.on(connection), {"claims": len(due)}).scalar_one()
    if not (due := list(allowed(connection, now, due))):  # after the token: see pausing.begin
        return []
    tokens = {row.object_key: newest - index for index, row in enumerate(due)}
    if lapsed := [row.object_key for row in due if row.running]:
        unanswered(connection, now, work_item.c.object_key.in_(lapsed))
    taken = {"lease_until": now + lease, "of_owner": owner, "now": now}
    connection.execute(TAKE, [{"of_object": key, "new_token": token, **taken} for key, token in tokens.items()])
    events: dict[str, list[Any]] = {key: [] for key in tokens}
    for row in connection.execute(OPEN_OF, {"object_keys": list(tokens)}):
        events[row.object_key].append(row)
    waiting = sum(row.state == EventState.WAITING for rows in events.values() for row in rows)
    connection.execute(RUN, {"object_keys": list(tokens)})
    count(connection, {EventState.WAITING: -waiting, EventState.RUNNING: waiting})
    return [_work(row, tokens[row.object_key], events[row.object_key]) for row in due if events[row.object_key]]


def _work(item: Any, token: int, events: Sequence[Any]) -> Work:
    return Work(item.object_key, token, item.attempts + 1, events[-1].seq, tuple(to_event(row) for row in events))


def settle(connection: Connection, now: int, *, work: Work, ends: Mapping[str, Outcome], handed_on: Sequence[str] = ()) -> bool:
    """The work's events end; what came meanwhile makes the object due again, as new."""
    if not answered(connection, now, work, weightiest(ends.values()), handed_on):
        return False
    _end_events(connection, ends, now)
    requeue(connection, work.object_key, now)
    return True


def settle_part(connection: Connection, now: int, *, work: Work, ends: Mapping[str, Outcome]) -> bool:
    """Some of the work's events end, the claim goes on while others are open."""
    if not held(connection, work):
        return False
    _end_events(connection, ends, now)
    drop_if_done(connection, work.object_key, now)
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


def rest(connection: Connection, now: int, *, work: Work, failed: Failed, due_at: int, handed_on: Sequence[str] = ()) -> bool:
    """The object rests until `due_at`; its open events tell why. What waits for something to arrive is due again with the next
    event of its own, which may bring it; one that came meanwhile counts."""
    if not answered(connection, now, work, failed, handed_on):
        return False
    eager = failed.kind is Kind.NOT_READY
    event_ids = [event.id for event in work.events]
    due = {"due": due_at, "due_if_newer": min(now, due_at) if eager else due_at}
    resting = {"of_object": work.object_key, "event_ids": event_ids, "awaited": failed.waits_for or None, "is_eager": eager}
    connection.execute(REST, due | resting)
    connection.execute(FAILED_AS, {"event_ids": event_ids, "failure": failed_text(failed)})
    _no_longer_running(connection, [work.object_key])
    return True


def release(connection: Connection, now: int, *, owners: Collection[int] | None = None) -> int:
    """Claimed objects are due again at once: all, or those that these processes hold."""
    claimed = work_item.c.running if owners is None else work_item.c.running & work_item.c.owner.in_(owners)
    keys = locked(connection, claimed)
    if keys:
        unanswered(connection, now, work_item.c.object_key.in_(keys))
        connection.execute(update(work_item).where(work_item.c.object_key.in_(keys)).values(running=False, due_at=now))
        _no_longer_running(connection, keys)
    return len(keys)


def wake(connection: Connection, now: int, *, stripe_ids: Sequence[str]) -> int:
    """Resting objects that wait for one of these ids are due; one that runs is left alone."""
    keys = locked(connection, work_item.c.waits_for.in_(stripe_ids) & ~work_item.c.running & (work_item.c.due_at > now))
    if keys:
        connection.execute(update(work_item).where(work_item.c.object_key.in_(keys)).values(due_at=now, waits_for=None))
    return len(keys)


def requeue(connection: Connection, object_key: str, now: int) -> None:
    """After its work: the object goes, or waits as new when events came meanwhile."""
    if (priority := drop_if_done(connection, object_key, now, is_answered=True)) is not None:
        connection.execute(AGAIN, {"of_object": object_key, "now": now, "best": priority})
        _no_longer_running(connection, [object_key])


def drop_if_done(connection: Connection, object_key: str, now: int, *, is_answered: bool = False) -> int | None:
    """The best priority of the object's open events; None, and the object is gone with its claim, when it has none."""
    priority: int | None = connection.execute(LEFT, {"of_object": object_key}).scalar()
    if priority is None:
        if not is_answered:
            unanswered(connection, now, work_item.c.object_key == object_key)
        connection.execute(DROP, {"of_object": object_key})
    return priority


def _no_longer_running(connection: Connection, object_keys: Sequence[str]) -> None:
    moved = connection.execute(STOPPED, {"object_keys": list(object_keys)}).rowcount
    count(connection, {EventState.RUNNING: -moved, EventState.WAITING: moved})


def _end(outcome: Outcome) -> tuple[EventState, str, str | None]:
    match outcome:
        case Synced():
            return EventState.SYNCED, "", None
        case Ignored(because):
            return EventState.IGNORED, because, None
        case Failed():
            return EventState.FAILED, "", failed_text(outcome)
