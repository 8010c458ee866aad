"""After the fact, over real sockets: an object is said to be another record, kept out with a reason, and what drifted is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.inbox import EventState
from core.outcome import Failed, Kind
from core.rules import payout_parts
from services.cli import main
from services.demo import Connector, running_connector
from services.sandbox.netsuite import Fault, Trouble
from services.sandbox.run import Sandbox
from services.sandbox.stripe.invoices import Line
from tests.services.test_cli import environment


@pytest.fixture
def connector(tmp_path: Path) -> Iterator[Connector]:
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        yield running.enter_context(running_connector(sandbox, str(tmp_path)))


def run(connector: Connector, *args: str) -> tuple[int, Any]:
    done = CliRunner().invoke(main, [*args, "--json"], env=environment(connector))
    return done.exit_code, json.loads(done.stdout) if done.exit_code in (0, 1) else done.output


def sale(connector: Connector, amount: int = 2900) -> str:
    charge = connector.sandbox.world.charges.pay(amount, customer=None)
    connector.settle()
    return charge


def change(connector: Connector, record: str, internal_id: str, **fields: Any) -> None:
    """A user edits a record in NetSuite."""
    headers = {"Content-Type": "application/json"}
    path = f"/services/rest/record/v1/{record}/{internal_id}"
    reply = connector.writer.transport().send("PATCH", path, {}, json.dumps(fields).encode(), headers)
    assert reply.status == 204, reply.body


def mutating(connector: Connector) -> int:
    return len([call for call in connector.sandbox.netsuite_app.calls.calls() if call.mutating])


def test_what_a_user_edited_is_shown_field_by_field_and_not_overwritten(connector: Connector) -> None:
    first, second = sale(connector), sale(connector, 1500)
    assert run(connector, "drift") == (0, {"compared": 2, "drift": []})
    payments = {each.external_id: each.id for each in connector.sandbox.netsuite.records("customerPayment")}
    change(connector, "customerPayment", payments[first], tranDate="2026-11-07")
    writes = mutating(connector)
    code, said = run(connector, "drift")
    assert (code, said["compared"]) == (1, 2)
    [row] = said["drift"]
    assert (row["stripe_id"], row["record_type"], row["change"]) == (first, "customerPayment", "update")
    [field] = row["fields"]
    assert (field["field"], field["holds"]) == ("tranDate", "2026-11-07")
    assert run(connector, "drift", second)[0] == 0
    assert mutating(connector) == writes


def test_a_period_again_as_a_dry_run_shows_no_difference_and_then_what_was_never_synced(connector: Connector) -> None:
    world = connector.sandbox.world
    first, day = sale(connector), world.now.date().isoformat()
    world.refunds.refund(first, 900)
    world.advance_to(world.now + timedelta(days=8))
    payout = world.payouts.create()
    assert payout
    world.payouts.pay(payout)
    connector.settle()
    later = world.now.date().isoformat()
    days = ("--from", day, "--to", later)
    assert run(connector, "drift", *days) == (0, {"compared": 2, "drift": []}), "the charge with its refund, and the payout"
    assert run(connector, "drift", *days, "--types", "payout") == (0, {"compared": 1, "drift": []})
    assert run(connector, "drift", "--from", "2026-01-01", "--to", "2026-01-31") == (0, {"compared": 0, "drift": []})

    connector.sandbox.netsuite_app.faults.script(Fault(Trouble.SCRIPT_REJECTS, text="not today", record_type="customerPayment"))
    unseen, writes = sale(connector, 500), mutating(connector)
    code, said = run(connector, "drift", *days)
    assert (code, said["compared"]) == (1, 3)
    assert {(row["stripe_id"], row["record_type"], row["change"]) for row in said["drift"]} == {(unseen, "customerPayment", "create")}
    assert mutating(connector) == writes
    for wrong in (
        ("--from", day),
        ("--to", day),
        (first, *days),
        ("--types", "charge"),
        (*days, "--types", "coupon"),
        ("--from", later, "--to", day),
    ):
        assert run(connector, "drift", *wrong)[0] == 2


def test_a_relinked_object_is_that_record_and_is_never_written_again(connector: Connector) -> None:
    booked = sale(connector)
    [mine] = connector.sandbox.netsuite.records("customerPayment")
    other = connector.sandbox.world.charges.pay(500, customer=None, metadata={"netsuite_block_integration": "true"})
    connector.settle()
    assert run(connector, "relink", other, "invoice", mine.id)[0] == 1, "a charge is no invoice"
    assert "no customerPayment #999999" in run(connector, "relink", other, "customerPayment", "999999")[1]["failed"]["message"]

    code, said = run(connector, "relink", booked, "customerPayment", mine.id, "--because", "it is the one booked by hand")
    assert (code, said["failed"]) == (0, None)
    change(connector, "customerPayment", mine.id, tranDate="2026-11-07")
    writes = mutating(connector)
    code, said = run(connector, "resync", booked)
    assert code == 0
    assert "linked" in said[0]["results"][0]["plan"]
    assert mutating(connector) == writes, "it is the user's now"

    assert run(connector, "relink", booked, "customerPayment", "--lift")[0] == 0
    assert "linked" not in run(connector, "plan", booked)[1]["results"][0]["plan"]


def test_an_excluded_object_is_ignored_with_the_reason_and_what_builds_on_it_waits_for_a_person(connector: Connector) -> None:
    world = connector.sandbox.world
    charge = world.charges.pay(2900, customer=None, metadata={"netsuite_block_integration": "true"})
    connector.settle()
    assert connector.inbox.stats().failed
    assert run(connector, "exclude", charge, "--because", "a test sale")[0] == 0
    run(connector, "events", "retry", "--failed")
    connector.finish()
    [stored] = [each for each in connector.inbox.list(event_type="charge.succeeded") if each.event.subject_id == charge]
    assert (stored.state, stored.reason) == (EventState.IGNORED, "excluded: a test sale")

    refund = world.refunds.refund(charge, 900)
    connector.settle()
    [stored] = [each for each in connector.inbox.list(event_type="refund.created") if each.event.subject_id == refund]
    assert isinstance(stored.failed, Failed)
    assert (stored.failed.kind, stored.failed.message) == (Kind.BLOCKED, f"{charge}, which it builds on, is excluded: a test sale")
    assert connector.sandbox.netsuite.records("customerPayment") == ()


def test_an_exclusion_is_taken_back(connector: Connector) -> None:
    charge = sale(connector)
    run(connector, "exclude", charge, "--because", "wrong customer")
    [done] = run(connector, "resync", charge)[1]
    assert done["results"][0]["outcome"] == {"state": "ignored", "because": "excluded: wrong customer"}
    run(connector, "exclude", charge, "--because", "it was right", "--lift")
    [done] = run(connector, "resync", charge)[1]
    assert done["results"][0]["outcome"]["state"] == "synced"


def test_wrong_use_is_refused_with_a_sentence(connector: Connector) -> None:
    assert run(connector, "relink", "ch_1", "customerPayment")[0] == 2
    assert run(connector, "relink", "ch_1", "customerPayment", "1", "--lift")[0] == 2
    assert run(connector, "exclude", "ch_1")[0] == 2
    assert run(connector, "exclude", "ch_1", "--because", " ")[1]["failed"]["message"] == "there is no reason"
    assert "no id of an object" in run(connector, "exclude", "sub_1", "--because", "x")[1]["failed"]["message"]
    assert run(connector, "drift", "ch_404")[1]["drift"][0]["failed"]["kind"] == "gone"


def balances(connector: Connector) -> dict[tuple[str, str], Decimal]:
    """What every account holds, but for those that hold nothing."""
    lines = connector.sandbox.netsuite.trial_balance()
    return {(line.account, line.currency): net for line in lines if (net := line.debit - line.credit)}


def undo(connector: Connector, stripe_id: str, *args: str) -> tuple[int, Any]:
    code, said = run(connector, "undo", stripe_id, "--because", "booked twice", *args)
    return code, said["result"]


def test_what_is_undone_leaves_the_books_as_they_were_and_is_never_written_again(connector: Connector) -> None:
    kept = sale(connector, 1500)
    before = balances(connector)
    charge = sale(connector)
    booked, writes = balances(connector), mutating(connector)

    code, dry = undo(connector, charge)
    assert (code, mutating(connector), balances(connector)) == (0, writes, booked)
    assert f"upsert  customerRefund {charge}-reversed  29.00 USD" in dry["plan"]
    code, said = undo(connector, charge, "--do", "--checksum", "0" * 64)
    assert (code, said["outcome"]["kind"], mutating(connector)) == (1, "refused", writes)

    code, said = undo(connector, charge, "--do", "--checksum", dry["plan_checksum"])
    assert (code, said["outcome"]) == (0, {"state": "synced", "writes": 1})
    assert balances(connector) == before
    assert connector.sandbox.netsuite.open_receivables() == tuple(
        each for each in connector.sandbox.netsuite.open_receivables() if each.external_id == kept
    ), "neither the payment nor what takes it back stays open"
    writes = mutating(connector)
    assert undo(connector, charge, "--do")[1]["outcome"] == {"state": "synced", "writes": 0}
    [done] = run(connector, "resync", charge)[1]
    assert done["results"][0]["outcome"] == {"state": "ignored", "because": "excluded: booked twice"}
    assert mutating(connector) == writes

    code, said = run(connector, "exclude", charge, "--because", "it was right", "--lift")
    assert (code, f"relink {charge} RECORD INTERNAL_ID" in said["failed"]["remedy"]) == (1, True)
    booked_by_hand = {each.external_id: each.id for each in connector.sandbox.netsuite.records("customerPayment")}[kept]
    assert run(connector, "relink", charge, "customerPayment", booked_by_hand)[0] == 0
    assert run(connector, "exclude", charge, "--because", "booked by hand", "--lift")[0] == 0
    assert run(connector, "relink", charge, "customerPayment", "--lift")[0] == 1
    assert run(connector, "resync", charge)[0] == 0
    assert (mutating(connector), balances(connector)) == (writes, before)
    assert "was found in NetSuite, not written" in undo(connector, charge, "--do")[1]["outcome"]["message"]


def test_an_invoice_is_undone_after_what_paid_it(connector: Connector) -> None:
    world, before = connector.sandbox.world, balances(connector)
    customer, price = (
        world.catalogue.customer("Ada Lovelace", "ada@example.com"),
        world.catalogue.price(world.catalogue.product("Plan"), 1999),
    )
    invoice = world.invoices.create(customer, [Line(price), Line(price, quantity=2)])
    world.invoices.finalize(invoice)
    charge = world.invoices.pay(invoice)
    connector.settle()
    writes = mutating(connector)
    code, said = undo(connector, invoice, "--do")
    assert (code, said["outcome"]["kind"]) == (1, "refused")
    assert f"customerPayment {charge} may settle it" in said["outcome"]["message"]
    assert mutating(connector) == writes
    assert run(connector, "plan", invoice)[1]["results"][0]["outcome"]["state"] == "synced", "what is refused is not excluded"

    assert undo(connector, charge, "--do")[1]["outcome"] == {"state": "synced", "writes": 2}, "unapplied, then refunded"
    [due] = connector.sandbox.netsuite.open_receivables()
    assert (due.type, due.external_id) == ("invoice", invoice)
    assert run(connector, "resync", invoice)[0] == 0
    assert undo(connector, invoice, "--do")[1]["outcome"] == {"state": "synced", "writes": 1}
    assert (balances(connector), connector.sandbox.netsuite.open_receivables()) == (before, ())
    writes = mutating(connector)
    for each in (invoice, charge):
        assert undo(connector, each, "--do")[1]["outcome"] == {"state": "synced", "writes": 0}
        run(connector, "resync", each)
    assert (mutating(connector), balances(connector)) == (writes, before)


def test_an_undoing_that_netsuite_stopped_half_way_is_ended_by_the_next_and_no_event_comes_between(connector: Connector) -> None:
    world, before = connector.sandbox.world, balances(connector)
    charge = sale(connector)
    connector.sandbox.netsuite_app.faults.script(Fault(Trouble.SCRIPT_REJECTS, text="no refunds today", record_type="customerRefund"))
    assert "no refunds today" in undo(connector, charge, "--do")[1]["outcome"]["message"]
    booked = balances(connector)
    world.charges.annotate(charge, {"told": "again"})
    connector.settle()
    [stored] = connector.inbox.list(event_type="charge.updated")
    assert (stored.state, balances(connector)) == (EventState.IGNORED, booked)
    connector.sandbox.netsuite_app.faults.clear()
    assert undo(connector, charge, "--do")[1]["outcome"] == {"state": "synced", "writes": 1}
    assert balances(connector) == before


def test_a_payout_that_netsuite_stopped_half_way_is_undone_by_the_next_and_its_payment_after_it(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, before = connector.sandbox.world, balances(connector)
    charges = [sale(connector, amount) for amount in (2900, 1500, 700)]
    world.advance_to(world.now + timedelta(days=8))
    payout = world.payouts.create()
    assert payout
    world.payouts.pay(payout)
    with monkeypatch.context() as small:
        small.setattr(payout_parts, "MOST_LINES", 3)
        connector.settle()
        parts = [each.external_id for each in connector.sandbox.netsuite.records("deposit")]
        assert parts == [payout, f"{payout}-2"], "three payments and the fee, dealt out to two Deposits"
        faults = connector.sandbox.netsuite_app.faults
        faults.script(Fault(Trouble.SCRIPT_REJECTS, text="not today", record_type="journalEntry", external_id=f"{payout}-reversed"))
        assert "not today" in undo(connector, payout, "--do")[1]["outcome"]["message"]
        assert len(connector.sandbox.netsuite.records("journalEntry")) == 1
        assert f"{payout} has paid {charges[0]} out" in undo(connector, charges[0], "--do")[1]["outcome"]["message"]
        faults.clear()
        assert undo(connector, payout, "--do")[0] == 0
    for charge in charges:
        assert undo(connector, charge, "--do")[0] == 0
    assert (balances(connector), connector.sandbox.netsuite.open_receivables()) == (before, ())


def test_a_charge_is_undone_after_its_refund_and_what_is_refunded_later_is_booked(connector: Connector) -> None:
    world, before = connector.sandbox.world, balances(connector)
    charge = sale(connector)
    first = world.refunds.refund(charge, 900)
    connector.settle()
    assert undo(connector, first, "--do")[1]["outcome"] == {"state": "synced", "writes": 2}, "a payment, which the refund pays out"
    second = world.refunds.refund(charge, 500)
    connector.settle()
    refunds = {each.external_id: Decimal(str(each.fields["total"])) for each in connector.sandbox.netsuite.records("customerRefund")}
    assert refunds == {first: Decimal(9), second: Decimal(5)}
    [later] = [each for each in connector.inbox.list(event_type="refund.created") if each.event.subject_id == second]
    assert later.state is EventState.SYNCED
    assert f"customerRefund {second} pays {charge} back" in undo(connector, charge, "--do")[1]["outcome"]["message"]
    for each in (second, charge):
        assert undo(connector, each, "--do")[0] == 0
    assert (balances(connector), connector.sandbox.netsuite.open_receivables()) == (before, ())


def test_what_cannot_be_undone_says_what_stands_in_the_way_and_changes_nothing(connector: Connector) -> None:
    world = connector.sandbox.world
    refunded, paid_out = sale(connector), sale(connector, 800)
    refund = world.refunds.refund(refunded, 900)
    connector.settle()
    world.advance_to(world.now + timedelta(days=8))
    payout = world.payouts.create()
    assert payout
    world.payouts.pay(payout)
    edited = sale(connector, 1500)
    [payment] = [each.id for each in connector.sandbox.netsuite.records("customerPayment") if each.external_id == edited]
    change(connector, "customerPayment", payment, account={"id": "101"})
    writes = mutating(connector)
    for stripe_id, says in {
        refunded: f"customerRefund {refund} pays {refunded} back",
        paid_out: f"{payout} has paid {paid_out} out",
        edited: "was changed in NetSuite",
        "sub_1": "`undo` does not know sub_1",
    }.items():
        code, said = undo(connector, stripe_id, "--do")
        assert (code, says in said["outcome"]["message"]) == (1, True), said["outcome"]
        assert said["outcome"]["remedy"]
    assert undo(connector, "cus_1", "--do")[1]["outcome"]["state"] == "ignored"
    assert mutating(connector) == writes
    assert run(connector, "undo", refunded, "--because", " ")[1]["result"]["outcome"]["message"] == "there is no reason"
    assert run(connector, "undo", refunded, "--because", "x", "--checksum", "1")[0] == 2
    assert run(connector, "resync", edited)[1][0]["results"][0]["outcome"]["state"] == "synced", "what is refused is not excluded"
