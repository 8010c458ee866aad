"""Who keeps the promises of the operators' notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.storage.memory import MemorySyncRecords
from adapters.storage.notes import MemoryNotes, SqlNotes
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.sync_records import SqliteSyncRecords
from core.notes import Note, Notes
from core.outcome import Synced
from core.ports import SyncRecords
from tests.contracts.durable_inbox import NOON
from tests.contracts.sync_records import sync

Both = tuple[Notes, SyncRecords]


@pytest.fixture(
    params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))],
)
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    if request.param == "memory":
        memory = MemorySyncRecords()
        yield MemoryNotes(memory), memory
        return
    on_file = request.param == "sqlite"
    records = SqliteSyncRecords(tmp_path / "writer.db") if on_file else PostgresSyncRecords(request.getfixturevalue("postgres_url"))
    with closing(records):
        yield SqlNotes(records.store), records


def put(notes: Notes, stripe_id: str, key: str, value: str, account: str = "") -> None:
    notes.put(Note(stripe_id, account, key, value, "why", NOON))


def test_the_newest_of_each_key_holds_and_an_empty_one_takes_it_away(both: Both) -> None:
    notes, _ = both
    put(notes, "ch_1", "a", "1")
    put(notes, "ch_1", "a", "2")
    put(notes, "ch_1", "b", "3")
    put(notes, "ch_2", "a", "4")
    assert notes.of(["ch_1", "ch_2", "ch_3"]) == {"ch_1": {"a": "2", "b": "3"}, "ch_2": {"a": "4"}}
    put(notes, "ch_2", "a", "")
    assert notes.of(["ch_2"]) == {}
    assert notes.of([]) == {}


def test_objects_of_two_accounts_are_two(both: Both) -> None:
    notes, _ = both
    put(notes, "ch_1", "a", "1", "acct_1")
    assert notes.of(["ch_1"]) == {}
    assert notes.of(["ch_1"], "acct_1") == {"ch_1": {"a": "1"}}


def test_synced_objects_are_listed_once_each_in_order_page_by_page(both: Both) -> None:
    notes, records = both
    for stripe_id in ("ch_3", "ch_1", "ch_2", "ch_1"):
        records.keep(sync(Synced(1), "evt_1", stripe_id))
    assert list(notes.seen("", 2)) == ["ch_1", "ch_2"]
    assert list(notes.seen("ch_2", 2)) == ["ch_3"]
    assert list(notes.seen("ch_3", 2)) == []
