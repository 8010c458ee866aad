"""Ingest killed and stopped: what was acknowledged is never lost, and what was in flight goes on."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.storage.inbox import SqliteInbox
from core.inbox import EventState
from tests.adapters.webhooks import body_of, header_of
from tests.services.ingest_world import running

ROOT = Path(__file__).resolve().parents[2]
SENDERS, ENOUGH = 8, 400


@contextmanager
def process(file: Path, answers: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that accepts, and its port."""
    command = [sys.executable, "-m", "tests.services.accepting_ingest", str(file), answers]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        try:
            yield child, int(child.stdout.readline())
        finally:
            child.kill()


def send_until_it_dies(port: int, sender: int, acknowledged: set[str], enough: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        for index in range(100_000):
            body = body_of(f"evt_{sender}_{index}", subject_id=f"ch_{sender}_{index % 50}")
            connection.request("POST", "/webhooks/stripe", body, {"Stripe-Signature": header_of(body)})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                acknowledged.add(f"evt_{sender}_{index}")
            if len(acknowledged) >= ENOUGH:
                enough.set()
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def test_no_acknowledged_event_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    """Three times kill -9 under load, on one file; then every event that was answered 200 is stored, once, and is done."""
    file = tmp_path / "ingest.db"
    acknowledged: set[str] = set()
    for life in range(3):
        enough = threading.Event()
        mine: set[str] = set()
        with process(file, "never" if life == 1 else "synced") as (child, port):
            senders = [
                threading.Thread(target=send_until_it_dies, args=(port, life * SENDERS + number, mine, enough)) for number in range(SENDERS)
            ]
            for sender in senders:
                sender.start()
            assert enough.wait(60)
            child.send_signal(signal.SIGKILL)
            for sender in senders:
                sender.join(30)
        acknowledged |= mine
    assert len(acknowledged) >= 3 * ENOUGH
    with running(file) as world:
        stats = world.until_settled()
        assert {event_id for event_id in acknowledged if world.inbox.find(event_id) is None} == set()
        assert stats.synced >= len(acknowledged)


def test_sigterm_lets_what_runs_end_and_leaves_the_store_closed(tmp_path: Path) -> None:
    file = tmp_path / "ingest.db"
    with process(file, "synced") as (child, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        body = body_of("evt_1")
        connection.request("POST", "/webhooks/stripe", body, {"Stripe-Signature": header_of(body)})
        assert connection.getresponse().status == 200
        connection.close()
        child.send_signal(signal.SIGTERM)
        assert child.stdout
        assert child.stdout.read() == "stopped\n"
        assert child.wait(30) == 0
    inbox = SqliteInbox(file)
    stored = inbox.find("evt_1")
    inbox.close()
    assert stored
    assert stored.state in (EventState.SYNCED, EventState.WAITING)
