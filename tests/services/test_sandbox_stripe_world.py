"""The sandbox's Stripe account: what each operation tells the world, and that no operation makes or loses money."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.invoice_sums import discounted, shared_out
from services.sandbox.stripe.invoices import Line
from services.sandbox.stripe.shapes.ledger import rounded
from services.sandbox.stripe.world import World
from tests.shared import needs_shared
from tests.stripe_schema import complaints

DAY = timedelta(days=1)


def fee_of(charge: dict[str, Any]) -> int:
    """By Stripe's list prices: 2.9 % and 30 for a card, 0.8 % up to 500 for a bank debit."""
    if charge["payment_method_details"]["type"] == "card":
        return rounded(charge["amount"] * Decimal("0.029")) + 30
    return min(rounded(charge["amount"] * Decimal("0.008")), 500)


class Play:
    """A world played by numbers: each operation picks its subject among those there are."""

    def __init__(self) -> None:
        self.world = World()
        catalogue = self.world.catalogue
        self.customer = catalogue.customer("Ada Able", "ada@example.com")
        self.price = catalogue.price(catalogue.product("Pro"), 1999)
        self.weekly = catalogue.price(catalogue.product("Weekly"), 29, interval="week")
        self.coupon = catalogue.coupon("Some", percent_off=Decimal("33.3"))
        self.rates = (catalogue.tax_rate("Tax", Decimal("8.25")), catalogue.tax_rate("VAT", Decimal(20), inclusive=True))
        self.booked = 0

    def one(self, kind: str, number: int) -> str:
        found = self.world.account.listed(kind)
        return str(found[number % len(found)]["id"]) if found else "none"

    def bill(self, number: int) -> None:
        coupon = self.coupon if number % 2 else None
        lines = [Line(self.price, 1 + number % 3), Line(self.weekly, 1 + number % 7)]
        invoice = self.world.invoices.create(self.customer, lines, coupon=coupon, tax_rate=(*self.rates, None)[number % 3])
        self.world.invoices.finalize(invoice)

    def fee(self, number: int) -> None:
        self.booked -= number // 100
        self.world.book("stripe_fee", "fee", -(number // 100))

    def wait(self, number: int) -> None:
        self.world.advance_to(self.world.now + DAY * (number % 4))

    def operations(self) -> dict[str, Callable[[int], object]]:
        world, one = self.world, self.one
        return {
            "charge": lambda n: world.charges.pay(n, balance_later=n % 3 == 0),
            "authorise": lambda n: world.charges.authorize(n, customer=self.customer),
            "capture": lambda n: world.charges.capture(one("charge", n)),
            "settle": lambda n: world.charges.settle(one("charge", n)),
            "debit": lambda n: world.delayed.begin(n, customer=self.customer),
            "clear": lambda n: world.delayed.clear(one("charge", n)),
            "bounce": lambda n: world.delayed.bounce(one("charge", n)),
            "decline": world.charges.decline,
            "refund": lambda n: world.refunds.refund(one("charge", n), n // 3 + 1),
            "refund all": lambda n: world.refunds.refund(one("charge", n)),
            "refund fails": lambda n: world.refunds.fail(one("refund", n)),
            "dispute": lambda n: world.disputes.open(one("charge", n)),
            "inquire": lambda n: world.disputes.inquire(one("charge", n)),
            "escalate": lambda n: world.disputes.escalate(one("dispute", n)),
            "answer": lambda n: world.disputes.answer(one("dispute", n), "It was delivered."),
            "close": lambda n: world.disputes.close(one("dispute", n), won=n % 2 == 0),
            "bill": self.bill,
            "pay": lambda n: world.invoices.pay(one("invoice", n)),
            "pay elsewhere": lambda n: world.invoices.pay_out_of_band(one("invoice", n)),
            "fail to pay": lambda n: world.invoices.fail_payment(one("invoice", n)),
            "void": lambda n: world.invoices.void(one("invoice", n)),
            "write off": lambda n: world.invoices.mark_uncollectible(one("invoice", n)),
            "pay out": lambda _: world.payouts.create(),
            "payout sent": lambda n: world.payouts.send(one("payout", n)),
            "payout arrives": lambda n: world.payouts.pay(one("payout", n)),
            "payout fails": lambda n: world.payouts.fail(one("payout", n)),
            "fee": self.fee,
            "wait": self.wait,
        }

    def expected_balance(self) -> object:
        """From what happened, not from the ledger's rows."""
        listed = self.world.account.listed
        charged = [one["amount"] - fee_of(one) for one in listed("charge") if one["balance_transaction"]]
        bounced = [one["amount"] for one in listed("charge") if one["failure_balance_transaction"]]
        refunded = [one["amount"] for one in listed("refund") if one["status"] == "succeeded"]
        withdrawn = [one["amount"] + 1500 for one in listed("dispute") if not one["status"].startswith("warning_")]
        won = [one["amount"] for one in listed("dispute") if one["status"] == "won"]
        paid_out = [one["amount"] for one in listed("payout") if one["status"] != "failed"]
        return self.booked + sum(charged) - sum(bounced) - sum(refunded) - sum(withdrawn) + sum(won) - sum(paid_out)


# Payouts need sales that have had time to settle.
OPERATIONS = [*sorted(Play().operations()), *(["charge", "wait", "pay out", "payout arrives"] * 3)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(50, 30_000)), min_size=20, max_size=60))
def test_no_order_of_operations_makes_or_loses_money_and_a_refused_one_leaves_no_trace(steps: list[tuple[str, int]]) -> None:
    play = Play()
    operations = play.operations()
    for name, number in steps:
        before = len(play.world.events)
        try:
            operations[name](number)
        except StripeRefuses:
            assert name == "bill" or len(play.world.events) == before, f"{name} was refused half-way"
        play.world.prove()
        balance = play.world.ledger.not_paid_out().get("usd", {"balance": 0})["balance"]
        assert balance == play.expected_balance()


@needs_shared
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(50, 30_000)), min_size=40, max_size=60))
def test_whatever_is_done_every_object_and_event_looks_like_stripes(steps: list[tuple[str, int]]) -> None:
    play = Play()
    operations = play.operations()
    for name, number in steps:
        with contextlib.suppress(StripeRefuses):
            operations[name](number)
    bodies = [event["data"]["object"] for event in play.world.events]
    present = [play.world.get(body["id"]) for body in bodies if "id" in body]
    assert [complaint for found in (*bodies, *present) for complaint in complaints(found)] == []


def test_a_disputed_inquiry_that_closes_moves_nothing() -> None:
    play = Play()
    charge = play.world.charges.pay(5000)
    play.world.disputes.close(play.world.disputes.inquire(charge), won=False)
    assert play.world.ledger.not_paid_out()["usd"]["balance"] == 5000 - 175


def told(act: Callable[[World], object], prepare: Callable[[World], object] = lambda _: None) -> list[str]:
    world = World()
    prepare(world)
    before = len(world.events)
    act(world)
    return [event["type"] for event in world.events[before:]]


def invoice_of(world: World) -> str:
    customer = world.catalogue.customer("Ben Berg", "ben@example.com")
    invoice = world.invoices.create(customer, [Line(world.catalogue.price(world.catalogue.product("Pro"), 4915))])
    world.invoices.finalize(invoice)
    return invoice


def newest(world: World, kind: str) -> str:
    return str(world.account.listed(kind)[-1]["id"])


PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("before", "act", "events"),
    [
        pytest.param(None, lambda w: w.charges.pay(1999), PAID, id="a card payment"),
        pytest.param(
            lambda w: w.charges.pay(1999, balance_later=True),
            lambda w: w.charges.settle(newest(w, "charge")),
            ["charge.updated"],
            id="a balance transaction that comes later",
        ),
        pytest.param(
            None,
            lambda w: w.charges.authorize(1999),
            ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"],
            id="an authorisation",
        ),
        pytest.param(
            lambda w: w.charges.authorize(1999),
            lambda w: w.charges.capture(newest(w, "charge")),
            ["charge.captured", "payment_intent.succeeded"],
            id="its capture",
        ),
        pytest.param(
            None,
            lambda w: w.delayed.begin(1999),
            ["payment_intent.created", "payment_intent.processing", "charge.pending"],
            id="a bank debit",
        ),
        pytest.param(
            lambda w: w.delayed.begin(1999),
            lambda w: w.delayed.clear(newest(w, "charge")),
            ["charge.succeeded", "payment_intent.succeeded"],
            id="a bank debit that clears",
        ),
        pytest.param(
            lambda w: w.delayed.clear(w.delayed.begin(1999)),
            lambda w: w.delayed.bounce(newest(w, "charge")),
            ["charge.failed", "payment_intent.payment_failed"],
            id="a bank debit that comes back after it cleared",
        ),
        pytest.param(
            lambda w: w.charges.pay(1999),
            lambda w: w.refunds.refund(newest(w, "charge"), 999),
            ["charge.refunded", "refund.created"],
            id="a refund",
        ),
        pytest.param(
            lambda w: w.refunds.refund(w.charges.pay(1999)),
            lambda w: w.refunds.fail(newest(w, "refund")),
            ["refund.failed", "refund.updated", "charge.refund.updated"],
            id="a refund the bank sends back",
        ),
        pytest.param(
            lambda w: w.charges.pay(1999),
            lambda w: w.disputes.open(newest(w, "charge")),
            ["charge.dispute.created", "charge.dispute.funds_withdrawn"],
            id="a dispute",
        ),
        pytest.param(
            lambda w: w.disputes.open(w.charges.pay(1999)),
            lambda w: w.disputes.close(newest(w, "dispute"), won=True),
            ["charge.dispute.funds_reinstated", "charge.dispute.closed"],
            id="a dispute won",
        ),
        pytest.param(
            lambda w: w.disputes.open(w.charges.pay(1999)),
            lambda w: w.disputes.close(newest(w, "dispute"), won=False),
            ["charge.dispute.closed"],
            id="a dispute lost",
        ),
        pytest.param(
            invoice_of,
            lambda w: w.invoices.pay(newest(w, "invoice")),
            [*PAID[1:], "invoice_payment.paid", "invoice.updated", "invoice.paid", "invoice.payment_succeeded"],
            id="an invoice paid by card",
        ),
        pytest.param(
            invoice_of,
            lambda w: w.invoices.fail_payment(newest(w, "invoice")),
            ["charge.failed", "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed"],
            id="an invoice whose card is declined",
        ),
        pytest.param(
            invoice_of,
            lambda w: w.invoices.describe(newest(w, "invoice"), "As agreed"),
            ["invoice.updated"],
            id="an invoice described anew",
        ),
        pytest.param(
            invoice_of,
            lambda w: w.invoices.pay_out_of_band(newest(w, "invoice")),
            ["payment_intent.canceled", "invoice.updated", "invoice.paid"],
            id="an invoice paid elsewhere does not say payment_succeeded",
        ),
        pytest.param(
            lambda w: (w.charges.pay(1999), w.advance_to(w.now + 3 * DAY)),
            lambda w: w.payouts.create(),
            ["payout.created"],
            id="a payout",
        ),
        pytest.param(
            lambda w: (w.charges.pay(1999), w.advance_to(w.now + 3 * DAY), w.payouts.create()),
            lambda w: w.payouts.pay(newest(w, "payout")),
            ["payout.paid", "payout.reconciliation_completed"],
            id="a payout that arrives",
        ),
        pytest.param(
            lambda w: w.charges.pay(1999),
            lambda w: w.advance_to(w.now + 3 * DAY),
            ["balance.available"],
            id="money that becomes available",
        ),
    ],
)
def test_it_tells_what_stripe_tells(before: Callable[[World], object] | None, act: Callable[[World], object], events: list[str]) -> None:
    assert told(act, before or (lambda _: None)) == events


def test_an_event_keeps_the_object_as_it_was() -> None:
    world = World()
    charge = world.charges.pay(1999)
    world.refunds.refund(charge, 500)
    succeeded, refunded = (event for event in world.events if event["type"] in ("charge.succeeded", "charge.refunded"))
    assert succeeded["data"]["object"]["amount_refunded"] == 0
    assert refunded["data"]["object"]["amount_refunded"] == 500
    assert refunded["data"]["previous_attributes"] == {"amount_refunded": 0}


def test_a_payout_takes_along_what_is_available_and_nothing_younger() -> None:
    world = World()
    old = world.charges.pay(10_000)
    world.advance_to(world.now + 3 * DAY)
    world.charges.pay(7000)
    payout = world.payouts.create()
    assert payout is not None
    rows = world.account.listed("balance_transaction", "payout", payout)
    assert [row["source"] for row in rows] == [old, payout]
    assert world.get(payout)["amount"] == 10_000 - 320
    assert world.ledger.not_paid_out() == {"usd": {"balance": 6767, "in_transit": 9680, "not_paid_out": 16_447}}


def test_a_balance_below_zero_is_not_paid_out() -> None:
    world = World()
    charge = world.charges.pay(5000)
    world.refunds.refund(charge)
    world.advance_to(world.now + 3 * DAY)
    assert world.payouts.create() is None


def test_a_failed_payout_joins_the_next() -> None:
    world = World()
    world.charges.pay(5000)
    world.advance_to(world.now + 3 * DAY)
    first = world.payouts.create()
    assert first is not None
    world.payouts.pay(first)
    world.payouts.fail(first)
    second = world.payouts.create()
    assert second is not None
    assert world.get(second)["amount"] == world.get(first)["amount"] == 4825
    world.prove()


def test_the_same_seed_gives_the_same_ids_and_another_seed_others() -> None:
    ids = [World(seed).charges.pay(1999) for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("ch_")
    assert len(ids[0]) == 27


@pytest.mark.parametrize(
    ("coupon", "tax", "total", "discount", "taxes"),
    [
        pytest.param(None, None, 10_160, [], [], id="lines alone"),
        pytest.param({"percent_off": Decimal(15)}, None, 8636, [1485, 22, 17], [], id="a coupon is shared out over the lines to the cent"),
        pytest.param(None, ("8.25", False), 10_998, [], [817, 12, 9], id="a tax on top"),
        pytest.param(None, ("20", True), 10_160, [], [1650, 24, 19], id="a tax inside"),
        pytest.param({"amount_off": 500}, ("8.25", False), 10_457, [487, 7, 6], [777, 11, 9], id="a tax on what the coupon left"),
    ],
)
def test_an_invoice_adds_up(
    coupon: dict[str, Any] | None, tax: tuple[str, bool] | None, total: int, discount: list[int], taxes: list[int]
) -> None:
    world = World()
    catalogue = world.catalogue
    extras = catalogue.product("Extras")
    setup, sticker, postage = (catalogue.price(extras, amount) for amount in (9900, 29, 115))
    code = catalogue.coupon("Off", **coupon) if coupon else None
    rate = catalogue.tax_rate("Tax", Decimal(tax[0]), inclusive=tax[1]) if tax else None
    customer = catalogue.customer("Cleo Cole", "cleo@example.com")
    lines = [Line(setup), Line(sticker, 5), Line(postage)]
    invoice = world.get(world.invoices.create(customer, lines, coupon=code, tax_rate=rate))
    shown = invoice["lines"]["data"]
    assert invoice["total"] == total
    assert [one["amount"] for line in shown for one in line["discount_amounts"]] == discount
    assert [one["amount"] for line in shown for one in line["taxes"]] == taxes
    assert sum(one["amount"] for one in invoice["total_taxes"]) == sum(taxes)
    assert invoice["total_excluding_tax"] == total - sum(taxes)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**7), min_size=1, max_size=20))
def test_what_is_shared_out_sums_to_the_whole_and_no_part_is_off_by_a_unit(total: int, weights: list[int]) -> None:
    parts = shared_out(total, weights)
    assert sum(parts) == total
    assert all(abs(part - Decimal(total) * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))


def test_half_a_cent_is_rounded_up_and_a_coupon_takes_no_more_than_there_is() -> None:
    assert [rounded(Decimal(text)) for text in ("0.5", "1.4999", "2.5")] == [1, 1, 3]
    assert discounted({"percent_off": None, "amount_off": 500}, 300) == 300
