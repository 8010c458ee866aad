"""3.6: a Stripe credit note is a CreditMemo with the credit note's lines."""

from __future__ import annotations

from services.sandbox.stripe.credit_notes import Back, Credited
from tests.plans.golden import Case, Row
from tests.plans.scene import Scene


def _on_open(s: Scene) -> str:
    invoice = s.invoice(*s.three_lines(), tax_rate=s.rate())
    s.on(5)
    return s.world.credit_notes.create(invoice, [Credited(5_000, s.lines_of(invoice)[1])], reason="order_change")


def _goodwill(s: Scene) -> str:
    invoice = s.invoice(*s.three_lines(), coupon=s.coupon())
    s.on(5)
    return s.world.credit_notes.create(invoice, [Credited(5_000, s.lines_of(invoice)[1]), Credited(700, description="For the delay")])


def _on_paid(s: Scene, back: Back, amount: int = 3_000) -> str:
    invoice = s.invoice(*s.three_lines())
    s.world.invoices.pay(invoice)
    s.on(5)
    return s.world.credit_notes.create(invoice, [Credited(amount, s.lines_of(invoice)[0])], back, reason="product_unsatisfactory")


def _of_a_refund(s: Scene, *, synced: bool) -> None:
    invoice = s.invoice(*s.three_lines())
    refund = s.refund(s.world.invoices.pay(invoice), 3_000)
    if synced:
        s.synced()
    s.on(5)
    s.world.credit_notes.create(invoice, [Credited(3_000, s.lines_of(invoice)[0])], Back(existing=refund))


def _voided(s: Scene, *, synced: bool) -> None:
    note = _on_open(s)
    if synced:
        s.synced()
    s.on(9)
    s.world.credit_notes.void(note)


ROWS = (
    Row(
        "3.6",
        "credit note on an open invoice",
        "CreditMemo with its lines, applied",
        (
            Case("credit_note.created", "applied_to_the_open_invoice", _on_open),
            Case("credit_note.created", "of_discounted_lines_and_in_words_of_its_own", _goodwill),
        ),
    ),
    Row(
        "3.6, 5.6",
        "… with a refund, new or made before",
        "CreditMemo, paid out by the refund's CustomerRefund; a refund that brought its own CreditMemo gets the credit note's lines",
        (
            Case("credit_note.created", "paid_out_by_its_refund", lambda s: _on_paid(s, Back(refund=3_000))),
            Case("credit_note.created", "of_a_refund_that_was_not_booked_yet", lambda s: _of_a_refund(s, synced=False)),
            Case("credit_note.created", "of_a_refund_that_was_booked_with_its_own", lambda s: _of_a_refund(s, synced=True)),
        ),
    ),
    Row(
        "3.6",
        "… given out of band",
        "CreditMemo, unapplied",
        (Case("credit_note.created", "out_of_band_is_unapplied", lambda s: _on_paid(s, Back(out_of_band=3_000))),),
    ),
    Row(
        "3.6, 5.8",
        "… to the customer's balance",
        "comes when the balance is used",
        (
            Case("credit_note.created", "to_the_customer_balance", lambda s: _on_paid(s, Back(balance=3_000))),
            Case(
                "credit_note.created", "a_part_refunded_the_rest_to_the_balance", lambda s: _on_paid(s, Back(refund=1_000, balance=2_000))
            ),
        ),
    ),
    Row(
        "3.6",
        "… edited",
        "brought into line",
        (
            Case(
                "credit_note.updated",
                "a_memo_changes_nothing",
                lambda s: (n := _on_open(s), s.synced(), s.world.credit_notes.describe(n, "Sorry")),
            ),
        ),
    ),
    Row(
        "3.6, 5.7",
        "… voided",
        "after it was synced: reversed by a JournalEntry, which its CreditMemo settles; else nothing",
        (
            Case("credit_note.voided", "after_it_was_synced", lambda s: _voided(s, synced=True)),
            Case("credit_note.voided", "before_it_was_synced", lambda s: _voided(s, synced=False)),
        ),
    ),
)
