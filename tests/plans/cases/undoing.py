"""4.3: what a person undoes: records of today that oppose what was written, and settle it."""

from __future__ import annotations

from services.sandbox.stripe.credit_notes import Back, Credited
from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

CASH = 'charges.without_invoice = "cash_sale"'
DEPOSITS = 'charges.without_invoice = "customer_deposit"'
UNDO = "undo"


def _later(s: Scene, stripe_id: str) -> str:
    """Everything is booked; on the twentieth a person undoes it."""
    s.synced()
    s.on(20)
    return stripe_id


def _refunded(s: Scene, charge: str, amount: int | None = None) -> str:
    s.on(5)
    return _later(s, s.refund(charge, amount))


def _disputed(s: Scene, charge: str, *, won: bool = False) -> str:
    s.on(6)
    dispute = s.world.disputes.open(charge)
    if won:
        s.world.disputes.answer(dispute, "It was delivered.")
        s.on(12)
        s.world.disputes.close(dispute, won=True)
    return _later(s, dispute)


def _failed_refund(s: Scene) -> str:
    s.on(5)
    back = s.refund(s.paid())
    s.synced()
    s.on(9)
    s.world.refunds.fail(back)
    return _later(s, back)


def _note(s: Scene, back: Back | None = None) -> str:
    invoice = s.invoice(*s.three_lines(), tax_rate=s.rate())
    if back:
        s.world.invoices.pay(invoice)
    s.on(5)
    lines = [Credited(5_000, s.lines_of(invoice)[1])]
    note = s.world.credit_notes.create(invoice, lines, back, reason="order_change") if back else s.world.credit_notes.create(invoice, lines)
    return _later(s, note)


def _note_paid_out(s: Scene, *, refund_first: bool = False) -> str:
    note = _note(s, Back(refund=6_000))
    if refund_first:
        [back] = [each["id"] for each in s.world.account.listed("refund")]
        s.undo(back)
    return note


def _deposit_after_a_refund(s: Scene) -> str:
    charge = s.sale(customer=s.ada)
    s.undo(_refunded(s, charge, 900))
    return charge


def _left_by_its_payment(s: Scene) -> str:
    charge = s.paid(*s.three_lines())
    s.undo(_later(s, charge))
    return "in_1"


def _voided(s: Scene) -> str:
    invoice = s.invoice(s.line(2_000))
    s.on(5)
    s.world.invoices.void(invoice)
    return _later(s, invoice)


def _given_up_then_paid(s: Scene, *, paid: bool) -> str:
    invoice = s.invoice()
    s.on(5)
    s.world.invoices.mark_uncollectible(invoice)
    s.synced()
    if paid:
        s.on(9)
        s.undo(_later(s, s.world.invoices.pay(invoice)))
    return _later(s, invoice)


def _paid_out(s: Scene) -> str:
    """The payout of two sales, a refund and a dispute."""
    first = s.sale()
    s.refund(s.sale(1_500), 500)
    s.world.disputes.open(first)
    s.sale(9_000)
    s.on(5)
    s.synced()
    return _later(s, s.payout())


def _more_back_than_paid(s: Scene) -> str:
    """What is paid out on the eighth goes back on the ninth."""
    charge = s.sale()
    s.synced()
    s.payout()
    s.on(9)
    s.refund(charge)
    s.synced()
    return _later(s, s.payout(day=12))


def _by_hand(s: Scene) -> str:
    s.sale(9_000)
    s.on(6)
    made = s.world.payouts.request(5_000, instant=True)
    s.world.payouts.pay(made)
    return _later(s, made)


def _failed_payout(s: Scene) -> str:
    s.sale()
    s.synced()
    made = s.payout()
    s.synced()
    s.on(10)
    s.world.payouts.fail(made)
    return _later(s, made)


def _replaced(s: Scene) -> str:
    first = _failed_payout(s)
    s.sale(1_500)
    s.synced()
    s.payout(day=24)
    s.synced()
    return first


def _paid_out_then_undone(s: Scene, *, payout_first: bool) -> str:
    charge = s.sale()
    s.synced()
    made = _later(s, s.payout())
    if payout_first:
        s.undo(made)
    return charge


def _converted(s: Scene) -> str:
    s.world.exchange.settle_only("usd")
    s.sale(2_900, "eur")
    s.synced()
    return _later(s, s.payout())


def _undone_and_paid_out(s: Scene) -> None:
    s.sale(1_500)
    charge = s.sale()
    s.synced()
    s.undo(charge)
    s.payout()


def _excluded_and_paid_out(s: Scene) -> None:
    s.sale(1_500)
    s.exclude(s.sale())
    s.synced()
    s.payout()


ROWS = (
    Row(
        "4.3",
        "what a person undoes (`undo`)",
        "is opposed and settled by records of today, `…-reversed`, the reason in the memo, and excluded from then on; nothing is deleted. What something else builds on is refused",
        shown_by="`tests/stories/test_after_the_fact.py`; `tests/proof/test_undoing.py`",
    ),
    Row(
        "4.3",
        "… a charge",
        "its CustomerPayment lets go and is refunded by a CustomerRefund; a CashSale by a CashRefund, a CustomerDeposit by a CustomerRefund of it",
        (
            Case(UNDO, "a_sale", lambda s: _later(s, s.sale())),
            Case(UNDO, "a_charge_that_paid_an_invoice", lambda s: _later(s, s.paid())),
            Case(UNDO, "a_sale_with_a_one_line_invoice", lambda s: _later(s, s.sale()), 'charges.without_invoice = "invoice"'),
            Case(UNDO, "a_cash_sale", lambda s: _later(s, s.sale()), CASH),
            Case(UNDO, "a_customer_deposit_of_which_a_refund_was_undone", _deposit_after_a_refund, DEPOSITS),
        ),
    ),
    Row(
        "4.3",
        "… an invoice",
        "a CreditMemo of all its lines settles it; where it was voided, given up or paid by the balance, the Invoices that oppose those CreditMemos",
        (
            Case(UNDO, "an_invoice_after_its_payment", _left_by_its_payment),
            Case(UNDO, "a_voided_invoice", _voided),
            Case(UNDO, "an_invoice_that_was_given_up", lambda s: _given_up_then_paid(s, paid=False)),
            Case(UNDO, "an_invoice_that_was_given_up_then_paid", lambda s: _given_up_then_paid(s, paid=True)),
            Case(UNDO, "an_invoice_that_is_paid_is_refused", lambda s: (_later(s, s.paid()), "in_1")[1]),
        ),
    ),
    Row(
        "4.3",
        "… a refund, a dispute",
        "an Invoice of what was credited and a CustomerPayment of it; without a CreditMemo a CustomerPayment that the CustomerRefund pays out in place of what it had paid out; of a cash sale a CashSale, of a deposit a CustomerDeposit. What failed or was won and stands again has undone itself",
        (
            Case(UNDO, "a_refund_of_an_invoice", lambda s: _refunded(s, s.paid(*s.three_lines(), tax_rate=s.rate()))),
            Case(UNDO, "a_refund_of_a_sale", lambda s: _refunded(s, s.sale(), 900)),
            Case(UNDO, "a_refund_of_a_cash_sale", lambda s: _refunded(s, s.sale(), 900), CASH),
            Case(UNDO, "a_refund_of_a_customer_deposit", lambda s: _refunded(s, s.sale(customer=s.ada), 900), DEPOSITS),
            Case(UNDO, "a_refund_that_failed", _failed_refund),
            Case(UNDO, "a_dispute", lambda s: _disputed(s, s.paid())),
            Case(
                UNDO,
                "a_dispute_that_was_won_and_stands_again",
                lambda s: _disputed(s, s.sale(), won=True),
                'disputes.when_won = "reinstate"',
            ),
        ),
    ),
    Row(
        "4.3",
        "… a credit note",
        "an Invoice of its lines, which its CreditMemo settles in place of what it had settled; its refunds first",
        (
            Case(UNDO, "a_credit_note_on_an_open_invoice", _note),
            Case(UNDO, "a_credit_note_whose_refund_was_undone", lambda s: _note_paid_out(s, refund_first=True)),
            Case(UNDO, "a_credit_note_that_a_refund_pays_out_is_refused", _note_paid_out),
        ),
    ),
    Row(
        "4.3",
        "what a person undid, or excluded before it was booked, in the payout that has its money",
        "a suspense line each with his reason, which balances the Deposit until he books what it was; the payout waits for nothing",
        (
            Case("payout.paid", "a_payment_that_was_undone", _undone_and_paid_out),
            Case("payout.paid", "a_payment_that_was_excluded", _excluded_and_paid_out),
            Case("payout.paid", "a_payment_that_was_excluded_where_all_is_held", _excluded_and_paid_out, 'payouts.on_invalid = "hold"'),
        ),
    ),
    Row(
        "4.3",
        "… a payout",
        "a JournalEntry for each Deposit, with every line on its other side: out of the bank, fees back, what it held in Undeposited Funds, a line each. Its records stay deposited in NetSuite; they may be undone after it",
        (
            Case(UNDO, "a_payout", _paid_out),
            Case(UNDO, "a_payout_of_less_than_nothing", _more_back_than_paid),
            Case(UNDO, "a_payout_by_hand", _by_hand),
            Case(UNDO, "a_payout_that_failed", _failed_payout),
            Case(UNDO, "a_failed_payout_that_another_replaced_is_refused", _replaced),
            Case(UNDO, "a_charge_that_a_payout_took_is_refused", lambda s: _paid_out_then_undone(s, payout_first=False)),
            Case(UNDO, "a_charge_after_its_payout", lambda s: _paid_out_then_undone(s, payout_first=True)),
        ),
    ),
    Row(
        "4.3",
        "undo of a payout with payments of another currency, of a payment that settles NetSuite's own invoices, of a disputed customer deposit, of an entry that stands for a record of a closed period",
        "",
        (Case(UNDO, "a_payout_with_another_currency_is_refused", _converted),),
        not_built="refused; by hand in NetSuite, then `exclude`",
    ),
)
