"""What operators say of Stripe objects, in the writer's store: the notes that hold, and all that were ever put."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, insert, select

from adapters.storage.encoding import to_micros
from adapters.storage.group_commit import GroupCommit, Result
from adapters.storage.memory import MemorySyncRecords
from adapters.storage.tables import object_note, sync_record
from core.notes import Note


class SqlNotes:
    """Implements core.notes.Notes on a store; of one object and key the newest row holds."""

    def __init__(self, store: GroupCommit) -> None:
        self._store = store

    def of(self, stripe_ids: Iterable[str], account: str = "") -> Mapping[str, Mapping[str, str]]:
        """See core.notes.Notes."""
        return self._one(partial(_of, stripe_ids=list(stripe_ids), account=account))

    def put(self, note: Note) -> None:
        """See core.notes.Notes."""
        self._one(partial(_put, note=note))

    def seen(self, after: str, most: int) -> Sequence[str]:
        """See core.notes.Notes."""
        return self._one(partial(_seen, after=after, most=most))

    def _one(self, operation: Callable[[Connection], Result]) -> Result:
        return self._store.call(_each, operation)


class MemoryNotes:
    """Implements core.notes.Notes in a list."""

    def __init__(self, records: MemorySyncRecords) -> None:
        self._records = records
        self.put_so_far: list[Note] = []

    def of(self, stripe_ids: Iterable[str], account: str = "") -> Mapping[str, Mapping[str, str]]:
        """See core.notes.Notes."""
        wanted = set(stripe_ids)
        return _newest(
            (each.stripe_id, each.key, each.value) for each in self.put_so_far if each.stripe_id in wanted and each.account == account
        )

    def put(self, note: Note) -> None:
        """See core.notes.Notes."""
        self.put_so_far.append(note)

    def seen(self, after: str, most: int) -> Sequence[str]:
        """See core.notes.Notes."""
        return sorted(each for each in self._records.ids() if each > after)[:most]


def _each(connection: Connection, operations: Sequence[Callable[[Connection], Result]]) -> Sequence[Result]:
    return [operation(connection) for operation in operations]


def _of(connection: Connection, stripe_ids: Sequence[str], account: str) -> Mapping[str, Mapping[str, str]]:
    columns = (object_note.c.stripe_id, object_note.c.key, object_note.c.value)
    query = select(*columns).where(object_note.c.account == account, object_note.c.stripe_id.in_(stripe_ids)).order_by(object_note.c.seq)
    return _newest((row.stripe_id, row.key, row.value) for row in connection.execute(query))


def _newest(rows: Iterable[tuple[str, str, str]]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for stripe_id, key, value in rows:
        found[stripe_id][key] = value
    held = {stripe_id: {key: value for key, value in notes.items() if value} for stripe_id, notes in found.items()}
    return {stripe_id: notes for stripe_id, notes in held.items() if notes}


def _put(connection: Connection, note: Note) -> None:
    values = {name: getattr(note, name) for name in ("stripe_id", "account", "key", "value", "because")}
    connection.execute(insert(object_note), {**values, "at": to_micros(note.at)})


def _seen(connection: Connection, after: str, most: int) -> Sequence[str]:
    query = select(sync_record.c.stripe_id).distinct().where(sync_record.c.stripe_id > after).order_by(sync_record.c.stripe_id).limit(most)
    return connection.execute(query).scalars().all()
