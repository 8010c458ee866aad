"""The wider fortnight holds one of each rarer flow, and all of it settles."""

from __future__ import annotations

from collections import Counter

import pytest

from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.world import World
from tests.shared import needs_shared
from tests.stripe_schema import complaints


@pytest.fixture(scope="module")
def world() -> World:
    played = World()
    assert len(list(play_fortnight(played, wide=True))) == 14
    return played


def test_it_is_about_half_a_thousand_events(world: World) -> None:
    assert 450 <= len(world.events) <= 600


@pytest.mark.parametrize(
    "row",
    [
        ("adjustment", "dispute_reversal"),
        ("payment", "charge"),
        ("payment_failure_refund", "charge_failure"),
        ("payout_failure", "payout_reversal"),
        ("refund", "partial_capture_reversal"),
        ("refund_failure", "refund_failure"),
        ("stripe_fee", "fee"),
        ("tax_fee", "tax"),
    ],
)
def test_a_payout_holds(world: World, row: tuple[str, str]) -> None:
    held = [one for payout in world.account.listed("payout") for one in world.account.listed("balance_transaction", "payout", payout["id"])]
    assert row in {(one["type"], one["reporting_category"]) for one in held}


@pytest.mark.parametrize(
    "event",
    ["credit_note.created", "invoice.marked_uncollectible", "invoice.overpaid", "invoice.voided", "payout.failed", "refund.failed"],
)
def test_it_tells(world: World, event: str) -> None:
    assert Counter(one["type"] for one in world.events)[event] > 0


def test_euro_are_exchanged_and_come_back_at_another_rate(world: World) -> None:
    rates = [row["exchange_rate"] for row in world.account.listed("balance_transaction") if row["exchange_rate"]]
    assert len(set(rates)) == len(rates) == 2


def test_one_payout_failed_and_every_other_has_arrived(world: World) -> None:
    payouts = world.account.listed("payout")
    assert Counter(payout["status"] for payout in payouts) == {"failed": 1, "paid": len(payouts) - 1}
    assert all(payout["amount"] > 0 for payout in payouts)
    left = world.ledger.not_paid_out()
    assert list(left) == ["usd"]
    assert left["usd"]["in_transit"] == 0


def test_the_plain_fortnight_is_a_part_of_it(world: World) -> None:
    plain = World()
    list(play_fortnight(plain))
    kinds = Counter(event["type"] for event in plain.events)
    kinds["balance.available"] = 0  # wider days have less time in between
    assert kinds <= Counter(event["type"] for event in world.events)


@needs_shared
def test_every_object_and_every_event_looks_like_stripes(world: World) -> None:
    bodies = [event["data"]["object"] for event in world.events]
    kept = [world.get(body["id"]) for body in bodies if "id" in body]
    assert [complaint for found in (*bodies, *kept) for complaint in complaints(found)] == []
