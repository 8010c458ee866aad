"""What opposes refunds, disputes, credit notes and payouts that a person undoes: the records, which of them nobody may have changed, whose money moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.held import Held, HeldRecord
from core.outcome import CannotSync
from core.plan import Upsert, page, plan
from core.records import key
from core.rules import undoing_payouts
from core.rules.opposing import WayBack
from core.rules.payments import payment_ref
from core.rules.undoing import Undoing, way_back_of_charge
from core.rules.undoing_invoices import asks_of_undone_invoice, invoice_ref, way_back_of_invoice
from core.rules.undoing_payouts import asks_of_undone_payout, way_back_of_payout
from core.rules.undoing_reversals import asks_of_undone_credit_note, way_back_of_credit_note, way_back_of_dispute, way_back_of_refund
from core.snapshot import CreditNote, CreditNoteRefund, Payout
from tests.core.test_edges import BALANCE, BOOKED, GLOBAL, OPEN, OUT_OF_BAND, OUTSIDE, PAID_LATE, VOID, brief, held
from tests.given import at, charge, dispute, invoice, invoiced, line, moved, payout, refund, refunds, usd

BY = Undoing(at(20), "booked twice")
CASH = replace(GLOBAL, charges_without_invoice="cash_sale")
DEPOSITS = replace(GLOBAL, charges_without_invoice="customer_deposit")
AGAIN = replace(GLOBAL, disputes_when_won="reinstate")
OWN = replace(GLOBAL, charges_without_invoice="invoice")
BACK_AT_ONCE = refund("9.00", status="failed", failed_at=at(6))
BILL = invoice(line("100.00"), total="100.00", amount_due=usd("100.00"), amount_paid=usd("0.00"))
NOTE = CreditNote("cn_1", "issued", "usd", usd("30.00"), at(8), invoice=BILL, lines=(line("30.00"),), pre_payment=usd("30.00"))
PAYS_OUT = replace(NOTE, pre_payment=None, refunds=(CreditNoteRefund("re_1", usd("30.00")),))
SALE, SOLD = charge("29.00"), invoiced("100.00")
WON = dispute("29.00", SALE, status="won", reinstated_at=at(15))
OVER = "What was written for {} opposes itself already: there is nothing left to undo."


def told(way: WayBack) -> tuple[list[str], list[str], str]:
    """What is written, what must stand as it was written, whose money moves."""
    return brief(way.plan), [str(key(record)) for record in way.stands], way.moved


OWN_STANDS = Held({**held("invoice ch_1-invoice").records, payment_ref("ch_1"): HeldRecord("7", applied=(), remaining=usd("29.00"))})


def stands_with(left: str, *refs: str) -> Held:
    """The invoice in NetSuite with so much due, and what else stands there."""
    return Held({**held(*refs).records, invoice_ref("in_1"): HeldRecord("8", remaining=usd(left))})


WAYS = [
    pytest.param(
        lambda: way_back_of_refund(refunds(SALE, refund("9.00")), "re_1", GLOBAL, held(), BY),
        ["customerPayment re_1-reversed 9.00 USD on 2026-11-20", "customerRefund re_1 9.00 USD on 2026-11-05 -> customerPayment re_1-reversed 9.00 USD"],
        ["customerRefund re_1"],
        "re_1",
        id="a refund: a payment of today settles it",
    ),
    pytest.param(
        lambda: way_back_of_refund(refunds(SOLD, refund("40.00")), "re_1", GLOBAL, held(), BY),
        [
            "creditMemo re_1-memo 40.00 USD on 2026-11-05",
            "customerRefund re_1 40.00 USD on 2026-11-05 -> creditMemo re_1-memo 40.00 USD",
            "invoice re_1-memo-reversed 40.00 USD on 2026-11-20",
            "customerPayment re_1-reversed 40.00 USD on 2026-11-20 -> invoice re_1-memo-reversed 40.00 USD",
        ],
        ["creditMemo re_1-memo", "customerRefund re_1"],
        "re_1",
        id="of an invoiced charge: its credit is billed and paid again",
    ),
    pytest.param(
        lambda: way_back_of_refund(refunds(SOLD, BACK_AT_ONCE), "re_1", GLOBAL, held(), BY),
        ["invoice re_1-memo-reversed 9.00 USD on 2026-11-20", "creditMemo re_1-memo 9.00 USD on 2026-11-05 -> invoice re_1-memo-reversed 9.00 USD"],
        ["creditMemo re_1-memo"],
        "",
        id="one that failed: its credit is billed again",
    ),
    pytest.param(lambda: way_back_of_refund(refunds(SALE, BACK_AT_ONCE), "re_1", GLOBAL, held(), BY), [OVER.format("re_1")], [], "", id="one that failed without a credit: nothing"),
    pytest.param(lambda: way_back_of_refund(refunds(SALE, BACK_AT_ONCE), "re_1", CASH, held(), BY), [OVER.format("re_1")], [], "", id="nor of a cash sale"),
    pytest.param(lambda: way_back_of_refund(refunds(SALE, BACK_AT_ONCE), "re_1", DEPOSITS, held(), BY), [OVER.format("re_1")], [], "", id="nor of a deposit"),
    pytest.param(
        lambda: way_back_of_refund(refunds(SALE, refund("9.00")), "re_1", CASH, held(), BY),
        ["cashRefund re_1 9.00 USD on 2026-11-05", "cashSale re_1-reversed 9.00 USD on 2026-11-20"],
        ["cashRefund re_1"],
        "re_1",
        id="of a cash sale: it stands again",
    ),
    pytest.param(
        lambda: way_back_of_refund(refunds(SALE, refund("9.00")), "re_1", DEPOSITS, held(), BY),
        ["customerRefund re_1 9.00 USD on 2026-11-05", "customerDeposit re_1-reversed 9.00 USD on 2026-11-20"],
        ["customerRefund re_1"],
        "re_1",
        id="of a customer deposit: it is one again",
    ),
    pytest.param(
        lambda: way_back_of_dispute(WON, AGAIN, held(), BY),
        ["customerPayment dp_1-reinstated 29.00 USD on 2026-11-15", "customerRefund dp_1 29.00 USD on 2026-11-06 -> customerPayment dp_1-reinstated 29.00 USD"],
        ["customerRefund dp_1"],
        "dp_1",
        id="a dispute that was won: settled by what stands again",
    ),
    pytest.param(lambda: way_back_of_dispute(replace(WON, charge=SOLD, amount=usd("40.00")), AGAIN, held(), BY), [OVER.format("dp_1")], [], "", id="of an invoiced charge: nothing is left"),
    pytest.param(lambda: way_back_of_dispute(WON, replace(AGAIN, charges_without_invoice="cash_sale"), held(), BY), [OVER.format("dp_1")], [], "", id="nor of a cash sale that stands again"),
    pytest.param(lambda: way_back_of_dispute(WON, replace(AGAIN, charges_without_invoice="customer_deposit"), held(), BY), [OVER.format("dp_1")], [], "", id="nor of a deposit"),
    pytest.param(
        lambda: way_back_of_credit_note(NOTE, GLOBAL, held(), BY),
        ["invoice cn_1-reversed 30.00 USD on 2026-11-20", "creditMemo cn_1 30.00 USD on 2026-11-08 -> invoice cn_1-reversed 30.00 USD"],
        ["creditMemo cn_1"],
        "",
        id="a credit note: an invoice of today takes what it credited",
    ),
    pytest.param(lambda: way_back_of_credit_note(replace(NOTE, status="void"), GLOBAL, held("creditMemo cn_1"), BY), [OVER.format("cn_1")], [], "", id="a voided one: nothing"),
    pytest.param(
        lambda: way_back_of_credit_note(PAYS_OUT, GLOBAL, held("creditMemo re_1-memo", "customerRefund re_1"), BY),
        ["cn_1 has no credit memo of its own: what it credits is its refund's or its invoice's."],
        [],
        "",
        id="one whose refund brought its own",
    ),
    pytest.param(
        lambda: way_back_of_payout(payout("9.00", moved("9.00")), GLOBAL, held("customerPayment ch_1"), BY),
        ["deposit po_1 9.00 USD on 2026-11-09", "journalEntry po_1-reversed 9.00 USD on 2026-11-20"],
        ["deposit po_1"],
        "",
        id="a payout: every line on its other side",
    ),
    pytest.param(
        lambda: way_back_of_payout(payout("9.00", moved("9.00"), status="failed", failed_at=at(12)), GLOBAL, held("customerPayment ch_1", "deposit po_1"), BY),
        [
            "deposit po_1 9.00 USD on 2026-11-09",
            "journalEntry po_1-failed 9.00 USD on 2026-11-12",
            "journalEntry po_1-failed-reversed 9.00 USD on 2026-11-20",
            "journalEntry po_1-reversed 9.00 USD on 2026-11-20",
        ],
        ["deposit po_1", "journalEntry po_1-failed"],
        "po_1",
        id="one that failed: both, the last first",
    ),
    pytest.param(lambda: way_back_of_payout(payout("0.00"), GLOBAL, held(), BY), ["po_1 comes to nothing: there is nothing to undo."], [], "", id="of nothing"),
    pytest.param(
        lambda: way_back_of_invoice(OUT_OF_BAND, OUTSIDE, stands_with("0.00", "customerPayment in_1-out-of-band"), BY),
        [
            BOOKED,
            "customerPayment in_1-out-of-band 100.00 USD on 2026-11-15",
            "customerRefund in_1-out-of-band-reversed 100.00 USD on 2026-11-20 -> customerPayment in_1-out-of-band 100.00 USD",
            "creditMemo in_1-reversed 100.00 USD on 2026-11-20 -> invoice in_1 100.00 USD",
        ],
        ["invoice in_1", "customerPayment in_1-out-of-band"],
        "",
        id="an invoice paid out of band: that payment is refunded",
    ),
    pytest.param(
        lambda: way_back_of_invoice(VOID, GLOBAL, stands_with("0.00", "creditMemo in_1-void"), BY),
        [
            BOOKED,
            "creditMemo in_1-void 100.00 USD on 2026-11-09 -> invoice in_1 100.00 USD",
            "invoice in_1-void-reversed 100.00 USD on 2026-11-20",
            "creditMemo in_1-reversed 100.00 USD on 2026-11-20 -> invoice in_1-void-reversed 100.00 USD",
        ],
        ["invoice in_1", "creditMemo in_1-void"],
        "",
        id="a voided one: what voided it is billed again and settled",
    ),
    pytest.param(
        lambda: way_back_of_invoice(replace(OPEN, **BALANCE), GLOBAL, stands_with("75.00", "creditMemo in_1-balance"), BY),
        [
            BOOKED,
            "creditMemo in_1-balance 25.00 USD on 2026-11-02 -> invoice in_1 25.00 USD",
            "invoice in_1-balance-reversed 25.00 USD on 2026-11-20",
            "creditMemo in_1-reversed 100.00 USD on 2026-11-20 -> invoice in_1 75.00 USD -> invoice in_1-balance-reversed 25.00 USD",
        ],
        ["invoice in_1", "creditMemo in_1-balance"],
        "",
        id="one that used a balance: both parts",
    ),
    pytest.param(
        lambda: way_back_of_invoice(replace(VOID, **BALANCE), GLOBAL, stands_with("0.00", "creditMemo in_1-balance", "creditMemo in_1-void"), BY),
        [
            BOOKED,
            "creditMemo in_1-void 75.00 USD on 2026-11-09 -> invoice in_1 75.00 USD",
            "creditMemo in_1-balance 25.00 USD on 2026-11-02 -> invoice in_1 25.00 USD",
            "invoice in_1-void-reversed 75.00 USD on 2026-11-20",
            "invoice in_1-balance-reversed 25.00 USD on 2026-11-20",
            "creditMemo in_1-reversed 100.00 USD on 2026-11-20 -> invoice in_1-void-reversed 75.00 USD -> invoice in_1-balance-reversed 25.00 USD",
        ],
        ["invoice in_1", "creditMemo in_1-void", "creditMemo in_1-balance"],
        "",
        id="a voided one that used a balance",
    ),
    pytest.param(
        lambda: way_back_of_charge(refunds(SALE), (), OWN, OWN_STANDS, BY),
        [
            "customerPayment ch_1 29.00 USD on 2026-11-02",
            "customerRefund ch_1-reversed 29.00 USD on 2026-11-20 -> customerPayment ch_1 29.00 USD",
            "invoice ch_1-invoice 29.00 USD on 2026-11-02",
            "creditMemo ch_1-invoice-reversed 29.00 USD on 2026-11-20 -> invoice ch_1-invoice 29.00 USD",
        ],
        ["customerPayment ch_1", "invoice ch_1-invoice"],
        "ch_1",
        id="a sale with an invoice of its own: both",
    ),
    pytest.param(
        lambda: way_back_of_charge(refunds(SALE), (), CASH, held(), BY),
        ["cashSale ch_1 29.00 USD on 2026-11-02", "cashRefund ch_1-reversed 29.00 USD on 2026-11-20"],
        ["cashSale ch_1"],
        "ch_1",
        id="a cash sale",
    ),
    pytest.param(
        lambda: way_back_of_charge(refunds(SALE), (), DEPOSITS, held(), BY),
        ["customerDeposit ch_1 29.00 USD on 2026-11-02", "customerRefund ch_1-reversed 29.00 USD on 2026-11-20"],
        ["customerDeposit ch_1"],
        "ch_1",
        id="a customer deposit",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("way", "records", "stands", "whose"), WAYS)
def test_the_way_back(way: object, records: list[str], stands: list[str], whose: str) -> None:
    assert told(way()) == (records, stands, whose)  # type: ignore[operator]


BEFORE = Payout("po_0", "failed", usd("9.00"), payout("1.00").arrival_date, at(4), automatic=False, failed_at=at(6))
STOPS = [
    pytest.param(lambda: way_back_of_credit_note(PAYS_OUT, GLOBAL, held("customerRefund re_1"), BY), "customerRefund re_1 pays creditMemo cn_1 out", id="a credit note that is paid out"),
    pytest.param(lambda: way_back_of_payout(payout("9.00", status="paid", automatic=True, reconciliation_status="completed"), GLOBAL, held(), BY), "total differs", id="a payout whose rows do not add up"),
    pytest.param(lambda: way_back_of_payout(payout("9.00", status="failed"), GLOBAL, held("deposit po_1"), BY), "Stripe does not say any more what po_1 held", id="one whose rows are gone"),
    pytest.param(lambda: way_back_of_charge(refunds(SALE), ("dp_1",), DEPOSITS, held("customerRefund dp_1", "customerPayment dp_1-reinstated"), BY), "customerRefund dp_1 gave back the customer deposit of ch_1 once", id="a deposit that was given back once"),
    pytest.param(lambda: way_back_of_charge(refunds(replace(SALE, status="failed")), (), GLOBAL, held(), BY), "in a way that `undo` does not know", id="a payment that failed and was never taken back"),
]  # fmt: skip


@pytest.mark.parametrize(("way", "message"), STOPS)
def test_what_stands_in_the_way(way: object, message: str) -> None:
    with pytest.raises(CannotSync, match=message):
        way()  # type: ignore[operator]


@pytest.mark.parametrize(("most", "is_refused"), [(2, False), (1, True)])
def test_an_entry_has_no_more_lines_than_netsuite_takes(most: int, *, is_refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing_payouts, "MOST_LINES", most)
    of, stands = payout("9.00", moved("9.00")), held("customerPayment ch_1")
    if is_refused:
        with pytest.raises(CannotSync, match="journalEntry po_1 would have more than the 1 lines that NetSuite takes"):
            way_back_of_payout(of, GLOBAL, stands, BY)
    else:
        assert way_back_of_payout(of, GLOBAL, stands, BY).plan.acts


def test_it_is_said_whether_an_invoice_of_its_own_goes_too() -> None:
    said = "The payment is undone: it is unapplied, and refunded to where it came from"
    way = way_back_of_charge(refunds(SALE), (), OWN, OWN_STANDS, BY)
    assert way.plan.because == f"{said}; so is its own invoice."
    assert "doc invoice ch_1-invoice  amount 29.00 USD" in page(plan("as it stands", Upsert(way.stands[0]))), "which the payment settled"
    alone = Held({payment_ref("ch_1"): HeldRecord("7", applied=(), remaining=usd("29.00"))})
    assert way_back_of_charge(refunds(SALE), (), GLOBAL, alone, BY).plan.because == f"{said}."


def test_only_the_payouts_own_records_are_turned() -> None:
    of = payout("9.00", moved("9.00", category="payout_reversal", source="po_0"), replaces=(BEFORE,))
    assert told(way_back_of_payout(of, GLOBAL, Held(), BY))[1] == ["deposit po_1"]


def test_what_is_asked_before_they_are_undone() -> None:
    asks = [f"{ask.ref}{' remembered' if ask.remembered else ''}" for ask in asks_of_undone_payout(payout("9.00"), GLOBAL)]
    assert asks == ["deposit po_1 remembered"]
    found = {str(ask.ref): ask.remembered for ask in asks_of_undone_credit_note(PAYS_OUT, GLOBAL)}
    assert {ref for ref, remembered in found.items() if not remembered} == {"creditMemo cn_1", "creditMemo re_1-memo"}
    assert {"customerRefund re_1", "cashRefund re_1", "customerPayment re_1-reversed", "journalEntry re_1-failed"} <= set(found)


def test_what_an_invoice_asks_when_it_is_booked_is_asked_again() -> None:
    assert [str(ask.ref) for ask in asks_of_undone_invoice(PAID_LATE, GLOBAL) if ask.read] == [
        "creditMemo in_1-uncollectible",
        "invoice in_1",
    ]
    found = [(str(ask.ref), ask.remembered) for ask in asks_of_undone_invoice(replace(VOID, **BALANCE), GLOBAL)]
    assert ("creditMemo in_1-balance", False) in found


def test_of_a_balance_that_was_never_credited_nothing_is_billed_again() -> None:
    voided = replace(VOID, **BALANCE)
    way = way_back_of_invoice(voided, GLOBAL, stands_with("0.00", "creditMemo in_1-void"), BY)
    assert told(way)[1] == ["invoice in_1", "creditMemo in_1-void"]


def test_an_invoice_of_nothing_leaves_nothing_and_one_skipped_too() -> None:
    for of, settings in ((invoice(line("0.00"), total="0.00"), GLOBAL), (invoice(line("0.00"), total="0.00", status="draft"), OWN)):
        assert told(way_back_of_invoice(of, settings, Held(), BY)) == (["invoice in_1 comes to nothing: there is nothing to undo."], [], "")
