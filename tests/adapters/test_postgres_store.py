"""What PostgreSQL adds: several processes on one store, none of which may hold, lose or count anything twice; and its bad days."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import ColumnElement, Connection, Engine, create_engine, text

from adapters.storage import locking, moving, postgres, schema
from adapters.storage.postgres import PostgresStore
from adapters.storage.postgres_database import SCHEMAS, libpq, open_database
from adapters.storage.postgres_inbox import PostgresInbox
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.schema import Purpose
from adapters.storage.sqlite_file import open_file
from adapters.storage.tables import INGEST, WRITER
from core.inbox import Arrival, EventState, Stats
from core.outcome import CannotSync, Kind, Synced
from tests.contracts.durable_inbox import BUSY, NOON, REFUSED, TO_THE_FIRST_SCHEMA, event, waits_for

pytestmark = pytest.mark.xdist_group("postgres")
ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 20.0


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True, options="-c search_path=stripe_netsuite_ingest") as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def counted(url: str) -> dict[str, int]:
    """How many events are in each state, one by one."""
    return dict(rows(url, "SELECT state, count(*) FROM inbox_event GROUP BY state"))


def arrivals(number: int, objects: int, start: int = 0) -> list[Arrival]:
    return [Arrival(event(f"evt_{start + index}", f"ch_{index % objects}"), b"{}", NOON) for index in range(number)]


CLAIMING = """
import sys, time
from adapters.storage.postgres_inbox import PostgresInbox
from core.outcome import Synced
inbox = PostgresInbox(sys.argv[1])
while works := inbox.claim(3, 60):
    for work in works:
        began = time.monotonic_ns()
        time.sleep(0.002)
        ended = time.monotonic_ns()
        print(work.object_key, began, ended, *(each.id for each in work.events), flush=True)
        assert inbox.settle(work, Synced(1))
inbox.close()
"""


def test_of_two_processes_that_claim_never_both_hold_an_object_and_each_event_is_done_once(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url)) as inbox:
        inbox.accept(arrivals(400, 200))
        command = [sys.executable, "-c", CLAIMING, postgres_url]
        processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        said = [process.communicate(timeout=60)[0].splitlines() for process in processes]
        assert [process.returncode for process in processes] == [0, 0]
        assert inbox.stats() == Stats(synced=400)
    assert all(said), "both had something to do"
    lines = [line.split() for each in said for line in each]
    done = Counter(event_id for _, _, _, *events in lines for event_id in events)
    assert (len(done), set(done.values())) == (400, {1})
    spans: dict[str, list[tuple[int, int]]] = {}
    for key, began, ended, *_ in lines:
        spans.setdefault(key, []).append((int(began), int(ended)))
    for held in spans.values():
        held.sort()
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(held))


def test_many_who_accept_claim_settle_and_operate_at_once_leave_nothing_open_and_count_rightly(postgres_url: str) -> None:
    """Three inboxes, as three processes have them; the same objects all over; every kind of step, and no step fails."""
    with ExitStack() as running, ThreadPoolExecutor(10) as threads:
        boxes = [running.enter_context(closing(PostgresInbox(postgres_url))) for _ in range(3)]
        accepted = threading.Event()
        until_s = time.monotonic() + 120

        def going_on() -> bool:
            assert time.monotonic() < until_s, f"it does not end: {counted(postgres_url)}"
            return True

        def accept(box: PostgresInbox, start: int) -> None:
            for number in range(60):
                box.accept(arrivals(7, 5, start + number * 7))

        def work_off(box: PostgresInbox) -> None:
            step = 0
            while going_on() and (not accepted.is_set() or box.stats().waiting or box.stats().running):
                for work in box.claim(3, 60):
                    step += 1
                    if step % 7 == 0 and not accepted.is_set():
                        box.retry(work, waits_for("in_1") if step % 2 else BUSY, NOON)
                    else:
                        box.settle(work, REFUSED if step % 5 == 0 and not accepted.is_set() else Synced(1))
                box.wake(["in_1"])

        def operate(box: PostgresInbox) -> None:
            while going_on() and not accepted.is_set():
                box.retry_now(None)
                box.retry_now(["evt_3", "evt_1", "evt_1009"])
                box.skip(["evt_2", "evt_1004"], "by hand")

        def brake(box: PostgresInbox) -> None:
            while going_on() and not accepted.is_set():
                for account in ("", None):
                    box.pause("by hand", "me", account)
                    box.resume(account)
                box.hold_off(0.001, "no room")
            box.resume()

        others = [threads.submit(work_off, box) for box in boxes] + [threads.submit(operate, boxes[2]), threads.submit(brake, boxes[0])]
        try:
            for each in [threads.submit(accept, box, index * 1000) for index, box in enumerate(boxes)]:
                each.result(120)
        finally:
            accepted.set()
        for each in others:
            each.result(120)
        found = counted(postgres_url)
        assert sum(found.values()) == 3 * 60 * 7
        assert set(found) <= {"synced", "failed", "skipped"}
        stats = boxes[0].stats()
        assert {name: getattr(stats, name) for name in EventState if getattr(stats, name)} == found
        assert rows(postgres_url, "SELECT count(*) FROM work_item") == [(0,)]
        assert rows(postgres_url, "SELECT count(*) - count(DISTINCT token) FROM attempt") == [(0,)]


def test_an_event_that_comes_while_others_are_skipped_is_left_alone(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its object is not locked: a claim that takes it just then would count it too."""
    with closing(PostgresInbox(postgres_url)) as inbox, closing(PostgresInbox(postgres_url)) as other:
        inbox.accept([Arrival(event("evt_1", "ch_1"), b"{}", NOON)])

        def then_another_comes(connection: Connection, which: ColumnElement[bool]) -> Sequence[str]:
            keys = locking.locked(connection, which)
            other.accept([Arrival(event("evt_2", "ch_2"), b"{}", NOON)])
            return keys

        monkeypatch.setattr("adapters.storage.operating.locked", then_another_comes)
        assert inbox.skip(["evt_1", "evt_2"], "by hand") == 1
        assert counted(postgres_url) == {"skipped": 1, "waiting": 1}
        assert replace(inbox.stats(), oldest_waiting_s=None) == Stats(waiting=1, skipped=1)
        assert [work.object_key for work in inbox.claim(9, 60)] == ["/ch_2"]


def test_a_pause_holds_for_every_process_also_for_one_that_is_just_claiming(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(PostgresInbox(postgres_url)) as inbox, closing(PostgresInbox(postgres_url)) as other:
        inbox.accept(arrivals(9, 9))

        class ThenItIsPaused:
            def on(self, connection: Connection) -> object:
                other.pause("the books are being closed", "me")
                return locking.TOKENS.on(connection)

        with monkeypatch.context() as just_then:
            just_then.setattr(moving, "TOKENS", ThenItIsPaused())
            assert not inbox.claim(3, 60)
        assert not other.claim(3, 60)
        woken = threading.Event()
        inbox.watch(woken.set)
        assert other.resume() == 1
        assert woken.wait(10), "the other processes hear of it"
        assert len(inbox.claim(3, 60)) == 3
        assert len(other.claim(9, 60)) == 6


ACCEPTING = """
import sys
from adapters.storage.postgres_inbox import PostgresInbox
from core.inbox import Arrival
from tests.contracts.durable_inbox import NOON, event
from concurrent.futures import ThreadPoolExecutor
inbox = PostgresInbox(sys.argv[1])
def accept(thread):
    for index in range(100000):
        name = f"evt_{sys.argv[2]}_{thread}_{index}"
        inbox.accept([Arrival(event(name, f"ch_{index % 40}"), b"{}", NOON)])
        print(f"{name}\\n", end="", flush=True)
with ThreadPoolExecutor(8) as threads:
    list(threads.map(accept, range(8)))
"""


def test_what_a_killed_process_had_acknowledged_is_stored_and_waits(postgres_url: str) -> None:
    acknowledged: set[str] = set()
    for life in range(3):
        command = [sys.executable, "-c", ACCEPTING, postgres_url, str(life)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for _ in range(300):
                acknowledged.add(process.stdout.readline().strip())
            process.send_signal(signal.SIGKILL)
            acknowledged |= {line.strip() for line in process.stdout if line.endswith("\n")}
    with closing(PostgresInbox(postgres_url)) as inbox:
        assert len(acknowledged) >= 900
        stored = {name for (name,) in rows(postgres_url, "SELECT event_id FROM inbox_event")}
        assert acknowledged <= stored
        assert inbox.stats().waiting == len(stored)
        open_keys = rows(postgres_url, "SELECT count(DISTINCT object_key) FROM inbox_event")
        assert rows(postgres_url, "SELECT count(*) FROM work_item") == open_keys


HOLDING = """
import sys
from adapters.storage.postgres_inbox import PostgresInbox
inbox = PostgresInbox(sys.argv[1])
print(len(inbox.claim(2, 3600)), flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_held_is_taken_over_and_what_a_living_one_holds_is_not(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url, gone_after_s=0)) as inbox:
        inbox.accept(arrivals(4, 4))
        mine = inbox.claim(1, 3600)
        command = [sys.executable, "-c", HOLDING, postgres_url]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "2\n"
            assert inbox.free_the_gone() == 0
            process.kill()
        until(lambda: inbox.free_the_gone() == 2)
        assert inbox.stats().running == 1
        assert len(inbox.claim(9, 60)) == 3
        assert inbox.settle(mine[0], Synced(1))


def test_a_process_must_be_gone_for_a_while_before_its_objects_are_taken_over(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url)) as inbox:
        inbox.accept(arrivals(1, 1))
        with closing(PostgresInbox(postgres_url)) as other:
            assert len(other.claim(1, 3600)) == 1
        assert inbox.free_the_gone() == 0
        assert inbox.stats().running == 1


def test_an_accept_a_wake_and_an_operators_retry_are_told_to_the_other_processes(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url)) as one, closing(PostgresInbox(postgres_url)) as other:
        told, own = SimpleQueue[bool](), SimpleQueue[bool]()
        one.watch(lambda: told.put(True))
        other.watch(lambda: own.put(True))
        other.accept(arrivals(1, 1))
        assert told.get(timeout=WITHIN_S)
        [work] = one.claim(1, 60)
        one.retry(work, waits_for("in_1"), one._now() + timedelta(hours=1))
        other.wake(["in_1"])
        assert told.get(timeout=WITHIN_S)
        other.retry_now(["evt_0"])
        assert told.get(timeout=WITHIN_S)
        assert own.empty(), "nobody is told of what he did himself"


def test_times_are_the_databases_whatever_a_process_believes(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour ahead of the database: what arrived now is due now, and a rest of a minute ends after a minute."""
    ahead = timedelta(hours=1)
    utc_now = PostgresInbox.__init__.__globals__["utc_now"]
    monkeypatch.setattr("adapters.storage.postgres_inbox.utc_now", lambda: utc_now() + ahead)
    with closing(PostgresInbox(postgres_url)) as inbox:
        assert inbox.next_due() is None
        inbox.accept([Arrival(event("evt_1"), b"{}", utc_now() + ahead)])
        [work] = inbox.claim(1, 60)
        inbox.retry(work, BUSY, utc_now() + ahead + timedelta(minutes=1))
        [(due_at, now)] = rows(postgres_url, "SELECT due_at, (extract(epoch FROM now()) * 1000000)::bigint FROM work_item")
        assert 50_000_000 < due_at - now <= 60_000_000
        due = inbox.next_due()
        assert due
        assert abs((due - utc_now() - ahead).total_seconds() - 60) < 10


def test_many_changes_of_the_counts_are_folded_into_one_row_a_state(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url)) as inbox:
        rows(postgres_url, "INSERT INTO event_count SELECT 'synced', 1 FROM generate_series(1, 1500)")
        inbox._look_after()
        assert rows(postgres_url, "SELECT state, events FROM event_count") == [("synced", 1500)]
        assert inbox.stats().synced == 1500


def until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(WITHIN_S / 0.02)):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it did not become so")


# Bad days.


def test_two_transactions_in_a_circle_are_both_done(postgres_url: str) -> None:
    """Each holds a row and wants the other's: one is thrown out by the database, and done again."""
    meet = threading.Barrier(2, timeout=WITHIN_S)
    tries: Counter[str] = Counter()

    def lock_both(connection: Connection, orders: Sequence[tuple[str, str]]) -> Sequence[str]:
        [(first, second)] = orders
        tries[first] += 1
        count = text("UPDATE work_item SET attempts = attempts + 1 WHERE object_key = :key")
        connection.execute(count, {"key": first})
        if tries[first] == 1:
            meet.wait()
        connection.execute(count, {"key": second})
        return [first]

    with closing(PostgresInbox(postgres_url)) as inbox:
        inbox.accept(arrivals(2, 2))
    with ExitStack() as running, ThreadPoolExecutor(2) as threads:
        stores = [running.enter_context(closing(PostgresStore(postgres_url, "ingest"))) for _ in range(2)]
        orders = [("/ch_0", "/ch_1"), ("/ch_1", "/ch_0")]
        futures = [threads.submit(store.call, lock_both, order) for store, order in zip(stores, orders, strict=True)]
        assert [future.result(WITHIN_S) for future in futures] == ["/ch_0", "/ch_1"]
    assert sum(tries.values()) == 3
    assert rows(postgres_url, "SELECT attempts FROM work_item") == [(2,), (2,)]


def test_a_connection_that_breaks_is_made_again_and_nobody_notices(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url)) as inbox:
        inbox.accept(arrivals(1, 1))
        rows(
            postgres_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()",
        )
        assert list(inbox.accept(arrivals(2, 2))) == [False, True]
        assert len(inbox.claim(9, 60)) == 2


def test_while_the_database_is_away_callers_are_told_and_when_it_is_back_all_goes_on(postgres_url: str) -> None:
    maintenance = postgres_url.rpartition("/")[0] + "/postgres"

    def allow(connections: str) -> None:
        rows(maintenance, f"ALTER DATABASE connector ALLOW_CONNECTIONS {connections}")
        rows(maintenance, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'connector'")

    with closing(PostgresInbox(postgres_url)) as inbox:
        inbox.accept(arrivals(1, 1))
        allow("false")
        try:
            for _ in range(2):
                with pytest.raises(CannotSync) as refused:
                    inbox.accept(arrivals(2, 2))
                assert refused.value.failed.kind is Kind.BUSY
                assert "could not be written" in refused.value.failed.message
        finally:
            allow("true")
        assert list(inbox.accept(arrivals(2, 2))) == [False, True]
        assert inbox.stats().waiting == 2


@contextmanager
def database_with(url: str, *statements: str) -> Iterator[str]:
    PostgresInbox(url).close()
    with psycopg.connect(url, autocommit=True, options="-c search_path=stripe_netsuite_ingest") as connection:
        for statement in statements:
            connection.execute(statement)
    yield url


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        pytest.param(["UPDATE schema_version SET version_num = '9999'"], "newer version", id="a newer schema"),
        pytest.param(["DROP TABLE schema_version"], "another program", id="tables of another program"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(postgres_url: str, statements: list[str], says: str) -> None:
    with database_with(postgres_url, *statements) as url, pytest.raises(CannotSync) as refused:
        PostgresInbox(url)
    assert refused.value.failed.kind is Kind.MISCONFIGURED
    assert says in refused.value.failed.message
    assert refused.value.failed.remedy


def test_an_address_where_nobody_answers_is_refused_and_its_password_is_not_told() -> None:
    with pytest.raises(CannotSync) as refused:
        PostgresInbox("postgresql://someone:geheim@127.0.0.1:1/nothing")
    failed = refused.value.failed
    assert "cannot be used" in failed.message
    assert "geheim" not in repr(failed)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://connector@127.0.0.1:{listening.getsockname()[1]}/connector?connect_timeout=2"


def test_a_server_that_is_too_slow_to_answer_is_asked_again(postgres_url: str, silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_at_first = iter([silent])
    monkeypatch.setattr(postgres, "open_database", lambda url, purpose: open_database(next(slow_at_first, url), purpose))
    with closing(PostgresInbox(postgres_url)) as inbox:
        assert inbox.stats() == Stats()


def test_a_server_that_never_answers_is_refused_in_the_end(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "OPENS_WITHIN_S", 0.0)
    with pytest.raises(CannotSync, match="cannot be used: connection timeout expired"):
        PostgresInbox(silent)


def test_a_database_of_the_first_schema_is_upgraded_with_all_that_it_holds(postgres_url: str) -> None:
    first = [*TO_THE_FIRST_SCHEMA, "UPDATE schema_version SET version_num = '0001'"]
    with closing(PostgresInbox(postgres_url)) as inbox:
        inbox.accept(arrivals(3, 3))
    with database_with(postgres_url, *first) as url, closing(PostgresInbox(url)) as inbox:
        assert len(inbox.claim(9, 60)) == 3


def test_two_processes_that_open_an_empty_database_at_once_both_can(postgres_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for store in threads.map(lambda _: PostgresStore(postgres_url, "ingest"), range(4)):
            store.close()
    assert rows(postgres_url, "SELECT version_num FROM schema_version") == [(schema.known("ingest")[-1],)]


@pytest.mark.parametrize("purpose", ["ingest", "writer"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_that_the_program_knows(
    kind: str, purpose: Purpose, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine: Engine = open_file(tmp_path / "store.db", purpose)
    else:
        engine = open_database(request.getfixturevalue("postgres_url"), purpose)
    ours = {"version_table": schema.VERSION_TABLE, "compare_type": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, INGEST if purpose == "ingest" else WRITER) == []
    engine.dispose()


def test_the_two_services_share_a_database_and_no_table(postgres_url: str) -> None:
    with closing(PostgresInbox(postgres_url)), closing(PostgresSyncRecords(postgres_url)):
        engine = create_engine(libpq(postgres_url))
        with engine.connect() as connection:
            found = connection.execute(text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'stripe%'")).all()
        engine.dispose()
    tables = {name: {table for where, table in found if where == name} for name in SCHEMAS.values()}
    assert tables["stripe_netsuite_ingest"] & tables["stripe_netsuite_writer"] == {schema.VERSION_TABLE}
