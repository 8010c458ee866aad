"""What the writer keeps besides its sync records, for each storage: intents with the audit trail, turns, and NetSuite's limit."""

from __future__ import annotations

from adapters.storage.audit import Versions
from adapters.storage.intents import SqlIntents
from adapters.storage.leases import GRACE_S, SharedTurns
from adapters.storage.postgres import PostgresStore
from adapters.storage.postgres_database import database_clock
from adapters.storage.slots import SharedSlots
from adapters.storage.sync_records import SqlSyncRecords


def sqlite_intents(records: SqlSyncRecords, account: str, window_s: float, versions: Versions) -> SqlIntents:
    """In the same file; one process has it, so its own clock and its own turns will do."""
    return SqlIntents(records.store, account, window_s, gated=True, versions=versions)


def postgres_intents(records: SqlSyncRecords, account: str, window_s: float, versions: Versions, timeout_s: float) -> SqlIntents:
    """In the same schema; `timeout_s` is the longest call, which a turn outlives."""
    lease_s = timeout_s + GRACE_S
    return SqlIntents(records.store, account, window_s, database_clock, gated=True, lease_s=lease_s, versions=versions)


def postgres_turns(url: str, account: str, timeout_s: float) -> SharedTurns:
    """On a connection of their own, so that transactions lock rows in one order."""
    return SharedTurns(PostgresStore(url, "writer"), account, timeout_s + GRACE_S, database_clock)


def postgres_slots(url: str, account: str, most: int, timeout_s: float) -> SharedSlots:
    """NetSuite's limit over all writers, on a connection of its own: nothing waits behind it."""
    return SharedSlots(PostgresStore(url, "writer"), account, most, timeout_s + GRACE_S, database_clock)
