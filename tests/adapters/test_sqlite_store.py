"""The SQLite file: opened alone, of our kind, undamaged; written in groups, one bad operation failing by itself."""

from __future__ import annotations

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from adapters.storage.inbox import SqliteInbox
from adapters.storage.sqlite import SqliteStore
from adapters.storage.sync_records import SqliteSyncRecords
from core.inbox import Arrival
from core.outcome import CannotSync, Kind
from tests.contracts.durable_inbox import NOON, TO_THE_FIRST_SCHEMA, event


def store(path: Path, number: int = 3) -> None:
    inbox = SqliteInbox(path)
    inbox.accept([Arrival(event(f"evt_{index}", f"ch_{index}"), b"x" * 4096, NOON) for index in range(number)])
    inbox.close()


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def of_another_program(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name)")
    connection.close()


def overwritten(path: Path, offset: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xa5" * length)


def damaged(path: Path) -> None:
    store(path, 40)
    overwritten(path, 4096 * 8, 4096 * 4)


def torn(path: Path) -> None:
    store(path, 40)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def newer(path: Path) -> None:
    store(path)
    execute(path, "UPDATE schema_version SET version_num = '9999'")


def of_no_version(path: Path) -> None:
    store(path)
    execute(path, "DELETE FROM schema_version")


def the_writers(path: Path) -> None:
    SqliteSyncRecords(path).close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda path: path.write_bytes(b""), "empty", id="an empty file"),
        pytest.param(lambda path: path.write_text("no database at all\n" * 99), "not a database", id="a file that is no database"),
        pytest.param(of_another_program, "another program", id="a database of another program"),
        pytest.param(the_writers, "writer's store", id="the writer's store"),
        pytest.param(newer, "newer version", id="a newer schema"),
        pytest.param(of_no_version, "no schema version", id="a schema that no version wrote"),
        pytest.param(damaged, "", id="damaged pages"),
        pytest.param(torn, "", id="a file cut in half"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_and_left_as_it_was(
    tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    path = tmp_path / "ingest.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(CannotSync) as refused:
        SqliteInbox(path)
    assert refused.value.failed.kind is Kind.MISCONFIGURED
    assert str(path) in refused.value.failed.message
    assert says in refused.value.failed.message
    assert refused.value.failed.remedy
    assert path.read_bytes() == before


def test_a_file_of_the_first_schema_is_upgraded_with_all_that_it_holds(tmp_path: Path) -> None:
    """The first files said their version in the header alone."""
    path = tmp_path / "ingest.db"
    store(path)
    execute(path, "DROP TABLE schema_version", *TO_THE_FIRST_SCHEMA, "PRAGMA user_version = 1")
    for _ in ("upgraded", "opened again"):
        inbox = SqliteInbox(path)
        assert inbox.stats().waiting == 3
        inbox.close()
    again = SqliteInbox(path)
    assert len(again.claim(9, 60)) == 3
    again.close()


def test_a_folder_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotSync, match="cannot be opened"):
        SqliteInbox(tmp_path / "file" / "ingest.db")


def test_a_second_process_is_refused_and_told_who_has_the_file(tmp_path: Path) -> None:
    inbox = SqliteInbox(tmp_path / "ingest.db")
    program = f"from adapters.storage.inbox import SqliteInbox; SqliteInbox({str(tmp_path / 'ingest.db')!r})"
    second = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], timeout=60
    )
    assert second.returncode != 0
    assert "is in use by another process (number " in second.stderr
    inbox.close()
    store(tmp_path / "ingest.db")


def test_a_crash_while_the_file_was_being_made_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "ingest.db.new").write_bytes(b"half")
    store(tmp_path / "ingest.db")


def test_what_was_accepted_is_there_when_the_files_are_taken_as_they_are(tmp_path: Path) -> None:
    """Without closing: what a power loss leaves of a synced file and its log."""
    inbox = SqliteInbox(tmp_path / "ingest.db")
    inbox.accept([Arrival(event("evt_1"), b"{}", NOON)])
    (tmp_path / "copy").mkdir()
    for name in ("ingest.db", "ingest.db-wal"):
        shutil.copy(tmp_path / name, tmp_path / "copy" / name)
    inbox.close()
    copy = SqliteInbox(tmp_path / "copy" / "ingest.db")
    assert copy.find("evt_1")
    copy.close()


def states(connection: Connection, _: Sequence[None]) -> Sequence[Sequence[str]]:
    return [connection.execute(text("SELECT state FROM event_count")).scalars().all()]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "store.db", "ingest")
    yield opened
    opened.close()


def test_one_bad_operation_of_a_batch_fails_alone(bare: SqliteStore) -> None:
    """All wait behind the same commit; the bad one raises in its own caller, the others are stored."""
    started, go = Flag(), Flag()

    def hold(_: Connection, arguments: Sequence[int]) -> Sequence[int]:
        started.set()
        assert go.wait(10)
        return arguments

    def insert(connection: Connection, values: Sequence[str]) -> Sequence[str]:
        for value in values:
            if value == "bug":
                raise ZeroDivisionError
            connection.execute(text("INSERT INTO event_count VALUES (:state, 1)"), {"state": value})
        return values

    with ThreadPoolExecutor(8) as callers:
        held = callers.submit(bare.call, hold, 1)
        assert started.wait(10)
        futures = {value: callers.submit(bare.call, insert, value) for value in ("a", "b", "bug", "c")}
        twice = callers.submit(bare.call, insert, "a")
        go.set()
        assert held.result(10) == 1
        assert [futures[value].result(10) for value in "abc"] == ["a", "b", "c"]
        with pytest.raises(ZeroDivisionError):
            futures["bug"].result(10)
        with pytest.raises(Exception, match="UNIQUE"):
            twice.result(10)
    assert sorted(bare.call(states, None)) == ["a", "b", "c"]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    inbox = SqliteInbox(tmp_path / "ingest.db")
    inbox.close()
    inbox.close()
    with pytest.raises(CannotSync, match="closed"):
        inbox.stats()


def test_a_full_disk_is_said_and_nothing_is_half_stored_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """The size limit of a process stands in for the disk: a write over it fails as a full disk does."""
    inbox = SqliteInbox(tmp_path / "ingest.db")
    inbox.accept([Arrival(event("evt_0"), b"{}", NOON)])
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limit[1]))
        with pytest.raises(CannotSync) as refused:
            inbox.accept([Arrival(event(f"evt_big_{index}", f"ch_{index}"), b"x" * 100_000, NOON) for index in range(5)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    assert refused.value.failed.kind is Kind.BUSY
    assert "could not be written" in refused.value.failed.message
    inbox.close()
    again = SqliteInbox(tmp_path / "ingest.db")
    assert (again.stats().waiting, again.find("evt_big_0")) == (1, None)
    again.close()


def test_a_commit_is_on_the_disk_when_it_returns(bare: SqliteStore) -> None:
    """FULL: each commit is synced; with NORMAL the newest ones are lost with the power (https://www.sqlite.org/pragma.html#pragma_synchronous)."""

    def settings(connection: Connection, names: Sequence[str]) -> Sequence[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert (bare.call(settings, "journal_mode"), bare.call(settings, "synchronous")) == ("wal", 2)


def test_after_a_failed_fsync_nothing_is_written_any_more(bare: SqliteStore) -> None:
    """Nobody knows what is on the disk: a second try that succeeds would promise too much."""
    asked = []

    def fails(connection: Connection, arguments: Sequence[None]) -> Sequence[None]:
        asked.append(connection)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise OperationalError("COMMIT", None, error)

    for _ in range(2):
        with pytest.raises(CannotSync, match="disk I/O error"):
            bare.call(fails, None)
    assert len(asked) == 1


def test_a_lock_that_another_program_holds_is_waited_for_and_then_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.storage.sqlite_file.BUSY_TIMEOUT_MS", 100)
    inbox = SqliteInbox(tmp_path / "ingest.db")
    other = sqlite3.connect(tmp_path / "ingest.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CannotSync, match="locked"):
        inbox.accept([Arrival(event("evt_1"), b"{}", NOON)])
    other.execute("ROLLBACK")
    other.close()
    assert list(inbox.accept([Arrival(event("evt_1"), b"{}", NOON)])) == [True]
    inbox.close()
