"""The audit trail: one row a request, chained; any edit, deletion, swap, insertion or cut is found, in memory and in real stores."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.storage.audit import GENESIS, Head, Versions, digest, verify
from adapters.storage.audit_reading import database_trail, file_trail
from adapters.storage.intents import SqlIntents
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.sync_records import SqliteSyncRecords, SqlSyncRecords
from core.intents import Ending
from tests.contracts.intents import WRITE

Row = dict[str, Any]
TAMPERINGS = 10_000
BY = Versions("0.1.0", "2026-10-28.endive")


def written(records: SqlSyncRecords) -> None:
    """Three calls: one refused once for want of room and then written, one unknown, one that never was sent."""
    intents = SqlIntents(records.store, "1234567", gated=True, versions=BY)
    number = intents.begin(WRITE)
    intents.sending()
    intents.sending()
    intents.end(number, Ending.WRITTEN)
    number = intents.begin(replace(WRITE, token=2))
    intents.sending()
    intents.end(number, Ending.UNKNOWN)
    intents.end(intents.begin(replace(WRITE, token=3)), Ending.REFUSED)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], Head]:
    """Rows of a real file, the same calls four times."""
    path = tmp_path_factory.mktemp("audit") / "writer.db"
    with closing(SqliteSyncRecords(path)) as records:
        for _ in range(4):
            written(records)
    with file_trail(path) as trail:
        return [dict(row) for row in trail.of("ch_1")], trail.head()


def test_a_row_a_request_with_all_that_an_auditor_asks(chain: tuple[list[Row], Head]) -> None:
    rows, head = chain
    assert verify(rows, head, head) == ""
    assert [(row["attempt"], row["outcome"], row["token"]) for row in rows[:3]] == [
        (1, "refused", 1),
        (2, "written", 1),
        (1, "unknown", 2),
    ]
    assert len({row["request_id"] for row in rows}) == len(rows) == head.seq == 12
    first = rows[0]
    assert (first["event_id"], first["plan"], first["settings"], first["code"], first["stripe_api"]) == (
        "evt_1",
        "plan",
        "settings",
        BY.code,
        BY.stripe_api,
    )


def edit(rows: list[Row], chance: random.Random) -> None:
    row = chance.choice(rows)
    name = chance.choice(list(row))
    row[name] = row[name] + 1 if isinstance(row[name], int) else f"{row[name]}x"


def delete(rows: list[Row], chance: random.Random) -> None:
    del rows[chance.randrange(len(rows))]


def swap(rows: list[Row], chance: random.Random) -> None:
    """What two rows say, their numbers left."""
    one, other = chance.sample(range(len(rows)), 2)
    rows[one], rows[other] = {**rows[other], "seq": rows[one]["seq"]}, {**rows[one], "seq": rows[other]["seq"]}


def insert(rows: list[Row], chance: random.Random) -> None:
    """A row that hashes well, and the numbers after it moved on."""
    at = chance.randrange(len(rows) + 1)
    new = {**chance.choice(rows), "seq": at + 1, "previous": rows[at - 1]["hash"] if at else GENESIS, "external_id": "ch_9"}
    new["hash"] = digest(new)
    rows[at:] = [new, *({**row, "seq": row["seq"] + 1} for row in rows[at:])]


def cut(rows: list[Row], chance: random.Random) -> None:
    del rows[chance.randrange(len(rows)) :]


WAYS: list[Callable[[list[Row], random.Random], None]] = [edit, delete, swap, insert, cut]


def test_ten_thousand_random_tamperings_are_all_found(chain: tuple[list[Row], Head]) -> None:
    rows, head = chain
    chance = random.Random(1)
    for _ in range(TAMPERINGS):
        changed = [dict(row) for row in rows]
        chance.choice(WAYS)(changed, chance)
        assert verify(changed, head), changed


@pytest.mark.parametrize("way", WAYS)
def test_who_writes_the_whole_chain_anew_is_found_by_the_head_that_was_written_down(
    chain: tuple[list[Row], Head], way: Callable[[list[Row], random.Random], None]
) -> None:
    rows, head = chain
    chance = random.Random(2)
    for _ in range(100):
        changed = [{**row} for row in rows]
        way(changed, chance)
        anew, last = [], Head(0, GENESIS)
        for row in changed:
            new = {**row, "seq": last.seq + 1, "previous": last.hash}
            new["hash"] = digest(new)
            anew.append(new)
            last = Head(new["seq"], new["hash"])
        if anew[: len(rows)] != rows:  # what is computed anew may be edited, and a trail may grow
            assert not verify(anew, last)
            assert "written down" in verify(anew, last, head)


@pytest.mark.parametrize("statement", ["UPDATE audit SET outcome = 'written'", "DELETE FROM audit", "DELETE FROM audit_head"])
def test_sqlite_refuses_to_change_a_row(tmp_path: Path, statement: str) -> None:
    with closing(SqliteSyncRecords(tmp_path / "writer.db")) as records:
        written(records)
    with closing(sqlite3.connect(tmp_path / "writer.db")) as connection, pytest.raises(sqlite3.IntegrityError, match="appended only"):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET outcome = 'written' WHERE seq = 3", "row 3 was changed"),
        ("DELETE FROM audit WHERE seq = 2", "row 2 is missing"),
        ("DELETE FROM audit WHERE seq = 3", "its end was cut off"),
    ],
)
def test_whoever_gets_past_that_is_found_in_the_file(tmp_path: Path, statement: str, told: str) -> None:
    path = tmp_path / "writer.db"
    with closing(SqliteSyncRecords(path)) as records:
        written(records)
    with closing(sqlite3.connect(path)) as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
        connection.commit()
    with file_trail(path) as trail:
        assert told in trail.verify()


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET outcome = 'written'", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM audit_head"]
)
def test_postgresql_refuses_to_change_a_row(postgres_url: str, statement: str) -> None:
    with closing(PostgresSyncRecords(postgres_url)) as records:
        written(records)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SET search_path TO stripe_netsuite_writer")
        with pytest.raises((psycopg.errors.RaiseException, psycopg.errors.InsufficientPrivilege)):
            connection.execute(statement)
    with database_trail(postgres_url) as trail:
        assert (trail.verify(), trail.head().seq) == ("", 3)
