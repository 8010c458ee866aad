"""Who keeps the promises of the sync records, and that the file keeps them over a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.storage.memory import MemorySyncRecords
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.sync_records import SqliteSyncRecords
from core.ports import Link, SyncRecords
from tests.contracts.sync_records import CUSTOMER, FAILED, SyncRecordsContract, sync


class TestMemorySyncRecords(SyncRecordsContract):
    @pytest.fixture
    def records(self) -> SyncRecords:
        return MemorySyncRecords()


class TestSqliteSyncRecords(SyncRecordsContract):
    @pytest.fixture
    def records(self, tmp_path: Path) -> Iterator[SyncRecords]:
        records = SqliteSyncRecords(tmp_path / "writer.db")
        yield records
        records.close()

    def test_all_is_there_after_a_restart(self, tmp_path: Path) -> None:
        first = SqliteSyncRecords(tmp_path / "restart.db")
        first.remember(Link(CUSTOMER, "101", "c0ffee"))
        first.keep(sync(FAILED))
        first.close()
        again = SqliteSyncRecords(tmp_path / "restart.db")
        assert again.links([CUSTOMER]) == {CUSTOMER: Link(CUSTOMER, "101", "c0ffee")}
        assert list(again.history("ch_1")) == [sync(FAILED)]
        again.close()


@pytest.mark.xdist_group("postgres")
class TestPostgresSyncRecords(SyncRecordsContract):
    @pytest.fixture
    def records(self, postgres_url: str) -> Iterator[SyncRecords]:
        records = PostgresSyncRecords(postgres_url)
        yield records
        records.close()
