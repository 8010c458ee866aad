"""The writer's own store on SQL: which record an object became, and what became of each sync."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, tuple_

from adapters.storage.by_dialect import ByDialect
from adapters.storage.encoding import from_micros, outcome_from, outcome_text, to_micros
from adapters.storage.group_commit import GroupCommit, Result
from adapters.storage.sqlite import SqliteStore
from adapters.storage.tables import sync_link, sync_record
from core.ports import Link, SyncRecord
from core.records import External, RecordType

LINKS = select(sync_link).where(tuple_(sync_link.c.record_type, sync_link.c.external_id).in_(bindparam("refs", expanding=True)))
REMEMBER = ByDialect(
    sync_link,
    lambda insertion: insertion.on_conflict_do_update(
        index_elements=[sync_link.c.record_type, sync_link.c.external_id],
        set_={"internal_id": insertion.excluded.internal_id, "checksum": insertion.excluded.checksum},
    ),
)
HISTORY = (
    select(sync_record).where(sync_record.c.stripe_id == bindparam("of_object")).order_by(sync_record.c.seq.desc()).limit(bindparam("most"))
)


class SqlSyncRecords:
    """Implements core.ports.SyncRecords on a store."""

    def __init__(self, store: GroupCommit) -> None:
        self.store = store

    def links(self, refs: Iterable[External]) -> Mapping[External, Link]:
        return self._one(partial(_links, refs=[(ref.type.value, ref.external_id) for ref in refs]))

    def remember(self, link: Link) -> None:
        self._one(partial(remember, link=link))

    def keep(self, sync: SyncRecord) -> None:
        values = {name: getattr(sync, name) for name in ("event_id", "event_type", "subject", "stripe_id", "plan", "checksum")}
        self._one(partial(_keep, values={**values, "outcome": outcome_text(sync.outcome), "at": to_micros(sync.at)}))

    def history(self, stripe_id: str, most: int = 20) -> Sequence[SyncRecord]:
        return self._one(partial(_history, stripe_id=stripe_id, most=most))

    def close(self) -> None:
        self.store.close()

    def _one(self, operation: Callable[[Connection], Result]) -> Result:
        return self.store.call(_each, operation)


class SqliteSyncRecords(SqlSyncRecords):
    """In the file at `path`; CannotSync (misconfigured) when it cannot be used."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(SqliteStore(Path(path), "writer"))


def _each(connection: Connection, operations: Sequence[Callable[[Connection], Result]]) -> Sequence[Result]:
    return [operation(connection) for operation in operations]


def remember(connection: Connection, link: Link) -> None:
    """Store or replace the link of one record."""
    values = {"record_type": link.ref.type.value, "external_id": link.ref.external_id}
    connection.execute(REMEMBER.on(connection), {**values, "internal_id": link.internal_id, "checksum": link.checksum})


def _keep(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(sync_record), values)


def _links(connection: Connection, refs: Sequence[tuple[str, str]]) -> Mapping[External, Link]:
    found = (_link(row) for row in connection.execute(LINKS, {"refs": refs})) if refs else ()
    return {link.ref: link for link in found}


def _link(row: Any) -> Link:
    return Link(External(RecordType(row.record_type), row.external_id), row.internal_id, row.checksum)


def _history(connection: Connection, stripe_id: str, most: int) -> Sequence[SyncRecord]:
    rows = connection.execute(HISTORY, {"of_object": stripe_id, "most": most})
    return [
        SyncRecord(
            row.event_id,
            row.event_type,
            row.subject,
            row.stripe_id,
            row.plan,
            row.checksum,
            outcome_from(row.outcome),
            from_micros(row.at),
        )
        for row in rows
    ]
