"""Scheduled work: what each kind of ending says, and when it is due again."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from stripe_netsuite.v1 import outcome_pb2, writer_pb2

from adapters.storage.memory import MemoryInbox
from core.inbox import Scheduled
from services.ingest.reconciling import Reconciling, told
from services.ingest.schedule import Done, Job, Keep, regularly

NOW = datetime(2026, 12, 1, tzinfo=UTC)
EVEN = writer_pb2.ReconciledRow(stripe_minor=5, netsuite_minor=5)
ODD = writer_pb2.ReconciledRow(stripe_minor=5, netsuite_minor=4)


@pytest.mark.parametrize(
    ("done", "is_ok", "again_s"),
    [
        pytest.param(Done("nothing was missed"), True, 3600, id="well: at its own time"),
        pytest.param(Done("Stripe answered 503", is_ok=False), False, 300, id="not well: soon"),
        pytest.param(Done("1 of 2 rows differ", is_ok=False, is_final=True), False, 3600, id="a matter for a person: at its own time"),
        pytest.param(None, False, 300, id="broken off: soon"),
    ],
)
def test_how_it_ended_is_kept_and_says_when_it_is_due_again(done: Done | None, is_ok: bool, again_s: int) -> None:
    inbox, stopping = MemoryInbox(lambda: NOW), threading.Event()

    def do(_keep: Keep) -> Done | None:
        stopping.set()
        return done

    regularly(Job("work", 3600, do), inbox, stopping)
    said = done.said if done else "it broke off"
    due = NOW + timedelta(seconds=again_s)
    assert inbox.stats().schedules == (Scheduled("work", NOW, NOW, NOW if is_ok else None, is_ok, said, due),)


def test_work_that_breaks_is_told_and_is_not_the_last_one() -> None:
    moments = itertools.count()
    inbox, stopping, tries = MemoryInbox(lambda: NOW + timedelta(seconds=next(moments))), threading.Event(), itertools.count(1)

    def do(_keep: Keep) -> Done | None:
        if next(tries) == 1:
            raise OSError("no route")
        assert inbox.stats().schedules[0].ended_at is None
        stopping.set()
        return Done("done")

    regularly(Job("work", 0.001, do), inbox, stopping)
    assert next(tries) == 3


def test_the_reconciliation_says_what_differs() -> None:
    assert told(writer_pb2.ReconcileResponse(rows=[EVEN, EVEN])) == Done("no difference in 2 rows")
    assert told(writer_pb2.ReconcileResponse(rows=[EVEN, ODD])) == Done(
        "1 of 2 rows differ: see reconcile --balance", is_ok=False, is_final=True
    )
    failed = outcome_pb2.Failed(message="Stripe answered 503")
    assert told(writer_pb2.ReconcileResponse(failed=failed)) == Done("Stripe answered 503", is_ok=False)


class Away(grpc.RpcError):
    """A writer that is down."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


class Slow:
    """A writer that is at it until its client is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def reconcile(self) -> writer_pb2.ReconcileResponse:
        assert self.closed.wait(30)
        raise Away

    def close(self) -> None:
        self.closed.set()


def test_while_the_writer_is_at_it_the_turn_is_kept_and_a_stop_breaks_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ingest.reconciling.LOOK_EVERY_S", 0.001)
    stopping, kept = threading.Event(), [0]

    def keep() -> None:
        kept[0] += 1
        if kept[0] == 3:
            stopping.set()

    assert Reconciling(Slow, stopping).do(keep) is None
    assert kept == [3]


def test_a_writer_that_is_down_is_told() -> None:
    gone = Slow()
    gone.close()
    assert Reconciling(lambda: gone).do(lambda: None) == Done("the writer did not answer: UNAVAILABLE", is_ok=False)
