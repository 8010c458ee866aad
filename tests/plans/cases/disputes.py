"""3.4: a dispute that took money sends it back once; an inquiry moves nothing."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

REINSTATE = 'disputes.when_won = "reinstate"\n'
ONCE = "one CreditMemo and CustomerRefund a dispute, whichever of its events comes"


def _disputed(s: Scene, charge: str, amount: int | None = None) -> str:
    s.synced()
    s.on(6)
    return s.world.disputes.open(charge, amount)


def _closed(s: Scene, *, won: bool) -> str:
    dispute = _disputed(s, s.paid())
    s.synced()
    s.world.disputes.answer(dispute, "It was delivered.")
    s.on(20)
    s.world.disputes.close(dispute, won=won)
    return dispute


def _won(s: Scene, charge: str, amount: int | None = None) -> str:
    dispute = _disputed(s, charge, amount)
    s.world.disputes.answer(dispute, "It was delivered.")
    s.synced()
    s.on(20)
    s.world.disputes.close(dispute, won=True)
    return dispute


def _won_and_paid_out(s: Scene) -> str:
    s.sale(9_000, customer=s.ada)
    _won(s, s.paid())
    s.on(25)
    s.synced()
    return s.payout(day=25)


def _inquiry(s: Scene) -> str:
    return s.world.disputes.inquire(s.sale())


def _linked(s: Scene) -> None:
    charge = s.sale(customer=s.ada)
    s.synced()
    (payment,) = s.netsuite.records("customerPayment")
    applied = {"items": [{"doc": {"id": payment.id}, "apply": True, "amount": 29}]}
    given = {"customer": payment.fields["customer"], "account": {"id": "110"}, "apply": applied, "tranDate": "2026-11-06"}
    theirs = s.by_person("customerRefund", "29.00 USD of ch_1", **given, currency={"id": "1"})
    s.held(s.world.disputes.open(charge))["metadata"]["netsuite_customer_refund_id"] = theirs


ROWS = (
    Row(
        "3.4, 5.10",
        "dispute",
        "as a refund, for the disputed amount, dated the dispute's day; a part of several lines is `Stripe Dispute Item`",
        (
            Case("charge.dispute.created", "of_a_sale_without_an_invoice", lambda s: _disputed(s, s.sale())),
            Case("charge.dispute.created", "of_a_whole_invoice", lambda s: _disputed(s, s.paid(*s.three_lines()))),
            Case("charge.dispute.created", "of_a_part_of_an_invoice_with_one_line", lambda s: _disputed(s, s.paid(), 4_000)),
            Case("charge.dispute.created", "of_a_part_of_several_lines", lambda s: _disputed(s, s.paid(*s.three_lines()), 4_000)),
            Case("charge.dispute.created", "of_what_a_partial_refund_left", lambda s: (c := s.paid(), s.refund(c, 2_500), _disputed(s, c))),
            Case(
                "charge.dispute.created",
                "of_a_sale_with_a_one_line_invoice",
                lambda s: _disputed(s, s.sale()),
                'charges.without_invoice = "invoice"',
            ),
            Case("charge.dispute.created", "that_a_person_booked", _linked),
            Case("charge.dispute.funds_withdrawn", "after_created_writes_nothing", lambda s: (_disputed(s, s.paid()), s.synced())),
        ),
    ),
    Row(
        "3.4",
        "… an inquiry; one that becomes a dispute",
        "nothing; then as a dispute",
        (
            Case("charge.dispute.created", "an_inquiry_is_nothing", _inquiry),
            Case(
                "charge.dispute.updated",
                "an_inquiry_that_is_escalated",
                lambda s: (d := _inquiry(s), s.on(9), s.world.disputes.escalate(d)),
            ),
        ),
    ),
    Row(
        "3.4",
        "… answered, lost or won",
        "nothing more; money won is a line of the payout that brings it",
        (
            Case(
                "charge.dispute.updated",
                "answered_writes_nothing",
                lambda s: (d := _disputed(s, s.paid()), s.synced(), s.world.disputes.answer(d, "Delivered.")),
            ),
            Case("charge.dispute.closed", "lost_is_nothing_more", lambda s: _closed(s, won=False)),
            Case("charge.dispute.funds_reinstated", "won_is_a_line_of_the_next_payout", lambda s: _closed(s, won=True)),
        ),
    ),
    Row(
        "3.4",
        "… won, where the sale is to stand again (`disputes.when_won = reinstate`)",
        "a new Invoice of what was credited and a CustomerPayment of it; without an invoice the payment, cash sale or deposit; a member of the payout",
        (
            Case("charge.dispute.funds_reinstated", "won_and_billed_and_paid_again", lambda s: _won(s, s.paid()), REINSTATE),
            Case("charge.dispute.closed", "won_of_a_sale_without_an_invoice", lambda s: _won(s, s.sale(customer=s.ada)), REINSTATE),
            Case("charge.dispute.closed", "won_in_part_of_several_lines", lambda s: _won(s, s.paid(*s.three_lines()), 4_000), REINSTATE),
            Case(
                "charge.dispute.funds_reinstated",
                "won_of_a_cash_sale",
                lambda s: _won(s, s.sale(customer=s.ada)),
                REINSTATE + 'charges.without_invoice = "cash_sale"\n',
            ),
            Case(
                "charge.dispute.funds_reinstated",
                "won_of_a_customer_deposit",
                lambda s: _won(s, s.sale(customer=s.ada)),
                REINSTATE + 'charges.without_invoice = "customer_deposit"\n',
            ),
            Case("payout.paid", "of_a_dispute_that_was_won_and_stands_again", _won_and_paid_out, REINSTATE),
        ),
    ),
)
