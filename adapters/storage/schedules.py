"""Whose turn it is to do scheduled work, and how it ended: one row each, decided by the database over all processes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, case, null, select, update

from adapters.storage.by_dialect import ByDialect
from adapters.storage.encoding import from_micros
from adapters.storage.inbox_tables import schedule
from core.inbox import Scheduled

TAKE = ByDialect(
    schedule,
    lambda insertion: insertion.on_conflict_do_update(
        index_elements=[schedule.c.name],
        set_={"began_at": insertion.excluded.began_at, "until": insertion.excluded.until, "ended_at": null(), "said": ""},
        where=(schedule.c.until <= insertion.excluded.began_at) | (schedule.c.is_ok & (schedule.c.ended_at <= bindparam("long_ago"))),
    ).returning(schedule.c.began_at),
)
OF_TURN = (schedule.c.name == bindparam("of_name")) & (schedule.c.began_at == bindparam("turn")) & schedule.c.ended_at.is_(None)
KEEP = update(schedule).where(OF_TURN).values(until=bindparam("lease_until"))
END = (
    update(schedule)
    .where(OF_TURN)
    .values(
        ended_at=bindparam("now"),
        until=bindparam("due_again"),
        is_ok=bindparam("went_well"),
        said=bindparam("sentence"),
        ok_at=case((bindparam("went_well"), bindparam("now")), else_=schedule.c.ok_at),
    )
)


def take(connection: Connection, now: int, *, name: str, every: int, lease: int) -> int | None:
    """The turn, when the work is due and nobody is at it: its moment is its name. None else."""
    row = {"name": name, "began_at": now, "until": now + lease, "said": "", "is_ok": False, "long_ago": now - every}
    turn: int | None = connection.execute(TAKE.on(connection), row).scalar()
    return turn


def keep(connection: Connection, now: int, *, name: str, turn: int, lease: int) -> bool:
    """The turn goes on; False when it had lapsed and is another's."""
    return connection.execute(KEEP, {"of_name": name, "turn": turn, "lease_until": now + lease}).rowcount > 0


def end(connection: Connection, now: int, *, name: str, turn: int, said: str, is_ok: bool, again: int) -> bool:
    """The work is done, well or not, and due again after so long; False when the turn is another's."""
    ended = {"of_name": name, "turn": turn, "now": now, "due_again": now + again, "went_well": is_ok, "sentence": said}
    return connection.execute(END, ended).rowcount > 0


def known(connection: Connection) -> tuple[Scheduled, ...]:
    """All scheduled work that was ever begun, by name."""
    return tuple(_scheduled(row) for row in sorted(connection.execute(select(schedule)), key=lambda row: row.name))


def _scheduled(row: Any) -> Scheduled:
    ended_at, ok_at = (None if moment is None else from_micros(moment) for moment in (row.ended_at, row.ok_at))
    due_at = None if ended_at is None else from_micros(row.until)
    return Scheduled(row.name, from_micros(row.began_at), ended_at, ok_at, row.is_ok and ended_at is not None, row.said, due_at)
