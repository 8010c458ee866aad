"""Pauses: what an operator said, and what the other side asked for. While one holds, claims leave its objects alone.

A pause of everything is looked at by each claim. Objects of a paused account are *parked*: their priority is moved out of the classes
that claims look at, so that a backlog of 100,000 of them costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from adapters.storage.by_dialect import ByDialect
from adapters.storage.encoding import from_micros
from adapters.storage.inbox_tables import pause
from adapters.storage.locking import TOKENS, locked, parts
from adapters.storage.tables import inbox_event, work_item
from core.inbox import OTHER_SIDE, Pause, oldest_first

PARKED = 10
"""Added to the priority of an object that is parked."""

NEVER = 2**62
ALL = "all"

PUT = ByDialect(
    pause,
    lambda insertion: insertion.on_conflict_do_update(
        index_elements=[pause.c.name], set_={name: insertion.excluded[name] for name in ("account", "because", "who", "since", "until")}
    ),
)
HOLD_OFF = ByDialect(
    pause,
    lambda insertion: insertion.on_conflict_do_update(
        index_elements=[pause.c.name],
        set_={
            "because": insertion.excluded.because,
            "since": case((pause.c.until > insertion.excluded.since, pause.c.since), else_=insertion.excluded.since),
            "until": case((pause.c.until > insertion.excluded.until, pause.c.until), else_=insertion.excluded.until),
        },
    ),
)
IN_FORCE = select(pause).where(pause.c.until.is_(None) | (pause.c.until > bindparam("now")))
PARK = (
    update(work_item)
    .where(work_item.c.object_key.in_(bindparam("object_keys", expanding=True)), work_item.c.priority < PARKED)
    .values(priority=work_item.c.priority + PARKED)
)
OF_EVENTS = (
    select(func.min(inbox_event.c.priority))
    .where(inbox_event.c.object_key == work_item.c.object_key, inbox_event.c.settled_at.is_(None))
    .scalar_subquery()
)


def in_force(connection: Connection, now: int) -> tuple[Pause, ...]:
    """The pauses that hold now, the oldest first."""
    rows = connection.execute(IN_FORCE, {"now": now})
    return oldest_first(
        Pause(row.account, row.because, row.who, from_micros(row.since), None if row.until is None else from_micros(row.until))
        for row in rows
    )


def held_until(connection: Connection, now: int) -> int | None:
    """When everything may go on, `NEVER` while an operator paused it; None when it may now."""
    of_all = IN_FORCE.where(pause.c.account.is_(None))
    return max((NEVER if row.until is None else row.until for row in connection.execute(of_all, {"now": now})), default=None)


def allowed(connection: Connection, now: int, due: Sequence[Any]) -> Sequence[Any]:
    """Those of the locked objects that no pause holds; the others of a paused account are parked."""
    pauses = in_force(connection, now)
    if any(each.account is None for each in pauses):
        return []
    held = [row.object_key for row in due if any(each.holds(row.object_key) for each in pauses)]
    if held:
        connection.execute(PARK, {"object_keys": held})
    return [row for row in due if row.object_key not in held]


def begin(connection: Connection, now: int, *, account: str | None, because: str, who: str) -> None:
    """A pause of an account, or of everything. Every claim takes the newest token before it looks for pauses, so with the token's row
    held no claim of any process can miss this one once it is committed."""
    connection.execute(TOKENS.on(connection), {"claims": 0})
    row = {"name": _name(account), "account": account, "because": because, "who": who, "since": now, "until": None}
    connection.execute(PUT.on(connection), row)


def hold_off(connection: Connection, now: int, *, micros: int, because: str) -> None:
    """Everything stands still for so long from now, at least; what holds for longer already goes on."""
    row = {"name": OTHER_SIDE, "account": None, "because": because, "who": OTHER_SIDE, "since": now, "until": now + micros}
    connection.execute(HOLD_OFF.on(connection), row)


def end(connection: Connection, _now: int, *, account: str | None) -> int:
    """Of one account; of None every pause there is. How many that held."""
    which = delete(pause) if account is None else delete(pause).where(pause.c.name == _name(account))
    ended = connection.execute(which).rowcount
    _unpark(connection)
    return ended


def park(connection: Connection, _now: int, *, account: str) -> None:
    """What waits of an account, at once; what comes later is parked when a claim meets it."""
    of_account = func.substr(work_item.c.object_key, 1, len(account) + 1) == f"{account}/"
    for keys in parts(locked(connection, of_account & ~work_item.c.running)):
        connection.execute(PARK, {"object_keys": keys})


def _unpark(connection: Connection) -> None:
    """A new event may have come with a class of its own meanwhile: the best one counts."""
    for keys in parts(locked(connection, work_item.c.priority >= PARKED)):
        rows = connection.execute(
            select(work_item.c.object_key, work_item.c.priority, OF_EVENTS.label("of_events")).where(work_item.c.object_key.in_(keys))
        ).all()
        best = [{"of_object": row.object_key, "best": min(row.priority - PARKED, row.of_events)} for row in rows]
        connection.execute(
            update(work_item).where(work_item.c.object_key == bindparam("of_object")).values(priority=bindparam("best")), best
        )


def _name(account: str | None) -> str:
    return ALL if account is None else f"account {account}"
