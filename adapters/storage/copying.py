"""Moving house: what the two SQLite files hold goes to PostgreSQL. Begun again it goes on; what the target has already stands.

The files are opened alone, as the services open them, so neither service runs on them meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, tuple_

from adapters.storage.accepting import STORED, better_priority, count
from adapters.storage.copying_trail import read_audit, read_intents, write_audit, write_intents
from adapters.storage.encoding import to_micros, utc_now
from adapters.storage.group_commit import GroupCommit
from adapters.storage.inbox_tables import attempt, pause, schedule
from adapters.storage.many_rows import ManyRows
from adapters.storage.postgres import PostgresStore
from adapters.storage.schema import Purpose
from adapters.storage.sqlite import SqliteStore
from adapters.storage.tables import (
    audit,
    inbox_event,
    mark,
    object_note,
    sync_link,
    sync_record,
    work_item,
    write_intent,
)
from core.inbox import EventState
from core.outcome import Kind, cannot

AT_ONCE = 500
ITEM = ("object_key", "priority", "due_at", "attempts", "waits_for", "eager")
ATTEMPT = ("object_key", "token", "number", "started_at", "ended_at", "outcome", "late", "handed_on")
SYNC = ("event_id", "event_type", "subject", "stripe_id", "plan", "checksum", "outcome", "at")
NOTE = ("stripe_id", "account", "key", "value", "because", "at")
LINK = ("record_type", "external_id", "internal_id", "checksum")

EVENTS = ManyRows(
    inbox_event,
    STORED,
    lambda statement: statement.on_conflict_do_nothing(index_elements=["event_id"]).returning(inbox_event.c.event_id, inbox_event.c.state),
)
ITEMS = ManyRows(
    work_item,
    ITEM,
    lambda statement: statement.on_conflict_do_update(
        index_elements=[work_item.c.object_key], set_={"priority": better_priority(statement)}
    ),
)
LINKS = ManyRows(
    sync_link,
    LINK,
    lambda statement: statement.on_conflict_do_nothing(index_elements=["record_type", "external_id"]).returning(sync_link.c.external_id),
)
MARKS, PAUSES, SCHEDULES = (
    ManyRows(
        table,
        [column.name for column in table.columns],
        lambda statement: statement.on_conflict_do_nothing(index_elements=["name"]).returning(statement.table.c.name),
    )
    for table in (mark, pause, schedule)
)
ATTEMPTS = ManyRows(attempt, ATTEMPT, lambda statement: statement)
NOTES = ManyRows(object_note, NOTE, lambda statement: statement)
SYNCS = ManyRows(sync_record, SYNC, lambda statement: statement)

Tell = Callable[[str, int, int], None]
"""Told of each step: of what (events, attempts, marks, links, syncs ...), how many were looked at, of how many."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many were copied, and how many of the source's the target had already."""

    copied: int = 0
    there: int = 0


def copy_stores(folder: Path, url: str, tell: Tell) -> dict[str, Copied]:
    """Copy `ingest.db` and `writer.db` of `folder`, as far as they are there, into the schemas of the database at `url`.

    CannotSync (misconfigured) when the folder holds neither, when a service runs on one of them, or when either side cannot be used.
    """
    purposes: list[Purpose] = [purpose for purpose in ("ingest", "writer") if _file(folder, purpose).exists()]
    if not purposes:
        cannot(Kind.MISCONFIGURED, f"{folder} holds neither ingest.db nor writer.db.", "Name the folder of storage.url.")
    done: dict[str, Copied] = {}
    with ExitStack() as open_:
        sources = {purpose: open_.enter_context(closing(SqliteStore(_file(folder, purpose), purpose))) for purpose in purposes}
        targets = {purpose: open_.enter_context(closing(PostgresStore(url, purpose))) for purpose in purposes}
        for purpose in purposes:
            for what, read, write in STEPS[purpose]:
                done[what] = _copy(sources[purpose], targets[purpose], read, write, partial(tell, what))
    return done


def _file(folder: Path, purpose: Purpose) -> Path:
    return folder / f"{purpose}.db"


Read = Callable[[Connection, Any], tuple[Sequence[Any], Any]]
"""The next rows after a mark (None: from the start), and the new mark."""
Write = Callable[[Connection, Sequence[Any]], int]
"""Stores what is not there yet; how many that were."""


def _copy(source: GroupCommit, target: GroupCommit, read: Read, write: Write, tell: Callable[[int, int], None]) -> Copied:
    mark, seen, copied = None, 0, 0
    of = source.call(
        _each(lambda connection, table: connection.execute(select(func.count()).select_from(table)).scalar_one()), TABLES[read]
    )
    while True:
        rows, mark = source.call(_each(read), mark)
        if not rows:
            return Copied(copied, seen - copied)
        copied += target.call(_each(write), rows)
        seen += len(rows)
        tell(seen, of)


def _each(operation: Callable[[Connection, Any], Any]) -> Callable[[Connection, Sequence[Any]], Sequence[Any]]:
    return lambda connection, arguments: [operation(connection, argument) for argument in arguments]


def _read_events(connection: Connection, mark: int | None) -> tuple[Sequence[Any], int | None]:
    """Events with the object that each waits under, when it is open."""
    item = [work_item.c[name].label(f"item_{name}") for name in (*ITEM, "running")]
    joined = inbox_event.outerjoin(work_item, (work_item.c.object_key == inbox_event.c.object_key) & inbox_event.c.settled_at.is_(None))
    query = select(inbox_event, *item).select_from(joined).where(inbox_event.c.seq > (mark or 0)).order_by(inbox_event.c.seq)
    rows = connection.execute(query.limit(AT_ONCE)).all()
    return rows, rows[-1].seq if rows else mark


def _write_events(connection: Connection, rows: Sequence[Any]) -> int:
    """What ran waits again; its object is due at once, for whoever had claimed it is gone."""
    stored = EVENTS.execute(connection, [_event(row) for row in rows])
    new = {event_id for event_id, _ in stored}
    now = to_micros(utc_now())
    items = {row.object_key: _item(row, now) for row in rows if row.event_id in new and row.item_object_key}
    ITEMS.execute(connection, [items[key] for key in sorted(items)])
    count(connection, Counter(EventState(state) for _, state in stored))
    return len(stored)


def _event(row: Any) -> tuple[Any, ...]:
    state = EventState.WAITING.value if row.state == EventState.RUNNING else row.state
    return tuple(state if name == "state" else getattr(row, name) for name in STORED)


def _item(row: Any, now: int) -> tuple[Any, ...]:
    return tuple(now if name == "due_at" and row.item_running else getattr(row, f"item_{name}") for name in ITEM)


def _read_named(table: Table) -> Read:
    """The next rows of a table whose key is a name."""

    def read(connection: Connection, after: str | None) -> tuple[Sequence[Any], str | None]:
        rows = connection.execute(select(table).where(table.c.name > (after or "")).order_by(table.c.name).limit(AT_ONCE)).all()
        return rows, rows[-1].name if rows else after

    return read


def _write_named(into: ManyRows) -> Write:
    return lambda connection, rows: len(into.execute(connection, [tuple(row) for row in rows]))


def _read_links(connection: Connection, mark: tuple[str, str] | None) -> tuple[Sequence[Any], tuple[str, str] | None]:
    key = tuple_(sync_link.c.record_type, sync_link.c.external_id)
    query = select(*(sync_link.c[name] for name in LINK)).order_by(sync_link.c.record_type, sync_link.c.external_id).limit(AT_ONCE)
    rows = connection.execute(query.where(key > mark) if mark else query).all()
    return rows, (rows[-1].record_type, rows[-1].external_id) if rows else mark


def _write_links(connection: Connection, rows: Sequence[Any]) -> int:
    return len(LINKS.execute(connection, [tuple(row) for row in rows]))


def _read_by(number: Column[int]) -> Read:
    """The next rows of a table that numbers them."""

    def read(connection: Connection, mark: int | None) -> tuple[Sequence[Any], int | None]:
        rows = connection.execute(select(number.table).where(number > (mark or 0)).order_by(number).limit(AT_ONCE)).all()
        return rows, getattr(rows[-1], number.name) if rows else mark

    return read


def _append(into: ManyRows, table: Table, names: Sequence[str], by: str) -> Write:
    """Into a table whose rows have no key but what they say: one that says the same of the same moment is the same. `by` is an indexed column."""

    def write(connection: Connection, rows: Sequence[Any]) -> int:
        columns = [table.c[name] for name in names]
        there = {tuple(row) for row in connection.execute(select(*columns).where(table.c[by].in_({getattr(row, by) for row in rows})))}
        new = [values for values in (tuple(getattr(row, name) for name in names) for row in rows) if values not in there]
        into.execute(connection, new)
        return len(new)

    return write


_read_marks, _write_marks = _read_named(mark), _write_named(MARKS)
_read_pauses, _write_pauses = _read_named(pause), _write_named(PAUSES)
_read_schedules, _write_schedules = _read_named(schedule), _write_named(SCHEDULES)
_read_attempts, _write_attempts = _read_by(attempt.c.seq), _append(ATTEMPTS, attempt, ATTEMPT, "object_key")
_read_syncs, _write_syncs = _read_by(sync_record.c.seq), _append(SYNCS, sync_record, SYNC, "stripe_id")
_read_notes, _write_notes = _read_by(object_note.c.seq), _append(NOTES, object_note, NOTE, "stripe_id")
TRAIL: Sequence[tuple[str, Read, Write]] = [("intents", read_intents, write_intents), ("audit", read_audit, write_audit)]
STEPS: dict[Purpose, Sequence[tuple[str, Read, Write]]] = {
    "ingest": [
        ("pauses", _read_pauses, _write_pauses),
        ("events", _read_events, _write_events),
        ("attempts", _read_attempts, _write_attempts),
        ("marks", _read_marks, _write_marks),
        ("schedules", _read_schedules, _write_schedules),
    ],
    "writer": [("links", _read_links, _write_links), ("syncs", _read_syncs, _write_syncs), ("notes", _read_notes, _write_notes), *TRAIL],
}
TABLES = {
    _read_events: inbox_event,
    _read_attempts: attempt,
    _read_marks: mark,
    _read_pauses: pause,
    _read_schedules: schedule,
    _read_links: sync_link,
    _read_syncs: sync_record,
    _read_notes: object_note,
    read_intents: write_intent,
    read_audit: audit,
}
