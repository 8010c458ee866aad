"""What opposes a payment or an invoice that a person undoes, as a page; and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from textwrap import dedent

import pytest

from core.external_ids import credit_memo_id, failed_id, void_id
from core.held import Asked, Held, HeldApply, HeldRecord
from core.outcome import CannotSync, Kind
from core.plan import page
from core.records import External, Internal, RecordType, TaxDetail
from core.records import Invoice as NetSuiteInvoice
from core.rules.opposing import Opposing, opposed_by
from core.rules.payments import payment_ref
from core.rules.undoing import Undoing, asks_of_undone_charge, way_back_of_charge
from core.rules.undoing_invoices import asks_of_undone_invoice, invoice_ref, way_back_of_invoice
from core.snapshot import Invoice, InvoicePayment, Refunds
from tests.given import SETTINGS, at, charge, invoice, invoiced, line, refund, refunds, tax, usd

BY = Undoing(at(20), "booked twice")
PAID = refunds(invoiced("100.00"))
PAYMENT = HeldRecord("7", applied=(HeldApply(Internal("8"), usd("100.00")),), remaining=usd("0.00"))
BILL = invoice(line("100.00", taxes=(tax("20.00"),)), total="120.00", payments=(InvoicePayment("paid", usd("120.00"), charge("120.00")),))


def held() -> Held:
    return Held({payment_ref("ch_1"): PAYMENT, invoice_ref("in_1"): HeldRecord("8", remaining=usd("120.00"))})


def also(*refs: External) -> Held:
    return Held({**held().records, **{ref: HeldRecord("9") for ref in refs}})


def test_a_payment_is_unapplied_and_refunded_to_where_it_waits() -> None:
    assert page(way_back_of_charge(PAID, (), SETTINGS, held(), BY).plan).partition("upsert  ")[2] == dedent(
        """\
        customerPayment ch_1  100.00 USD
          customer         customer cus_1
          tran_date        2026-11-02
          currency         usd
          payment          100.00 USD
          account          #110
          memo             Stripe: ch_1
        upsert  customerRefund ch_1-reversed  100.00 USD
          customer         customer cus_1
          tran_date        2026-11-20
          currency         usd
          account          #110
          apply            doc customerPayment ch_1  amount 100.00 USD
          memo             Stripe: ch_1 undone: booked twice
        """
    )


def test_an_invoice_is_credited_line_by_line_with_its_taxes() -> None:
    made, credit = (command.record for command in way_back_of_invoice(BILL, SETTINGS, held(), BY).plan.writes[-2:])
    assert (made.type, credit.type, credit.external_id) == (RecordType.INVOICE, RecordType.CREDIT_MEMO, "in_1-reversed")
    assert made.item == credit.item  # type: ignore[union-attr]
    assert (made.total, [each.amount for each in credit.apply]) == (usd("120.00"), [usd("120.00")])  # type: ignore[union-attr]
    assert credit.tran_date == at(20).date()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("of", "stands", "message"),
    [
        pytest.param(refunds(charge("100.00", status="pending")), held(), "in a way that `undo` does not know", id="a pending charge"),
        pytest.param(
            refunds(replace(PAID.charge, invoices=(), metadata={"netsuite_invoice_id": "9"})),
            held(),
            "in a way that",
            id="of NetSuite's own invoice",
        ),
        pytest.param(PAID, also(External(RecordType.CUSTOMER_REFUND, "dp_1")), "customerRefund dp_1 pays ch_1 back", id="disputed"),
        pytest.param(
            refunds(PAID.charge, refund("10.00")),
            also(External(RecordType.CUSTOMER_REFUND, "re_1"), External(RecordType.CREDIT_MEMO, credit_memo_id("re_1"))),
            "customerRefund re_1 pays ch_1 back",
            id="refunded",
        ),
        pytest.param(PAID, Held(), "a part of customerPayment ch_1 was given back", id="deleted in NetSuite"),
        pytest.param(
            PAID,
            Held({payment_ref("ch_1"): replace(PAYMENT, applied=())}),
            "a part of customerPayment ch_1 was given back",
            id="given back in NetSuite",
        ),
        pytest.param(
            PAID,
            Held({payment_ref("ch_1"): replace(PAYMENT, remaining=None)}),
            "a part of customerPayment ch_1 was given back",
            id="NetSuite does not say what is left of it",
        ),
    ],
)
def test_a_payment_that_something_builds_on_is_not_undone(of: Refunds, stands: Held, message: str) -> None:
    with pytest.raises(CannotSync, match=message) as stopped:
        way_back_of_charge(of, ("dp_1",), SETTINGS, stands, BY)
    assert stopped.value.failed.kind is Kind.REFUSED
    assert stopped.value.failed.remedy


@pytest.mark.parametrize(
    ("of", "stands", "message"),
    [
        pytest.param(
            BILL,
            Held({payment_ref("ch_1"): PAYMENT, invoice_ref("in_1"): HeldRecord("8", remaining=usd("20.00"))}),
            "not open with all of 120.00 USD: customerPayment ch_1 may settle it",
            id="paid",
        ),
        pytest.param(
            replace(BILL, status="void", payments=(), voided_at=at(9)),
            Held(
                {invoice_ref("in_1"): HeldRecord("8", remaining=usd("20.00")), External(RecordType.CREDIT_MEMO, void_id("in_1")): PAYMENT}
            ),
            "not open with all of 0.00 USD: creditMemo in_1-void may settle it",
            id="voided, and something took that off",
        ),
        pytest.param(
            BILL, Held({invoice_ref("in_1"): HeldRecord("8", remaining=usd("119.00"))}), "a record of NetSuite's own", id="by a person"
        ),
        pytest.param(BILL, Held({invoice_ref("in_1"): HeldRecord("8")}), "a record of NetSuite's own may settle it", id="nobody knows"),
        pytest.param(BILL, Held(), "a record of NetSuite's own may settle it", id="deleted in NetSuite"),
    ],
)
def test_an_invoice_that_something_settles_is_not_undone(of: Invoice, stands: Held, message: str) -> None:
    with pytest.raises(CannotSync, match=message) as stopped:
        way_back_of_invoice(of, SETTINGS, stands, BY)
    assert stopped.value.failed.kind is Kind.REFUSED
    assert stopped.value.failed.remedy


def test_what_was_undone_gives_the_same_plan_again() -> None:
    """The payment is used up by its refund then, the invoice settled by its credit memo."""
    done: dict[Asked, HeldRecord] = {
        payment_ref("ch_1"): replace(PAYMENT, applied=()),
        invoice_ref("in_1"): HeldRecord("8", remaining=usd("0.00")),
    }
    after = Held({**done, opposed_by(payment_ref("ch_1")): HeldRecord("10"), opposed_by(invoice_ref("in_1")): HeldRecord("11")})
    assert way_back_of_charge(PAID, (), SETTINGS, after, BY) == way_back_of_charge(PAID, (), SETTINGS, held(), BY)
    assert way_back_of_invoice(BILL, SETTINGS, after, BY) == way_back_of_invoice(BILL, SETTINGS, held(), BY)


def test_a_payment_that_settles_nothing_is_undone_whole() -> None:
    waits = Held({payment_ref("ch_1"): replace(PAYMENT, applied=None, remaining=usd("100.00"))})
    assert way_back_of_charge(PAID, (), SETTINGS, waits, BY) == way_back_of_charge(PAID, (), SETTINGS, held(), BY)


def test_a_payment_that_failed_once_and_succeeded_is_undone() -> None:
    assert way_back_of_charge(PAID, (), SETTINGS, also(External(RecordType.CUSTOMER_REFUND, failed_id("ch_1"))), BY).plan.acts


def test_an_invoice_of_which_one_line_is_free_is_undone() -> None:
    some = replace(BILL, lines=(line("0.00"), *BILL.lines))
    assert way_back_of_invoice(some, SETTINGS, held(), BY).plan.acts


def test_what_undid_itself_leaves_nothing_to_undo() -> None:
    failed = replace(PAID.charge, status="failed", balance_transaction=None)
    stands = also(External(RecordType.CUSTOMER_REFUND, failed_id("ch_1")))
    assert "failed and was taken back" in way_back_of_charge(refunds(failed), (), SETTINGS, stands, BY).plan.because
    trials = replace(SETTINGS, invoices_zero="sync")
    assert "comes to nothing" in way_back_of_invoice(invoice(line("0.00"), total="0.00"), trials, held(), BY).plan.because


@pytest.mark.parametrize("again", ["customerPayment re_1-reversed", "journalEntry re_1-failed", "customerPayment re_1-reinstated"])
def test_money_that_came_back_stands_in_nobodys_way(again: str) -> None:
    kind, external = again.split()
    stands = also(External(RecordType.CUSTOMER_REFUND, "re_1"), External(RecordType(kind), external))
    assert way_back_of_charge(refunds(PAID.charge, refund("10.00")), (), SETTINGS, stands, BY).plan.acts


def test_all_that_may_stand_in_the_way_is_asked_about() -> None:
    came_back = {f"{kind} re_1-{how}" for kind in ("customerPayment", "cashSale", "customerDeposit") for how in ("reversed", "reinstated")}
    asks = [*asks_of_undone_charge(refunds(PAID.charge, refund("10.00")), ("dp_1",))]
    assert {str(ask.ref) for ask in asks if not ask.remembered} == {"customerPayment ch_1", "customerRefund ch_1-reversed"}
    assert [str(ask.ref) for ask in asks if ask.read] == ["customerPayment ch_1"]
    asked = {str(ask.ref) for ask in asks}
    assert {ref for ref in asked if "dp_1" in ref} == {ref.replace("re_1", "dp_1") for ref in asked if "re_1" in ref}
    assert {ref for ref in asked if "dp_1" not in ref} == came_back | {
        "customerPayment ch_1",
        "customerRefund ch_1-reversed",
        "cashSale ch_1",
        "customerDeposit ch_1",
        "customerRefund ch_1-failed",
        "cashRefund ch_1-failed",
        "invoice ch_1-invoice",
        "customerRefund re_1",
        "cashRefund re_1",
        "journalEntry re_1-failed",
        "customerDeposit re_1-failed",
    }
    assert {str(ask.ref) for ask in asks_of_undone_invoice(BILL, SETTINGS) if not ask.remembered} == {
        "invoice in_1",
        "creditMemo in_1-reversed",
    }
    assert [str(ask.ref) for ask in asks_of_undone_invoice(BILL, SETTINGS) if ask.read] == ["invoice in_1"]
    assert {str(ask.ref) for ask in asks_of_undone_invoice(BILL, SETTINGS)} == {
        "invoice in_1",
        "creditMemo in_1-reversed",
        "customerPayment ch_1",
        "customerPayment in_1-out-of-band",
        "creditMemo in_1-void",
        "creditMemo in_1-uncollectible",
        "creditMemo in_1-balance",
    }


def test_what_opposes_bears_the_tax_details_of_what_it_opposes() -> None:
    taxes = (TaxDetail("1", Internal("12"), usd("100.00"), Decimal(20), usd("20.00")),)
    made = way_back_of_invoice(BILL, SETTINGS, held(), BY).stands[0]
    assert isinstance(made, NetSuiteInvoice)
    taxed = replace(made, tax_details=taxes, tax_details_override=True)
    credit = Opposing(at(20).date(), "x").credited(taxed, ())
    again = Opposing(at(20).date(), "x").billed_again(credit)
    assert [(each.tax_details, each.tax_details_override) for each in (credit, again)] == [(taxes, True)] * 2
    assert (credit.account, again.account, credit.item, again.item) == (taxed.account, taxed.account, taxed.item, taxed.item)
