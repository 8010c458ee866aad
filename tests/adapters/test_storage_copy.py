"""Moving from SQLite to PostgreSQL: nothing lost, nothing doubled, nothing done twice; as often as it is begun."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.storage import copying
from adapters.storage.audit_reading import database_trail
from adapters.storage.copying import Copied, copy_stores
from adapters.storage.encoding import utc_now
from adapters.storage.inbox import SqliteInbox
from adapters.storage.intents import SqlIntents
from adapters.storage.notes import SqlNotes
from adapters.storage.postgres_inbox import PostgresInbox
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.sync_records import SqliteSyncRecords
from core.inbox import Arrival, EventState, Priority
from core.intents import Ending
from core.metadata import EXCLUDED
from core.notes import Note
from core.outcome import CannotSync, Synced
from core.ports import Link
from tests.contracts.durable_inbox import NOON, REFUSED, Clock, event, waits_for
from tests.contracts.intents import CAUSE, WRITE
from tests.contracts.sync_records import CUSTOMER, FAILED, PAYMENT, sync

pytestmark = pytest.mark.xdist_group("postgres")
LATER = NOON + timedelta(hours=1)
ROOT = Path(__file__).resolve().parents[2]


def furnished(folder: Path) -> None:
    """Both files, with an event in every state."""
    clock = Clock()
    inbox = SqliteInbox(folder / "ingest.db", clock.now)
    for number, name in enumerate(("synced", "failed", "resting", "running", "waiting", "skipped")):
        inbox.accept([Arrival(event(f"evt_{name}", f"ch_{name}"), name.encode(), clock.now())])
        clock.forward(1 if number else 0)
    works = {work.object_key: work for work in inbox.claim(4, 600)}
    inbox.settle(works["/ch_synced"], Synced(2))
    inbox.settle(works["/ch_failed"], REFUSED)
    inbox.retry(works["/ch_resting"], waits_for("in_1"), LATER)
    inbox.skip(["evt_skipped"], "by hand")
    inbox.accept(
        [
            Arrival(event("evt_ignored", "acct_1"), b"", clock.now(), "no"),
            Arrival(event("evt_back", "ch_b"), b"", NOON, "", Priority.BACKFILL),
        ]
    )
    inbox.set_mark("backfill/charge", "2026-03")
    inbox.take_turn("sweep", 3600, 300)
    inbox.pause("its books are being closed", "me", "acct_9")
    inbox.close()
    records = SqliteSyncRecords(folder / "writer.db")
    records.remember(Link(CUSTOMER, "101", "c0ffee"))
    records.remember(Link(PAYMENT, "102", "beef"))
    for number in range(3):
        records.keep(sync(FAILED, f"evt_{number}"))
    SqlNotes(records.store).put(Note("ch_1", "", EXCLUDED, "a test", "a test", NOON))
    intents = SqlIntents(records.store)
    intents.end(intents.begin(WRITE), Ending.UNKNOWN)
    records.close()


TRAIL = {"intents": Copied(1, 0), "audit": Copied(1, 0)}
TRAIL_AGAIN = {"intents": Copied(0, 1), "audit": Copied(0, 1)}


def copied(folder: Path, url: str) -> dict[str, Copied]:
    return copy_stores(folder, url, lambda *_: None)


def test_all_is_there_as_it_was_and_what_ran_waits_again(tmp_path: Path, postgres_url: str) -> None:
    furnished(tmp_path)
    assert copied(tmp_path, postgres_url) == {
        "pauses": Copied(1, 0),
        "events": Copied(8, 0),
        "attempts": Copied(3, 0),
        "marks": Copied(1, 0),
        "schedules": Copied(1, 0),
        "links": Copied(2, 0),
        "syncs": Copied(3, 0),
        "notes": Copied(1, 0),
        **TRAIL,
    }
    clock = Clock()
    clock.forward(10)
    source, target = SqliteInbox(tmp_path / "ingest.db", clock.now), PostgresInbox(postgres_url, clock.now)
    source.release()
    assert [each.event.id for each in target.list()] == [each.event.id for each in source.list()]
    for name in ("synced", "failed", "resting", "waiting", "skipped", "ignored"):
        assert target.find(f"evt_{name}") == source.find(f"evt_{name}"), name
        assert target.attempts(f"evt_{name}") == source.attempts(f"evt_{name}"), name
    stored = target.find("evt_running")
    assert stored
    assert stored.state is EventState.WAITING
    assert target.stats() == source.stats()
    assert target.mark("backfill/charge") == "2026-03"
    assert target.wake(["in_1"]) == 1
    clock.moment = utc_now()
    assert {work.object_key: work.attempt for work in target.claim(9, 60)} == {
        "/ch_waiting": 1,
        "/ch_b": 1,
        "/ch_running": 2,
        "/ch_resting": 2,
    }
    source.close()
    target.close()
    with database_trail(postgres_url) as trail:
        assert (trail.verify(), trail.head().seq) == ("", 1)
    records = PostgresSyncRecords(postgres_url)
    assert [doubt.cause for doubt in SqlIntents(records.store).doubts([WRITE.ref], CAUSE)] == [CAUSE]
    assert records.links([CUSTOMER, PAYMENT]) == {CUSTOMER: Link(CUSTOMER, "101", "c0ffee"), PAYMENT: Link(PAYMENT, "102", "beef")}
    assert [kept.event_id for kept in records.history("ch_1")] == ["evt_2", "evt_1", "evt_0"]
    records.close()


def test_again_it_copies_nothing_and_opens_nothing_that_was_done_meanwhile(tmp_path: Path, postgres_url: str) -> None:
    furnished(tmp_path)
    copied(tmp_path, postgres_url)
    target = PostgresInbox(postgres_url)
    for work in target.claim(9, 60):
        target.settle(work, Synced(1))
    before = target.list()
    assert copied(tmp_path, postgres_url) == {
        "pauses": Copied(0, 1),
        "events": Copied(0, 8),
        "attempts": Copied(0, 3),
        "marks": Copied(0, 1),
        "schedules": Copied(0, 1),
        "links": Copied(0, 2),
        "syncs": Copied(0, 3),
        "notes": Copied(0, 1),
        **TRAIL_AGAIN,
    }
    assert target.list() == before
    assert not target.claim(9, 60)
    target.close()


def test_one_that_broke_off_goes_on_where_it_stood(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnished(tmp_path)
    monkeypatch.setattr(copying, "AT_ONCE", 3)

    def breaks(what: str, seen: int, of: int) -> None:
        if seen == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_stores(tmp_path, postgres_url, breaks)
    assert copied(tmp_path, postgres_url) == {
        "pauses": Copied(0, 1),
        "events": Copied(2, 6),
        "attempts": Copied(3, 0),
        "marks": Copied(1, 0),
        "schedules": Copied(1, 0),
        "links": Copied(2, 0),
        "syncs": Copied(3, 0),
        "notes": Copied(1, 0),
        **TRAIL,
    }


def test_what_the_target_has_learnt_meanwhile_stands(tmp_path: Path, postgres_url: str) -> None:
    furnished(tmp_path)
    target = PostgresInbox(postgres_url)
    target.accept([Arrival(event("evt_waiting", "ch_waiting"), b"{}", NOON)])
    [work] = target.claim(1, 60)
    target.settle(work, Synced(1))
    records = PostgresSyncRecords(postgres_url)
    records.remember(Link(CUSTOMER, "201", "newer"))
    assert copied(tmp_path, postgres_url)["events"] == Copied(7, 1)
    stored = target.find("evt_waiting")
    assert stored
    assert stored.state is EventState.SYNCED
    assert records.links([CUSTOMER]) == {CUSTOMER: Link(CUSTOMER, "201", "newer")}
    records.close()
    target.close()


def test_while_a_service_runs_on_the_source_it_is_refused_and_nothing_is_copied(tmp_path: Path, postgres_url: str) -> None:
    furnished(tmp_path)
    program = (
        "import sys; from adapters.storage.inbox import SqliteInbox\n"
        f"inbox = SqliteInbox({str(tmp_path / 'ingest.db')!r}); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stdout.readline() == "open\n"
        with pytest.raises(CannotSync, match="in use by another process"):
            copied(tmp_path, postgres_url)
        running.communicate()
    with psycopg.connect(postgres_url) as connection:
        found: Any = connection.execute("SELECT to_regclass('stripe_netsuite_ingest.inbox_event')").fetchone()
    assert found == (None,)


def test_a_folder_without_stores_is_refused_and_stays_empty(tmp_path: Path, postgres_url: str) -> None:
    with pytest.raises(CannotSync, match="holds neither"):
        copied(tmp_path, postgres_url)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_did(tmp_path: Path, postgres_url: str) -> None:
    furnished(tmp_path)
    command = [sys.executable, "-m", "services.cli", "storage", "copy", "--from", f"sqlite:///{tmp_path}", "--to", postgres_url, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["events"]) == (0, {"copied": 8, "there": 0})
    wrong = subprocess.run(
        [*command[:5], f"sqlite:///{tmp_path}", "--to", f"sqlite:///{tmp_path}"], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert wrong.returncode == 2


def test_the_copy_of_a_thousand_events_counts_them_all(tmp_path: Path, postgres_url: str) -> None:
    inbox = SqliteInbox(tmp_path / "ingest.db")
    inbox.accept([Arrival(event(f"evt_{number}", f"ch_{number % 70}"), b"{}", NOON) for number in range(1200)])
    inbox.close()
    assert copied(tmp_path, postgres_url) == {
        "pauses": Copied(0, 0),
        "events": Copied(1200, 0),
        "attempts": Copied(0, 0),
        "marks": Copied(0, 0),
        "schedules": Copied(0, 0),
    }
    target = PostgresInbox(postgres_url)
    assert target.stats().waiting == 1200
    assert sum(len(work.events) for work in target.claim(100, 60)) == 1200
    target.close()
