"""What became of each claim of an object, kept for a while: one row, in the transaction in which the claim ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, literal, select, update

from adapters.storage.encoding import from_micros, outcome_from, outcome_text
from adapters.storage.inbox_tables import attempt
from adapters.storage.tables import inbox_event, work_item
from core.inbox import Attempt, EventState, Work
from core.outcome import Outcome

KEPT_DAYS = 90
DAY = 86_400_000_000
FORGOTTEN_AT_ONCE = 1_000

HELD = (
    select(work_item.c.attempts, work_item.c.claimed_at)
    .where(work_item.c.object_key == bindparam("of_object"), work_item.c.token == bindparam("held"))
    .where(work_item.c.running)
    .with_for_update()
)
KEEP = insert(attempt)
LATE = (
    update(attempt)
    .where(attempt.c.object_key == bindparam("of_object"), attempt.c.token == bindparam("of_token"), attempt.c.outcome.is_(None))
    .values(ended_at=bindparam("now"), outcome=bindparam("said"), late=True, handed_on=bindparam("with_events"))
)
OLDEST = select(attempt.c.seq).order_by(attempt.c.seq).limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
FORGET = delete(attempt).where(attempt.c.seq.in_(OLDEST), attempt.c.ended_at < bindparam("before"))
SHOWN = select(attempt).where(attempt.c.object_key == bindparam("of_object")).order_by(attempt.c.started_at.desc(), attempt.c.token.desc())
EVENT = select(*(inbox_event.c[name] for name in ("object_key", "state", "settled_at", "attempts"))).where(
    inbox_event.c.event_id == bindparam("of_event")
)
RUNNING = select(work_item).where(work_item.c.object_key == bindparam("of_object"), work_item.c.running)


def held(connection: Connection, work: Work) -> Any:
    """The claim's number and moment, its row locked, while it stands; else None."""
    return connection.execute(HELD, {"of_object": work.object_key, "held": work.token}).first()


def answered(connection: Connection, now: int, work: Work, outcome: Outcome, handed_on: Sequence[str]) -> bool:
    """The claim ends so; False when it had ended before, and then it is only noted what the late answer was."""
    said, events = outcome_text(outcome), " ".join(handed_on)
    if (claim := held(connection, work)) is None:
        connection.execute(LATE, {"of_object": work.object_key, "of_token": work.token, "now": now, "said": said, "with_events": events})
        return False
    connection.execute(
        KEEP,
        {
            "object_key": work.object_key,
            "token": work.token,
            "number": claim.attempts,
            "started_at": now if claim.claimed_at is None else claim.claimed_at,
            "ended_at": now,
            "outcome": said,
            "late": False,
            "handed_on": events,
        },
    )
    return True


def unanswered(connection: Connection, now: int, which: ColumnElement[bool]) -> None:
    """The claims of these objects, as far as they run, end without an answer. Their rows are locked."""
    columns = ("object_key", "token", "number", "started_at", "ended_at", "late", "handed_on")
    claim = (work_item.c.object_key, work_item.c.token, work_item.c.attempts, work_item.c.claimed_at)
    ended = select(*claim, literal(now), literal(value=False), literal("")).where(
        which, work_item.c.running, work_item.c.claimed_at.is_not(None)
    )
    connection.execute(insert(attempt).from_select(columns, ended))


def forget(connection: Connection, now: int, *, kept_days: int) -> int:
    """The oldest go when they are older than so many days; how many. A thousand are looked at."""
    return connection.execute(FORGET, {"before": now - kept_days * DAY}).rowcount


def of_event(connection: Connection, _now: int, *, event_id: str, most: int) -> Sequence[Attempt]:
    """The newest tries of its object that began before it was settled, as many as it was claimed for; the one that runs first."""
    event = connection.execute(EVENT, {"of_event": event_id}).first()
    if event is None:
        return []
    most = min(most, event.attempts)
    asked = {"of_object": event.object_key}
    now_running = connection.execute(RUNNING, asked).first() if event.state == EventState.RUNNING.value else None
    ended = SHOWN if event.settled_at is None else SHOWN.where(attempt.c.started_at <= event.settled_at)
    kept = [_attempt(row) for row in connection.execute(ended.limit(most), asked)]
    if now_running is not None and now_running.claimed_at is not None:
        kept.insert(0, Attempt(now_running.attempts, now_running.token, from_micros(now_running.claimed_at)))
    return kept[:most]


def _attempt(row: Any) -> Attempt:
    outcome = None if row.outcome is None else outcome_from(row.outcome)
    moments = from_micros(row.started_at), from_micros(row.ended_at)
    return Attempt(row.number, row.token, *moments, outcome, row.late, tuple(row.handed_on.split()))
