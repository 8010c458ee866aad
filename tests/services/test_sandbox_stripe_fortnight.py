"""The merchant's fortnight holds what the demo and the stories need of it, and looks like Stripe all through."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.world import World
from tests.shared import needs_shared
from tests.stripe_schema import complaints


@pytest.fixture(scope="module")
def world() -> World:
    played = World()
    days = list(play_fortnight(played))
    assert days == [date(2026, 11, day) for day in range(2, 16)]
    return played


def test_it_is_a_few_hundred_events_of_a_few_dozen_customers(world: World) -> None:
    assert 250 <= len(world.events) <= 400
    assert len(world.account.listed("customer")) >= 24


@pytest.mark.parametrize(
    "event",
    [
        "charge.captured",
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.failed",
        "charge.refunded",
        "charge.succeeded",
        "charge.updated",
        "customer.created",
        "customer.updated",
        "invoice.payment_failed",
        "invoice.payment_succeeded",
        "invoice.updated",
        "payout.created",
        "payout.paid",
        "payout.updated",
        "price.created",
    ],
)
def test_it_contains(world: World, event: str) -> None:
    assert Counter(one["type"] for one in world.events)[event] > 0


def test_every_payout_is_positive_and_has_arrived_and_something_is_left_with_stripe(world: World) -> None:
    payouts = world.account.listed("payout")
    assert len(payouts) == 10
    assert all(payout["amount"] > 0 and payout["status"] == "paid" for payout in payouts)
    left = world.ledger.not_paid_out()["usd"]
    assert left["in_transit"] == 0
    assert left["balance"] > 0


def test_one_invoice_is_open_at_the_end_and_one_dispute_is_lost_and_one_undecided(world: World) -> None:
    assert Counter(invoice["status"] for invoice in world.account.listed("invoice")) == {"paid": 21, "open": 1}
    assert sorted(dispute["status"] for dispute in world.account.listed("dispute")) == ["lost", "needs_response"]


def test_what_a_payout_holds_was_told_before_it(world: World) -> None:
    told: set[str] = set()
    for event in world.events:
        told.add(str(event["data"]["object"].get("balance_transaction")))
        told.update(row["id"] for row in event["data"]["object"].get("balance_transactions", ()))
        if event["type"] == "payout.created":
            rows = world.account.listed("balance_transaction", "payout", event["data"]["object"]["id"])
            assert {row["id"] for row in rows if row["type"] != "stripe_fee"} <= told


def test_the_same_seed_plays_the_same_events(world: World) -> None:
    again = World()
    list(play_fortnight(again))
    assert again.events == world.events


@needs_shared
def test_every_object_and_every_event_looks_like_stripes(world: World) -> None:
    kept = [one for kind in KINDS for one in world.account.listed(kind)]
    assert [complaint for found in (*kept, *world.events) for complaint in complaints(found)] == []


@needs_shared
def test_the_check_itself_notices_a_missing_a_wrong_and_a_strange_field(world: World) -> None:
    charge = world.get(world.account.listed("charge")[0]["id"]) | {"amount": "1999", "strange": 1}
    del charge["status"]
    assert len(list(complaints(charge))) == 3


KINDS = (
    "account",
    "balance_transaction",
    "bank_account",
    "charge",
    "coupon",
    "customer",
    "discount",
    "dispute",
    "invoice",
    "invoice_payment",
    "line_item",
    "payment_intent",
    "payout",
    "price",
    "product",
    "refund",
    "subscription",
    "tax_rate",
)
