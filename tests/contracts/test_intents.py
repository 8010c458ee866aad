"""Who keeps the promises of the intents, and that the file keeps them when the process dies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.storage.encoding import to_micros
from adapters.storage.intents import SqlIntents
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from adapters.storage.postgres_database import database_clock
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.sync_records import SqliteSyncRecords, SqlSyncRecords
from core.intents import Ending, Intents
from core.outcome import CannotSync
from core.ports import SyncRecords
from tests.contracts.intents import CAUSE, PAYMENT, WINDOW_S, WRITE, IntentsContract, Moving, clock

__all__ = ["clock"]


def on(records: SqlSyncRecords, clock: Moving, *, gated: bool = False) -> SqlIntents:
    return SqlIntents(records.store, "1234567", WINDOW_S, lambda _: to_micros(clock.now()), gated=gated)


def held_up(records: SqlSyncRecords, clock: Moving, monkeypatch: pytest.MonkeyPatch, pauses: Iterator[int]) -> None:
    """After each commit the thread stands still for the next of these seconds."""
    store = records.store.call

    def call(*asked: Any) -> Any:
        answer = store(*asked)
        clock.on(next(pauses, 0))
        return answer

    monkeypatch.setattr("adapters.storage.intents.time", SimpleNamespace(monotonic=lambda: clock.now().timestamp()))
    monkeypatch.setattr(records.store, "call", call)


class TestMemoryIntents(IntentsContract):
    @pytest.fixture
    def records(self) -> SyncRecords:
        return MemorySyncRecords()

    @pytest.fixture
    def intents(self, records: SyncRecords, clock: Moving) -> Intents:
        return MemoryIntents(records, clock.now, WINDOW_S)


class TestSqliteIntents(IntentsContract):
    @pytest.fixture
    def records(self, tmp_path: Path) -> Iterator[SqlSyncRecords]:
        records = SqliteSyncRecords(tmp_path / "writer.db")
        yield records
        records.close()

    @pytest.fixture
    def intents(self, records: SqlSyncRecords, clock: Moving) -> Intents:
        return on(records, clock)

    def test_what_was_under_way_is_in_doubt_after_a_restart(self, tmp_path: Path, clock: Moving) -> None:
        first = SqliteSyncRecords(tmp_path / "restart.db")
        number = on(first, clock).begin(WRITE)
        first.close()
        again = SqliteSyncRecords(tmp_path / "restart.db")
        [doubt] = on(again, clock).doubts([PAYMENT], CAUSE)
        assert (doubt.number, doubt.under_way) == (number, True)
        again.close()

    def test_another_netsuite_account_is_another_world(self, records: SqlSyncRecords, intents: Intents) -> None:
        intents.begin(WRITE)
        assert list(SqlIntents(records.store, "1234567_SB1").doubts([PAYMENT], CAUSE)) == []

    def test_what_failed_before_it_was_sent_leaves_no_doubt(self, records: SqlSyncRecords, clock: Moving) -> None:
        intents = on(records, clock, gated=True)
        assert intents.sending() == "", "this thread makes no mutating call"
        intents.end(intents.begin(WRITE), Ending.UNKNOWN)
        assert list(intents.doubts([PAYMENT], CAUSE)) == []
        number = intents.begin(WRITE)
        intents.sending()
        intents.end(number, Ending.UNKNOWN)
        assert [doubt.number for doubt in intents.doubts([PAYMENT], CAUSE)] == [number]

    def test_a_request_that_is_sent_again_is_another_and_the_window_begins_anew(self, records: SqlSyncRecords, clock: Moving) -> None:
        intents = on(records, clock, gated=True)
        intents.begin(WRITE)
        first = intents.sending()
        clock.on(100)
        assert intents.sending() not in ("", first)
        assert [doubt.left_s for doubt in intents.doubts([PAYMENT], CAUSE)] == [WINDOW_S]

    def test_a_writer_that_was_held_up_while_it_stored_a_call_stores_it_anew(
        self, records: SqlSyncRecords, clock: Moving, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It stood still after the commit, before it knew of it: NetSuite may carry the call out until the window after it is sent is over."""
        intents = on(records, clock, gated=True)
        held_up(records, clock, monkeypatch, iter([100, 100]))
        number = intents.begin(WRITE)
        intents.sending()
        assert [(doubt.number, doubt.left_s) for doubt in intents.doubts([PAYMENT], CAUSE)] == [(number, WINDOW_S)]

    def test_a_store_that_is_too_slow_to_send_by_stops_the_call(
        self, records: SqlSyncRecords, clock: Moving, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        intents = on(records, clock, gated=True)
        held_up(records, clock, monkeypatch, repeat(10))
        number = intents.begin(WRITE)
        with pytest.raises(CannotSync, match="too slow"):
            intents.sending()
        intents.end(number, Ending.UNKNOWN)
        assert list(intents.doubts([PAYMENT], CAUSE)) == []


@pytest.mark.xdist_group("postgres")
class TestPostgresIntents(IntentsContract):
    @pytest.fixture
    def records(self, postgres_url: str) -> Iterator[SqlSyncRecords]:
        records = PostgresSyncRecords(postgres_url)
        yield records
        records.close()

    @pytest.fixture
    def intents(self, records: SqlSyncRecords, clock: Moving) -> Intents:
        return on(records, clock)

    def test_the_databases_clock_counts(self, records: SqlSyncRecords) -> None:
        intents = SqlIntents(records.store, "1234567", WINDOW_S, database_clock)
        intents.begin(WRITE)
        [doubt] = intents.doubts([PAYMENT], CAUSE)
        assert WINDOW_S - 30 < doubt.left_s <= WINDOW_S
