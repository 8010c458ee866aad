"""Whatever NetSuite does to a call or a record, on real sockets: the books end right, each record once, and a person is told what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from adapters.netsuite.fields import RECORDS
from adapters.writer.operator import IngestClient
from core.inbox import EventState, StoredEvent
from core.outcome import Kind
from services.demo import Connector, running_connector
from services.sandbox.netsuite import Fault, Trouble
from services.sandbox.run import Sandbox
from services.sandbox.stripe.invoices import Line

# What passes by itself, and what each call of a payment then meets.
PASSING = (
    Fault(Trouble.BUSY),
    Fault(Trouble.ERROR),
    Fault(Trouble.ERROR_AFTER),
    Fault(Trouble.DROP_BEFORE),
    Fault(Trouble.DROP_AFTER),
    Fault(Trouble.LATE_COMMIT, seconds=0.2),
    Fault(Trouble.DELAY, seconds=0.1),
    Fault(Trouble.MAINTENANCE),
    Fault(Trouble.RECORD_CHANGED),
    Fault(Trouble.LOGIN_REFUSED),
)
WINDOW_S = 0.5


def netsuite(connector: Connector) -> Any:
    return connector.sandbox.netsuite_app


def failed(connector: Connector, about: str) -> StoredEvent:
    """The failed event about this object."""
    [stored] = [each for each in connector.inbox.list(EventState.FAILED) if each.event.subject_id == about]
    return stored


def retry(connector: Connector, events: Sequence[str] | None = None) -> None:
    """These events, or all that failed."""
    with closing(IngestClient(connector.config.ingest.operator)) as operator:
        operator.retry_now(events)
    connector.settle()
    connector.finish()


def payments(connector: Connector) -> list[tuple[str, int]]:
    """externalId and cents of each payment."""
    return [(each.external_id, int(each.fields["payment"] * 100)) for each in connector.sandbox.netsuite.records("customerPayment")]


@pytest.fixture
def connector(tmp_path: Path) -> Iterator[Connector]:
    """With one sale booked: the customer of all guests is there."""
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        given = {**sandbox.settings()["netsuite"], "ambiguity_window_s": WINDOW_S}
        begun = running.enter_context(running_connector(sandbox, str(tmp_path), netsuite=given))
        sandbox.world.charges.pay(100, customer=None)
        begun.settle()
        yield begun


def billed(connector: Connector) -> str:
    """An open invoice of 19.99 USD, booked."""
    world = connector.sandbox.world
    customer = world.catalogue.customer("Ada Lovelace", "ada@example.com")
    invoice = world.invoices.create(customer, [Line(world.catalogue.price(world.catalogue.product("Engine"), 1999))])
    world.invoices.finalize(invoice)
    connector.settle()
    return invoice


def test_what_passes_by_itself_needs_nobody_and_books_each_sale_once(connector: Connector) -> None:
    for fault in PASSING:
        fault.record_type, fault.mutating_only = "customerPayment", True
        netsuite(connector).faults.script(fault)
    sold = {connector.sandbox.world.charges.pay(1000 + number, customer=None): 1000 + number for number in range(len(PASSING))}
    connector.settle()
    connector.finish()
    assert netsuite(connector).faults.waiting() == 0, "every trouble was met"
    assert connector.inbox.list(EventState.FAILED) == []
    assert dict(payments(connector)[1:]) == sold
    assert len(payments(connector)) == 1 + len(sold), "none is doubled"
    assert connector.proof().holds


def test_what_a_person_must_mend_is_told_once_mended_it_is_booked_once(connector: Connector) -> None:
    faults, world = netsuite(connector).faults, connector.sandbox.world
    told: dict[str, int] = {}
    for fault, kind, words in (
        (Fault(Trouble.SCRIPT_REJECTS, text="no sale without a region"), Kind.REFUSED, "no sale without a region"),
        (Fault(Trouble.AFTER_SUBMIT_FAILED, text="the warehouse is down"), Kind.REFUSED, "the warehouse is down"),
        (Fault(Trouble.NO_PERMISSION, times=None), Kind.MISCONFIGURED, "does not have permission"),
        (Fault(Trouble.LOGIN_REFUSED, times=None), Kind.MISCONFIGURED, "Login Audit Trail"),
    ):
        fault.record_type = "customerPayment"
        faults.script(fault)
        charge = world.charges.pay(2000 + len(told), customer=None)
        connector.settle()
        outcome = failed(connector, charge).failed
        assert outcome is not None
        assert (outcome.kind, words in outcome.message) == (kind, True), outcome
        assert outcome.remedy
        told[charge] = 2000 + len(told)
        faults.clear()
    retry(connector)
    assert connector.inbox.list(EventState.FAILED) == []
    assert dict(payments(connector)[1:]) == told
    assert len(payments(connector)) == 1 + len(told)
    assert connector.proof().holds


def test_what_a_workflow_locks_is_brought_into_line_once_it_is_released(connector: Connector) -> None:
    world = connector.sandbox.world
    charge = world.invoices.debit(billed(connector))
    world.delayed.clear(charge)
    connector.settle()
    netsuite(connector).faults.script(Fault(Trouble.WORKFLOW_LOCK, times=None))
    world.delayed.bounce(charge)
    connector.settle()
    stopped = [each for each in connector.inbox.list(EventState.FAILED) if each.event.subject_id == charge]
    netsuite(connector).faults.clear()
    retry(connector)
    assert connector.inbox.list(EventState.FAILED) == []
    assert {each.failed.kind for each in stopped if each.failed} == {Kind.REFUSED}
    assert [refund.external_id for refund in connector.sandbox.netsuite.records("customerRefund")] == [f"{charge}-failed"]
    assert connector.proof().holds


def test_a_total_that_a_script_lowers_keeps_its_payment_waiting_until_a_person_has_mended_it(connector: Connector) -> None:
    world = connector.sandbox.world
    lowered = {"item": {"items": [{"line": 1, "amount": 5}]}}
    netsuite(connector).faults.script(Fault(Trouble.SCRIPT_CHANGES, record_type="invoice", fields=lowered))
    invoice = billed(connector)
    charge = world.invoices.pay(invoice)
    connector.settle()
    waiting = connector.inbox.list(EventState.WAITING)
    [outcome] = [each.failed for each in waiting if each.event.subject_id == charge]
    assert outcome is not None
    assert (outcome.kind, outcome.record) == (Kind.NOT_READY, f"customerPayment {charge}")
    assert "5.00 USD of it is due, the payment would settle 19.99 USD" in outcome.message
    body = b'{"item": {"items": [{"line": 1, "amount": 19.99}]}}'
    by_hand = connector.sandbox.netsuite.handle("PATCH", f"{RECORDS}/invoice/eid:{invoice}", {}, {}, body)
    assert by_hand.status == 204
    retry(connector, [each.event.id for each in waiting])
    assert connector.inbox.list(EventState.FAILED) == []
    assert connector.sandbox.netsuite.open_receivables()[-1].external_id != invoice, "it is paid"
    assert payments(connector)[-1] == (charge, 1999)
    assert connector.proof().holds
