"""Write-back over real sockets: ids in Stripe's metadata, no echo to NetSuite, nothing taken for a person's word, and no sync fails by it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import Mock

import pytest
from stripe_netsuite.v1 import writer_pb2

from core.inbox import EventState
from core.outcome import CannotSync, Failed, Kind
from core.write_back import WriteBack
from services.demo import Connector, running_connector
from services.ingest.app import ECHO
from services.sandbox.run import Sandbox
from services.writer.servicer import WriterServicer
from tests.core.test_sync import World
from tests.given import charge

KEY = "netsuite_customer_payment_id"


@pytest.fixture
def connector(tmp_path: Path) -> Iterator[Connector]:
    """One that writes back."""
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        stripe = {**sandbox.settings()["stripe"], "write_back_metadata": True}
        yield running.enter_context(running_connector(sandbox, str(tmp_path), stripe=stripe))


def sells(connector: Connector) -> tuple[str, str]:
    world = connector.sandbox.world
    customer = world.catalogue.customer("Ada", "ada@example.com")
    sale = world.charges.pay(2900, customer=customer, metadata={"order": "17"})
    connector.settle()
    connector.finish()
    return customer, sale


def test_each_object_names_its_record_and_keeps_what_else_it_said(connector: Connector) -> None:
    customer, sale = sells(connector)
    refund = connector.sandbox.world.refunds.refund(sale, 900)
    connector.settle()
    connector.finish()
    records = {
        each.external_id: each.id
        for kind in ("customer", "customerPayment", "customerRefund")
        for each in connector.sandbox.netsuite.records(kind)
    }
    held = {name: connector.sandbox.world.get(name)["metadata"] for name in (customer, sale, refund)}
    assert held == {
        customer: {"netsuite_customer_id": records[customer]},
        sale: {"order": "17", KEY: records[sale]},
        refund: {"netsuite_customer_refund_id": records[refund]},
    }
    assert connector.inbox.list(EventState.FAILED) == []


def test_the_echo_is_ignored_and_calls_neither_side(connector: Connector) -> None:
    _, sale = sells(connector)
    echoes = [stored for stored in connector.inbox.list(EventState.IGNORED, "charge.updated") if stored.event.subject_id == sale]
    assert [stored.reason for stored in echoes] == [ECHO]
    calls = len(connector.sandbox.netsuite_app.calls.calls())
    values = {"netsuite_customer_payment_id": "1"}
    connector.writer.write_back().writer.annotate("charge", sale, "", values)
    connector.settle()
    assert len(connector.inbox.list(EventState.IGNORED, "charge.updated")) == 2, "the event has come"
    assert len(connector.sandbox.netsuite_app.calls.calls()) == calls


def test_our_own_key_is_no_word_of_a_persons_and_the_record_is_still_brought_into_line(connector: Connector) -> None:
    _, sale = sells(connector)
    use_case = connector.writer.use_case()
    [first, _] = use_case.resync(sale)
    assert first.plan is not None
    assert [command.__class__.__name__ for command in first.plan.commands] == ["Ensure", "Upsert"], "not linked: it is ours"
    calls = connector.sandbox.netsuite_app.calls
    calls.clear()
    use_case.resync(sale)
    assert [call for call in calls.calls() if call.mutating] == []


def test_what_a_person_named_is_not_overwritten(connector: Connector) -> None:
    sells(connector)
    [payment] = connector.sandbox.netsuite.records("customerPayment")
    named = connector.sandbox.world.charges.pay(500, customer=None, metadata={KEY: payment.id})
    connector.settle()
    connector.finish()
    assert connector.sandbox.world.get(named)["metadata"] == {KEY: payment.id}
    assert len(connector.sandbox.netsuite.records("customerPayment")) == 1, "it is that payment"


class Refuses:
    """A Stripe that takes no metadata."""

    def annotate(self, kind: str, stripe_id: str, account: str, values: Mapping[str, str]) -> None:
        raise CannotSync(Failed(Kind.MISCONFIGURED, "The API key lacks the right charge_write", "Give it the right."))


def test_a_write_back_that_fails_leaves_the_sync_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    world = World(("ch_1", charge("29.00")))
    servicer = WriterServicer(world.sync, write_back=WriteBack(world.stripe, Refuses(), world.records))
    request = writer_pb2.SyncEventRequest(event_id="evt_1", type="charge.succeeded", subject_id="ch_1")
    with caplog.at_level(logging.WARNING):
        answer = servicer.SyncEvent(request, Mock())
    assert answer.outcome.synced.writes > 0
    assert "the NetSuite ids of ch_1 could not be written back: The API key lacks the right charge_write" in caplog.text


def test_by_default_nothing_is_written_to_stripe(tmp_path: Path) -> None:
    with Sandbox() as sandbox, running_connector(sandbox, str(tmp_path)) as connector:
        customer, _ = sells(connector)
        assert sandbox.world.get(customer)["metadata"] == {}


def test_a_write_that_is_repeated_happens_once(connector: Connector) -> None:
    customer, _ = sells(connector)
    events = len(connector.sandbox.world.events)
    for _ in range(2):
        connector.writer.write_back().writer.annotate("customer", customer, "", {"netsuite_customer_id": "77"})
    assert len(connector.sandbox.world.events) == events + 1
