"""3.7: what each row of a payout is: a member of the Deposit, or money to an account."""

from __future__ import annotations

from services.sandbox.stripe.pricing import Pricing
from tests.plans.cases.payouts import paid_out, sold
from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

HOLD = 'payouts.on_invalid = "hold"'


def _own_row(s: Scene, *named: str, amount: int = 500) -> None:
    sold(s)
    for name in named:
        s.world.own_rows.book(name, amount)
    s.payout()


def _disputed(s: Scene, *, won: bool | None = None) -> None:
    dispute = s.world.disputes.open(s.sale(2_900))
    s.sale(10_000)
    s.synced()
    if won is not None:
        s.world.disputes.close(dispute, won=won)
    s.payout()


def _refund_failed(s: Scene) -> None:
    refund = s.refund(s.sale(10_000, customer=s.ada), 2_500)
    s.synced()
    s.on(4)
    s.world.refunds.fail(refund)
    paid_out(s)


def _bounced(s: Scene, *, synced: bool) -> None:
    charge = s.debited()
    s.on(7)
    s.world.delayed.clear(charge)
    s.sale(10_000)
    if synced:
        s.synced()
    s.world.delayed.bounce(charge)
    paid_out(s, 10)


def _missing(s: Scene) -> None:
    """One of two sales has not been synced."""
    s.sale(10_000)
    s.synced()
    s.sale(2_900)
    s.payout()


def _deposited_by_hand(s: Scene) -> None:
    sold(s)
    (payment,) = s.netsuite.records("customerPayment")
    taken = {"items": [{"id": int(payment.id), "deposit": True}]}
    s.by_person("deposit", "100.00 USD of ch_1", account={"id": "101"}, tranDate="2026-11-05", payment=taken)
    s.payout()


def _replaced_later(s: Scene) -> None:
    _missing(s)
    s.deliver(s.last("payout.paid"))
    s.deliver(s.last("charge.succeeded"))


def _connect(s: Scene) -> None:
    sold(s)
    connect = s.world.connect
    connect.give_back(connect.earn(700), 200)
    connect.reverse(connect.transfer(3_000), 1_000)
    topup = connect.top_up(2_000)
    connect.topup_arrives(topup)
    s.payout()


def _priced(s: Scene, pricing: Pricing) -> None:
    s.world.charges.pricing = pricing
    sold(s)
    s.payout()


def _captured_in_part(s: Scene) -> None:
    s.world.charges.capture(s.world.charges.authorize(6_000), 4_500)
    paid_out(s)


ROWS = (
    Row(
        "3.7",
        "… its rows: charge, payment, refund, dispute",
        "members: the CustomerPayment, the CustomerRefund (negative)",
        (
            Case(
                "payout.paid",
                "an_invoices_payment_and_a_bank_debit",
                lambda s: (s.paid(), d := s.debited(), s.on(6), s.world.delayed.clear(d), paid_out(s, 8)),
            ),
            Case("payout.paid", "a_capture_in_part_is_one_member", _captured_in_part),
            Case("payout.paid", "a_dispute_and_its_fee", _disputed),
            Case("payout.paid", "a_dispute_that_was_won", lambda s: _disputed(s, won=True)),
        ),
    ),
    Row(
        "3.7, 5.11",
        "… what Stripe keeps: fees on rows, product fees, network costs, application fees, tax on fees",
        "cash back by account, one line per kind; given back: other deposits to the same account",
        (
            Case("payout.paid", "interchange_plus_and_tax_on_fees", lambda s: _priced(s, Pricing(interchange_plus=True, tax_percent=20))),
            Case("payout.paid", "a_platforms_application_fee", lambda s: _priced(s, Pricing(application="ca_1", application_per_mille=25))),
            Case("payout.paid", "product_fees", lambda s: _own_row(s, "radar fee", "billing fee", "tax product fee")),
            Case("payout.paid", "a_fee_given_back", lambda s: _own_row(s, "fee given back")),
            Case("payout.paid", "network_costs_as_a_row", lambda s: _own_row(s, "network cost", "tax on fees")),
        ),
    ),
    Row(
        "3.7, 5.11",
        "… adjustments, reserves, top-ups, transfers, Connect",
        "the account of that reporting category; one that is not mapped to suspense, with an alert",
        (
            Case("payout.paid", "an_adjustment", lambda s: _own_row(s, "adjustment")),
            Case(
                "payout.paid",
                "a_reserve_held_and_freed",
                lambda s: (s.world.own_rows.book("funds reserved", 900), _own_row(s, "funds given free")),
            ),
            Case("payout.paid", "a_platforms_fees_transfers_and_a_top_up", _connect),
            Case("payout.paid", "a_row_of_a_kind_nobody_mapped", lambda s: _own_row(s, "something new")),
        ),
    ),
    Row(
        "3.7, 5.3, 5.4",
        "… a payment or a refund that failed",
        "both its members; one that was never synced cancels out in suspense",
        (
            Case("payout.paid", "a_payment_that_failed_after_it_was_synced", lambda s: _bounced(s, synced=True)),
            Case("payout.paid", "a_payment_that_failed_before_it_was_synced", lambda s: _bounced(s, synced=False)),
            Case("payout.paid", "a_refund_that_failed", _refund_failed),
        ),
    ),
    Row(
        "3.7",
        "… rows whose records are missing (`payouts.on_invalid`)",
        "the good rows post, the others are a suspense line each until their record is there; or nothing posts",
        (
            Case("payout.paid", "a_missing_record_waits_in_suspense", _missing),
            Case("payout.paid", "what_was_missing_has_arrived", _replaced_later),
            Case("payout.paid", "a_missing_record_holds_all", _missing, HOLD),
            Case("payout.paid", "a_member_that_a_person_deposited_already", _deposited_by_hand),
        ),
    ),
)
