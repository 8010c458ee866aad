"""3.3: money goes back to the customer; now and then the bank sends it back to us."""

from __future__ import annotations

from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.refunds import AT_THE_BANK, NO_MONEY_YET
from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

PRO_RATA = 'refunds.partial = "pro_rata"'
NEW_YORK = 'ledger.time_zone = "America/New_York"'


def _of_credit_note(s: Scene) -> None:
    invoice = s.invoice(*s.three_lines())
    s.world.invoices.pay(invoice)
    s.on(5)
    s.world.credit_notes.create(invoice, [Credited(5_000, s.lines_of(invoice)[1])], Back(refund=5_000), reason="order_change")


def _taxed(s: Scene) -> None:
    charge = s.paid(tax_rate=s.rate())
    s.synced()
    s.on(5)
    s.refund(charge)


def _two(s: Scene) -> None:
    charge = s.paid(*s.three_lines())
    s.on(4)
    s.refund(charge, 4_000)
    s.on(5)
    s.refund(charge, 1_000, reason="duplicate")


def _let_go(s: Scene, to: str = "") -> None:
    """A person took the payment off its invoice, or put it onto another one of the same customer's."""
    charge = s.paid()
    other = s.invoice(s.line(10_000, "Onboarding")) if to else ""
    s.synced()
    bills = {each.external_id: each.id for each in s.netsuite.records("invoice")}
    lines = [{"doc": {"id": bills[other]}, "apply": True, "amount": 100}] if to else []
    s.edited("customerPayment", charge, f"moved to {other}" if to else "unapplied", apply={"items": lines})
    s.on(5)
    s.refund(charge)


def _credited_by_the_incumbent(s: Scene) -> None:
    """Whoever kept the books before booked the refund under its id, and its credit memo under a name of his own."""
    charge = s.paid()
    s.synced()
    [ada], [sold] = s.netsuite.records("customer"), s.netsuite.records("serviceSaleItem")
    lines = {"items": [{"item": {"id": sold.id}, "amount": 100}]}
    credit = s.by_person("creditMemo", "100.00 USD", entity={"id": ada.id}, tranDate="2026-11-05", item=lines)
    paid_out = {"items": [{"doc": {"id": credit}, "apply": True, "amount": 100}]}
    given = {"customer": {"id": ada.id}, "account": {"id": "110"}, "memo": "Stripe: re_1 requested by customer", "apply": paid_out}
    s.by_person("customerRefund", f"of creditMemo #{credit} externalId re_1", externalId="re_1", tranDate="2026-11-05", **given)
    s.on(5)
    s.refund(charge)


def _failed(s: Scene, charge: str, *, pending: str = "", synced: bool = False) -> None:
    s.on(5)
    made = s.refund(charge, 2_500, pending=pending or None)
    if synced:
        s.synced()
    s.on(9)
    s.world.refunds.fail(made)


def _more_than_was_charged(s: Scene) -> None:
    charge = s.sale()
    s.held(s.refund(charge, 2_900))["amount"] = 3_000


def _of_an_authorisation(s: Scene) -> None:
    """Stripe tells a cancelled authorisation as a refund that moved no money."""
    held = s.world.charges.authorize(9_000)
    s.world.charges.expire(held)
    s.world.account.emit("charge.refunded", s.held(held))


def _of_a_capture(s: Scene) -> None:
    held = s.world.charges.authorize(9_000)
    s.world.charges.capture(held, 6_000)
    s.on(5)
    s.refund(held, 1_000)


def _of_their_invoice(s: Scene, paid: int = 2_900, back: int = 2_900) -> None:
    charge = s.sale(paid, metadata={"netsuite_invoice_id": s.their_invoice("INV70", 29)})
    s.synced()
    s.on(5)
    s.refund(charge, back)


ROWS = (
    Row(
        "3.3, 5.10",
        "refund of a charge that paid an invoice",
        "CreditMemo of the invoice's lines, CustomerRefund of it, dated the refund's day; one that stands in NetSuite with another credit memo stays as it is",
        (
            Case(
                "charge.refunded", "the_whole_invoice", lambda s: (c := s.paid(*s.three_lines(), tax_rate=s.rate()), s.on(5), s.refund(c))
            ),
            Case("charge.refunded", "partial_of_an_invoice_with_one_line", lambda s: (c := s.paid(), s.on(5), s.refund(c, 2_500))),
            Case(
                "charge.refunded",
                "partial_of_an_invoice_with_three_lines",
                lambda s: (c := s.paid(*s.three_lines()), s.synced(), s.on(5), s.refund(c, 2_500)),
            ),
            Case(
                "charge.refunded",
                "partial_of_three_lines_pro_rata",
                lambda s: (c := s.paid(*s.three_lines()), s.on(5), s.refund(c, 3_333)),
                PRO_RATA,
            ),
            Case(
                "charge.refunded",
                "partial_pro_rata_with_coupon_and_tax",
                lambda s: (c := s.paid(*s.three_lines(), coupon=s.coupon(), tax_rate=s.rate()), s.on(5), s.refund(c, 5_000)),
                PRO_RATA,
            ),
            Case("charge.refunded", "a_second_partial_refund", _two),
            Case(
                "charge.refunded",
                "partial_of_one_line_and_its_tax",
                lambda s: (c := s.paid(tax_rate=s.rate()), s.on(5), s.refund(c, 2_500)),
            ),
            Case("charge.refunded", "the_whole_with_tax_that_is_ignored", _taxed, 'tax.policy = "ignore"'),
            Case("charge.refunded", "credited_by_the_incumbent_under_a_name_of_its_own", _credited_by_the_incumbent),
            Case("refund.created", "late_at_night_in_new_york", lambda s: (c := s.paid(), s.on(6, 2), s.refund(c)), NEW_YORK),
        ),
    ),
    Row(
        "3.3, 5.6",
        "… that belongs to a credit note",
        "CustomerRefund of that credit note's CreditMemo, with the credit note's lines",
        (Case("refund.created", "of_a_credit_note_pays_its_credit_memo_out", _of_credit_note),),
    ),
    Row(
        "3.3",
        "refund of a charge without an invoice",
        "CustomerRefund of the CustomerPayment; where that settles a one-line Invoice of its own, CreditMemo and CustomerRefund of it",
        (
            Case("charge.refunded", "a_sale_wholly", lambda s: (c := s.sale(), s.on(5), s.refund(c, reason="duplicate"))),
            Case("charge.refunded", "a_sale_in_part", lambda s: (c := s.sale(customer=s.ada), s.on(5), s.refund(c, 900))),
            Case(
                "charge.refunded",
                "a_sale_with_a_one_line_invoice",
                lambda s: (c := s.sale(), s.synced(), s.on(5), s.refund(c, 900)),
                'charges.without_invoice = "invoice"',
            ),
            Case("charge.refunded", "a_sale_of_which_a_part_was_captured", _of_a_capture),
        ),
    ),
    Row(
        "3.3",
        "refund of a payment that a person has moved",
        "as it stands in NetSuite now: unapplied, no CreditMemo; on another invoice, CreditMemo and CustomerRefund of it",
        (
            Case("charge.refunded", "of_a_payment_that_a_person_unapplied", _let_go),
            Case("charge.refunded", "of_a_payment_that_a_person_moved_to_another_invoice", lambda s: _let_go(s, "another")),
            Case("charge.refunded", "of_a_charge_that_settled_netsuites_own_invoice", _of_their_invoice),
            Case("charge.refunded", "within_what_netsuites_own_invoice_left_unapplied", lambda s: _of_their_invoice(s, 4_000, 1_000)),
        ),
    ),
    Row(
        "3.3",
        "refund that is pending, failed or cancelled before money moved",
        "waits; or nothing",
        (
            Case("refund.created", "pending_without_money_waits", lambda s: s.refund(s.sale(), 900, pending=NO_MONEY_YET)),
            Case("refund.created", "pending_at_the_bank_has_moved_money", lambda s: s.refund(s.sale(), 900, pending=AT_THE_BANK)),
            Case(
                "refund.updated",
                "a_pending_one_succeeds",
                lambda s: (r := s.refund(s.sale(), 900, pending=NO_MONEY_YET), s.on(9), s.world.refunds.succeed(r)),
            ),
            Case("refund.failed", "before_money_moved", lambda s: _failed(s, s.sale(), pending=NO_MONEY_YET)),
            Case(
                "refund.updated",
                "cancelled_by_the_merchant",
                lambda s: s.world.refunds.cancel(s.refund(s.sale(), 900, pending=NO_MONEY_YET)),
            ),
            Case("charge.refunded", "of_an_authorisation_that_was_released", _of_an_authorisation),
        ),
    ),
    Row(
        "3.3, 5.4",
        "refund that fails after it was synced",
        "undone by a JournalEntry (Dr Undeposited Funds, Cr A/R with the customer); its CreditMemo stays as a credit still owed",
        (
            Case("refund.failed", "after_it_was_synced", lambda s: _failed(s, s.sale(customer=s.ada), synced=True)),
            Case("refund.failed", "of_an_invoiced_charge_after_it_was_synced", lambda s: _failed(s, s.paid(), synced=True)),
            Case("refund.failed", "of_an_invoiced_charge_before_it_was_synced", lambda s: _failed(s, s.paid())),
        ),
    ),
    Row(
        "3.3",
        "refunds of more than was charged",
        "Failed with both figures; nothing is written",
        (Case("charge.refunded", "more_than_was_charged", _more_than_was_charged),),
    ),
    Row(
        "1",
        "refund whose bank reference arrives",
        "nothing new is written",
        (
            Case(
                "charge.refund.updated",
                "the_banks_reference_changes_nothing",
                lambda s: (r := s.refund(s.sale(), 900), s.synced(), s.world.refunds.reference_arrives(r)),
            ),
        ),
    ),
)
