"""The writer's own store on PostgreSQL."""

from __future__ import annotations

from adapters.storage.postgres import PostgresStore
from adapters.storage.sync_records import SqlSyncRecords


class PostgresSyncRecords(SqlSyncRecords):
    """In the database at `url`, which several writers may share; CannotSync (misconfigured) when it cannot be used."""

    def __init__(self, url: str) -> None:
        super().__init__(PostgresStore(url, "writer"))
