"""3.5: what becomes of an invoice: paid, paid elsewhere or in parts, given up, voided, edited; the customer's balance."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

NO_BAD_DEBT = 'accounts.bad_debt = ""'
OUT_OF_BAND = 'invoices.out_of_band = "130"'
KEEP_OPEN = 'invoices.uncollectible = "keep_open"'


def _given_up(s: Scene, *, then_paid: bool = False, part: int = 0) -> None:
    made = s.invoice(*s.three_lines())
    if part:
        s.world.invoices.pay_part(made, part)
    s.on(12)
    s.world.invoices.mark_uncollectible(made)
    if then_paid:
        s.synced()
        s.on(20)
        s.world.invoices.pay(made)


def _given_up_with_coupon_and_tax(s: Scene) -> None:
    made = s.invoice(*s.three_lines(), coupon=s.coupon(), tax_rate=s.rate())
    s.on(12)
    s.world.invoices.mark_uncollectible(made)


def _given_up_and_paid_out_of_band(s: Scene) -> None:
    _given_up(s)
    s.synced()
    s.on(20)
    s.world.invoices.pay_out_of_band("in_1")


def _rest_out_of_band(s: Scene) -> None:
    made = s.invoice()
    s.world.invoices.pay_part(made, 4_000)
    s.on(9)
    s.world.invoices.pay_out_of_band(made)


def _voided(s: Scene, balance: int = 0) -> None:
    if balance:
        s.world.balance.adjust(s.ada, -balance)
    made = s.invoice(*s.three_lines())
    s.synced()
    s.on(9)
    s.world.invoices.void(made)


def _in_parts(s: Scene) -> None:
    made = s.invoice()
    s.world.invoices.pay_part(made, 4_000)
    s.on(4)
    s.world.invoices.pay(made)


def _balance(s: Scene, amount: int) -> str:
    """Below zero is a credit of the customer's."""
    s.world.balance.adjust(s.ada, amount)
    return s.invoice()


def _edited(s: Scene) -> None:
    """Stripe lets the words of a final invoice be changed, and its due date."""
    made = s.invoice(days_until_due=30)
    s.synced()
    s.held(made)["due_date"] += 7 * 86_400
    s.world.invoices.describe(made, "A week longer, as agreed")


ROWS = (
    Row(
        "3.5",
        "invoice paid by several charges, in parts, or overpaid",
        "a CustomerPayment per charge, each applied with what it settles",
        (
            Case("invoice.payment_succeeded", "in_two_parts", _in_parts),
            Case("invoice_payment.paid", "the_first_of_two_parts", lambda s: s.world.invoices.pay_part(s.invoice(), 4_000)),
            Case("invoice.overpaid", "the_rest_stays_unapplied", lambda s: s.world.invoices.pay_part(s.invoice(), 12_000)),
        ),
    ),
    Row(
        "3.5",
        "invoice whose payment fails",
        "stays open",
        (Case("invoice.payment_failed", "stays_open", lambda s: s.world.invoices.fail_payment(s.invoice())),),
    ),
    Row(
        "3.5",
        "invoice paid out of band (`invoices.out_of_band`)",
        "stays open, or a CustomerPayment into the account named",
        (
            Case("invoice.paid", "out_of_band_stays_open", lambda s: (i := s.invoice(), s.on(9), s.world.invoices.pay_out_of_band(i))),
            Case(
                "invoice.paid",
                "out_of_band_into_the_account_named",
                lambda s: (i := s.invoice(), s.on(9), s.world.invoices.pay_out_of_band(i)),
                OUT_OF_BAND,
            ),
            Case("invoice.overpaid", "is_no_payment_out_of_band", lambda s: s.world.invoices.pay_part(s.invoice(), 12_000), OUT_OF_BAND),
            Case("invoice.paid", "out_of_band_after_a_part_by_card", _rest_out_of_band, OUT_OF_BAND),
            Case("invoice.paid", "out_of_band_after_it_was_given_up", _given_up_and_paid_out_of_band, OUT_OF_BAND),
        ),
    ),
    Row(
        "3.5, 5.9",
        "invoice, uncollectible (`invoices.uncollectible`)",
        "CreditMemo applied, that day, to bad debt where that account is set; else off its own items; or kept open",
        (
            Case("invoice.marked_uncollectible", "to_bad_debt", _given_up),
            Case("invoice.marked_uncollectible", "off_its_own_items", _given_up, NO_BAD_DEBT),
            Case("invoice.marked_uncollectible", "with_a_coupon_and_tax", _given_up_with_coupon_and_tax, NO_BAD_DEBT),
            Case("invoice.marked_uncollectible", "kept_open", _given_up, KEEP_OPEN),
            Case("invoice.marked_uncollectible", "after_a_part_was_paid", lambda s: _given_up(s, part=7_500)),
        ),
    ),
    Row(
        "3.5, 5.9",
        "invoice, uncollectible, then paid",
        "the debt is put back by a JournalEntry, which the CustomerPayment settles",
        (
            Case("invoice.paid", "after_it_went_to_bad_debt", lambda s: _given_up(s, then_paid=True)),
            Case("invoice.paid", "after_it_was_taken_off_its_items", lambda s: _given_up(s, then_paid=True), NO_BAD_DEBT),
            Case("charge.succeeded", "of_an_invoice_that_was_given_up", lambda s: _given_up(s, then_paid=True)),
        ),
    ),
    Row(
        "3.5, 5.10",
        "invoice, void",
        "CreditMemo of its lines applied, dated the voiding day",
        (
            Case("invoice.voided", "closed_by_a_credit_memo", _voided),
            Case("invoice.voided", "after_a_balance_was_used", lambda s: _voided(s, 3_000)),
        ),
    ),
    Row(
        "3.5, 5.8",
        "invoice that uses the customer's balance, or collects what he owed",
        "a CreditMemo of that part, applied; a line of the next invoice",
        (
            Case("invoice.finalized", "a_customer_balance_is_used", lambda s: _balance(s, -3_000)),
            Case("invoice.paid", "wholly_by_the_customer_balance", lambda s: _balance(s, -15_000)),
            Case("invoice.finalized", "a_debit_balance_is_a_line", lambda s: _balance(s, 2_500)),
            Case("invoice.finalized", "too_small_to_charge_waits_for_the_next", lambda s: (s.invoice(s.line(29, "Trifle")), s.invoice())),
        ),
    ),
    Row(
        "3.5",
        "invoice edited after it was booked",
        "what differs is brought into line; what NetSuite refuses is Failed",
        (Case("invoice.updated", "a_later_due_date_is_brought_into_line", _edited),),
    ),
)
