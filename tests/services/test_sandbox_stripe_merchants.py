"""Merchants made by numbers: valid for every seed, whole in their money, settled at the end, and telling apart by family."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.stripe.merchants import EVERY, Family, play_merchant
from services.sandbox.stripe.world import World
from tests.shared import needs_shared
from tests.stripe_schema import complaints

SEEDS = st.integers(0, 10_000)


def played(seed: int, families: frozenset[Family] = EVERY, size: str = "small") -> World:
    world = World(seed)
    for _ in play_merchant(world, seed, "large" if size == "large" else "small", families=families):
        pass  # the money is proven whole at the end of each day
    return world


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_at_the_end_nothing_is_on_its_way(seed: int) -> None:
    world = played(seed)
    listed = world.account.listed
    assert not [one["id"] for one in listed("charge") if one["status"] == "pending" or (one["captured"] and not one["balance_transaction"])]
    assert not [one["id"] for one in listed("refund") if one["status"] == "pending"]
    assert not [one["id"] for one in listed("payout") if one["status"] in ("pending", "in_transit")]
    assert not [one["id"] for one in listed("payout") if one["status"] == "paid" and one["reconciliation_status"] == "in_progress"]
    assert not [row["id"] for row in listed("balance_transaction") if row["status"] == "pending"]


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_what_an_automatic_merchant_can_pay_out_is_paid_out(seed: int) -> None:
    world = played(seed, EVERY - {Family.MANUAL_PAYOUTS, Family.FAILED_PAYOUTS})
    assert all(amounts["balance"] <= 0 for amounts in world.ledger.not_paid_out().values())


def test_the_same_seed_plays_the_same_and_another_one_something_else() -> None:
    once, again, other = (played(seed).events for seed in (7, 7, 8))
    assert once == again != other


@needs_shared
@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_every_object_and_event_looks_like_stripes(seed: int) -> None:
    world = played(seed)
    bodies = [event["data"]["object"] for event in world.events]
    kept = [world.get(body["id"]) for body in bodies if "id" in body]
    hidden = [one for kind in ("balance_transaction", "credit_note_line_item", "line_item") for one in world.account.listed(kind)]
    assert [complaint for found in (*bodies, *kept, *hidden) for complaint in complaints(found)] == []


def test_a_small_one_is_a_few_dozen_events_in_a_few_milliseconds() -> None:
    started = time.process_time()
    events = sorted(len(played(seed).events) for seed in range(100))
    assert (time.process_time() - started) / 100 < 0.03
    assert 40 <= events[50] <= 80
    assert events[90] <= 120


def test_a_large_one_is_most_of_a_thousand() -> None:
    assert len(played(1, size="large").events) > 500


SIGNS = {
    Family.AUTHORISATIONS: "charge.captured",
    Family.CARDS: "charge.succeeded",
    Family.CONNECT: "application_fee.created",
    Family.CREDIT_NOTES: "credit_note.created",
    Family.CUSTOMER_BALANCE: "customer.updated",
    Family.DELAYED: "charge.pending",
    Family.DELETED_CUSTOMERS: "customer.deleted",
    Family.DISPUTES: "charge.dispute.created",
    Family.FAILED_PAYOUTS: "payout.failed",
    Family.FAILED_REFUNDS: "refund.failed",
    Family.INVOICE_ENDS: "invoice.voided",
    Family.INVOICES: "invoice.paid",
    Family.LINES: "invoice.created",
    Family.REFUNDS: "charge.refunded",
    Family.SUBSCRIPTIONS: "customer.subscription.created",
}
ROWS = {
    Family.DEBTS: "adjustment",
    Family.FEES: "stripe_fee",
    Family.RESERVES: "reserve_hold",
    Family.UNKNOWN: "quantum_settlement",
}


@pytest.mark.parametrize("family", sorted(EVERY))
def test_each_family_can_be_played_alone(family: Family) -> None:
    worlds = [played(seed, frozenset((family,))) for seed in range(20)]
    told = Counter(event["type"] for world in worlds for event in world.events)
    assert SIGNS.get(family, "charge.succeeded") in told or family in ROWS
    if family in ROWS:
        assert ROWS[family] in {row["type"] for world in worlds for row in world.account.listed("balance_transaction")}


@pytest.mark.parametrize("family", sorted(SIGNS))
def test_a_family_that_is_off_does_not_happen(family: Family) -> None:
    if family in (Family.CARDS, Family.INVOICES, Family.REFUNDS, Family.CUSTOMER_BALANCE, Family.LINES):
        return  # others build on it, or use its event too
    told = {event["type"] for seed in range(10) for event in played(seed, EVERY - {family}).events}
    assert SIGNS[family] not in told


def test_a_hundred_small_ones_meet_every_flow() -> None:
    worlds = [played(seed) for seed in range(100)]
    told = {event["type"] for world in worlds for event in world.events}
    assert set(TOLD) <= told
    rows = {(row["type"], row["reporting_category"]) for world in worlds for row in world.account.listed("balance_transaction")}
    assert set(BOOKED) <= rows
    payouts = [payout for world in worlds for payout in world.account.listed("payout")]
    assert any(payout["amount"] < 0 for payout in payouts)
    assert any(not payout["automatic"] for payout in payouts)
    assert {"usd", "eur", "gbp", "jpy", "kwd"} <= {payout["currency"] for payout in payouts}


def test_things_happen_in_the_same_second_and_at_the_end_of_a_month() -> None:
    worlds = [played(seed) for seed in range(20)]
    charges = [Counter(one["created"] for one in world.account.listed("charge")) for world in worlds]
    assert any(count > 1 for made in charges for count in made.values())
    assert any(world.now.month in (12, 1) for world in worlds)


TOLD = [
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.expired",
    "charge.failed",
    "charge.pending",
    "charge.refund.updated",
    "charge.refunded",
    "charge.succeeded",
    "charge.updated",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
    "customer.deleted",
    "customer.updated",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.overpaid",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_succeeded",
    "invoice.updated",
    "invoice.voided",
    "invoice_payment.paid",
    "payout.canceled",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "payout.reconciliation_completed",
    "payout.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "topup.succeeded",
    "transfer.reversed",
    "application_fee.refunded",
]
BOOKED = [
    ("adjustment", "dispute"),
    ("adjustment", "dispute_reversal"),
    ("application_fee", "platform_earning"),
    ("charge", "charge"),
    ("payment", "charge"),
    ("payment_failure_refund", "charge_failure"),
    ("payout_cancel", "payout_reversal"),
    ("payout_failure", "payout_reversal"),
    ("quantum_settlement", "quantum_settlement"),
    ("refund", "partial_capture_reversal"),
    ("refund", "refund"),
    ("refund_failure", "refund_failure"),
    ("tax_fee", "tax"),
    ("topup", "topup"),
    ("transfer", "transfer"),
]
