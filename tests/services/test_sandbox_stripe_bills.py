"""What the sandbox's Stripe bills: invoices of every kind of line, the customer's balance, payments in parts, credit notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.invoices import Line, Shipping
from services.sandbox.stripe.world import World
from tests.shared import SHARED
from tests.stripe_schema import complaints


class Shop:
    """A merchant with one customer and a few things to sell."""

    def __init__(self) -> None:
        self.world = World()
        catalogue = self.world.catalogue
        self.product = catalogue.product("Things")
        self.customer = catalogue.customer("Ada Able", "ada@example.com")
        self.setup, self.postage = (catalogue.price(self.product, amount) for amount in (10_000, 115))
        self.per_call = catalogue.price(self.product, Decimal("0.29"), nickname="Calls")
        self.weekly, self.cheap = (catalogue.price(self.product, amount, interval="week") for amount in (5000, 2000))
        self.tenth, self.half = (catalogue.coupon(name, percent_off=Decimal(off)) for name, off in (("Tenth", 10), ("Half", 50)))
        self.tax = catalogue.tax_rate("Tax", Decimal("8.25"))
        self.county = catalogue.tax_rate("County", Decimal(1))
        self.vat = catalogue.tax_rate("VAT", Decimal(20), inclusive=True)

    def bill(self, *lines: Line, **how: Any) -> dict[str, Any]:
        made = self.world.invoices.create(self.customer, lines, **how)
        self.world.invoices.finalize(made)
        return self.world.get(made)

    def balance(self) -> int:
        return int(self.world.get(self.customer)["balance"])

    def told(self, since: int) -> list[str]:
        return [event["type"] for event in self.world.events[since:]]


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Whatever the test did, every object and event of it looks like Stripe's and the money is whole."""
    made = Shop()
    yield made
    made.world.prove()
    if SHARED.is_dir():
        bodies = [event["data"]["object"] for event in made.world.events]
        kept = [made.world.get(body["id"]) for body in bodies if "id" in body]
        below = [
            one
            for kind in ("line_item", "credit_note_line_item", "discount", "customer_balance_transaction")
            for one in made.world.account.listed(kind)
        ]
        assert [complaint for found in (*bodies, *kept, *below) for complaint in complaints(found)] == []


BILLS: list[Any] = [
    pytest.param(lambda s: ([Line(s.setup)], {}), 10_000, id="one line"),
    pytest.param(lambda s: ([Line(s.per_call, 1000)], {}), 290, id="a price of a fraction of a cent"),
    pytest.param(lambda s: ([Line(product=s.product, unit_amount=435)], {}), 435, id="a price made inline"),
    pytest.param(lambda s: ([Line(s.setup), Line(product=s.product, unit_amount=-2500)], {}), 7500, id="a line below zero"),
    pytest.param(lambda s: ([Line(s.setup)], {"coupons": (s.tenth, s.half)}), 4500, id="two coupons, one after the other"),
    pytest.param(lambda s: ([Line(s.setup, coupons=(s.half,)), Line(s.setup)], {"coupon": s.tenth}), 13_500, id="a coupon on a line"),
    pytest.param(
        lambda s: ([Line(s.setup), Line(product=s.product, unit_amount=-2500)], {"coupon": s.half}),
        2500,
        id="a coupon leaves the line below zero alone",
    ),
    pytest.param(lambda s: ([Line(s.setup)], {"tax_rates": (s.tax, s.county)}), 10_925, id="two taxes on top"),
    pytest.param(lambda s: ([Line(s.setup, tax_rates=()), Line(s.setup)], {"tax_rate": s.tax}), 20_825, id="a line without tax"),
    pytest.param(lambda s: ([Line(s.setup, tax_rates=(s.vat,)), Line(s.setup)], {"tax_rate": s.tax}), 20_825, id="inclusive and exclusive"),
    pytest.param(lambda s: ([Line(s.setup)], {"shipping": Shipping(1200, (s.tax,))}), 11_299, id="shipping with a tax on top"),
    pytest.param(lambda s: ([Line(s.setup)], {"shipping": Shipping(1200, (s.vat,))}), 11_200, id="shipping with a tax inside"),
]


@pytest.mark.parametrize(("given", "total"), BILLS)
def test_an_invoice_of_any_lines_adds_up(shop: Shop, given: Callable[[Shop], tuple[list[Line], dict[str, Any]]], total: int) -> None:
    lines, how = given(shop)
    invoice = shop.bill(*lines, **how)
    shown = invoice["lines"]["data"]
    parts = [line["amount"] - sum(one["amount"] for one in line["discount_amounts"]) for line in shown]
    parts += [tax["amount"] for line in shown for tax in line["taxes"] if tax["tax_behavior"] == "exclusive"]
    shipped = invoice["shipping_cost"]["amount_total"] if invoice["shipping_cost"] else 0
    assert invoice["total"] == invoice["amount_due"] == sum(parts) + shipped == total
    assert invoice["total"] - invoice["total_excluding_tax"] == sum(tax["amount"] for tax in invoice["total_taxes"])
    assert sum(one["amount"] for one in invoice["total_discount_amounts"]) == sum(
        one["amount"] for line in shown for one in line["discount_amounts"]
    )


def test_a_price_made_inline_is_inactive_from_birth(shop: Shop) -> None:
    invoice = shop.bill(Line(product=shop.product, unit_amount=435))
    price = shop.world.get(invoice["lines"]["data"][0]["pricing"]["price_details"]["price"])
    assert (price["active"], price["type"], price["nickname"], price["metadata"]) == (False, "one_time", None, {})


def test_a_trial_is_an_invoice_of_zero_that_is_paid_at_once(shop: Shop) -> None:
    subscription, made = shop.world.subscriptions.start(shop.customer, shop.weekly, trial=True)
    invoice = shop.world.get(made)
    assert (invoice["total"], invoice["status"], invoice["amount_paid"]) == (0, "paid", 0)
    assert shop.world.get(subscription)["status"] == "trialing"
    assert shop.world.account.listed("charge") == []


def test_a_cheaper_plan_in_between_is_an_invoice_below_zero_that_the_next_one_takes_off(shop: Shop) -> None:
    subscription, first = shop.world.subscriptions.start(shop.customer, shop.weekly)
    shop.world.invoices.pay(first)
    down = shop.world.get(shop.world.subscriptions.switch(subscription, shop.cheap, 50))
    assert (down["total"], down["amount_due"], down["status"], down["ending_balance"]) == (-1500, 0, "paid", -1500)
    assert [line["parent"]["subscription_item_details"]["proration"] for line in down["lines"]["data"]] == [True, True]
    after = shop.world.get(shop.world.subscriptions.renew(subscription))
    assert (after["total"], after["starting_balance"], after["amount_due"], after["ending_balance"]) == (2000, -1500, 500, 0)


@pytest.mark.parametrize(
    ("start", "total", "due", "end"),
    [
        pytest.param(-3000, 10_000, 7000, 0, id="a credit that is smaller"),
        pytest.param(-12_000, 10_000, 0, -2000, id="a credit that is greater pays it"),
        pytest.param(-10_000, 10_000, 0, 0, id="a credit of the same size pays it"),
        pytest.param(300, 10_000, 10_300, 0, id="a debit is asked for with it"),
        pytest.param(0, 29, 0, 29, id="too small to charge: a debit for the next one"),
        pytest.param(-9980, 10_000, 0, 20, id="what the credit leaves is too small to charge"),
    ],
)
def test_the_customers_balance_is_used_when_the_invoice_is_final(shop: Shop, start: int, total: int, due: int, end: int) -> None:
    if start:
        shop.world.balance.adjust(shop.customer, start)
    invoice = shop.bill(Line(product=shop.product, unit_amount=total))
    shown = (invoice["starting_balance"], invoice["total"], invoice["amount_due"], invoice["ending_balance"])
    assert shown == (start, total, due, end)
    assert shop.balance() == end
    moves = shop.world.account.listed("customer_balance_transaction")
    assert sum(one["amount"] for one in moves) == end
    assert all(one["type"] in ("adjustment", "applied_to_invoice", "invoice_too_small") for one in moves)


def test_a_voided_invoice_gives_the_balance_back(shop: Shop) -> None:
    shop.world.balance.adjust(shop.customer, -3000)
    shop.world.invoices.void(shop.bill(Line(shop.setup))["id"])
    assert shop.balance() == -3000


def test_several_payments_pay_one_invoice(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup))["id"]
    for amount in (2500, 3333):
        shop.world.invoices.pay_part(invoice, amount)
    assert (shop.world.get(invoice)["amount_paid"], shop.world.get(invoice)["amount_remaining"]) == (5833, 4167)
    since = len(shop.world.events)
    shop.world.invoices.pay(invoice)
    payments = shop.world.account.listed("invoice_payment", "invoice", invoice)
    assert sorted((one["amount_paid"], one["status"], one["is_default"]) for one in payments) == [
        (2500, "paid", False),
        (3333, "paid", False),
        (4167, "paid", True),
    ]
    assert shop.told(since)[-3:] == ["invoice.updated", "invoice.paid", "invoice.payment_succeeded"]


def test_what_is_overpaid_is_the_customers_credit(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup))["id"]
    since = len(shop.world.events)
    shop.world.invoices.pay_part(invoice, 10_500)
    shown = shop.world.get(invoice)
    assert (shown["status"], shown["amount_overpaid"], shown["amount_remaining"]) == ("paid", 500, 0)
    assert shop.balance() == -500
    assert shop.told(since)[-1] == "invoice.overpaid"


def test_an_invoice_written_off_can_still_be_paid(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup))["id"]
    shop.world.invoices.mark_uncollectible(invoice)
    shop.world.invoices.pay(invoice)
    shown = shop.world.get(invoice)
    assert shown["status"] == "paid"
    assert shown["status_transitions"]["marked_uncollectible_at"] < shown["status_transitions"]["paid_at"]


def test_a_bank_debit_pays_when_it_clears_and_what_comes_back_is_asked_for_again(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup))["id"]
    charge = shop.world.invoices.debit(invoice)
    with pytest.raises(StripeRefuses):
        shop.world.invoices.pay(invoice)
    shop.world.delayed.clear(charge)
    assert shop.world.get(invoice)["status"] == "paid"
    since = len(shop.world.events)
    shop.world.delayed.bounce(charge)
    shown = shop.world.get(invoice)
    assert (shown["status"], shown["amount_paid"], shown["amount_remaining"]) == ("open", 0, 10_000)
    assert shop.told(since) == ["charge.failed", "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed"]
    shop.world.invoices.pay(invoice)
    assert shop.world.get(invoice)["status"] == "paid"


def test_a_credit_note_on_an_open_invoice_asks_for_less_and_voided_for_all_again(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup), tax_rate=shop.tax)
    line = invoice["lines"]["data"][0]["id"]
    note = shop.world.credit_notes.create(invoice["id"], [Credited(4000, line)])
    shown = shop.world.get(note)
    assert (shown["total"], shown["pre_payment_amount"], shown["type"], shown["number"][-6:]) == (4330, 4330, "pre_payment", "-CN-01")
    after = shop.world.get(invoice["id"])
    assert (after["amount_due"], after["amount_remaining"], after["pre_payment_credit_notes_amount"]) == (6495, 6495, 4330)
    shop.world.credit_notes.void(note)
    assert shop.world.get(invoice["id"])["amount_due"] == 10_825
    shop.world.credit_notes.create(invoice["id"], [Credited(10_000, line)])
    assert shop.world.get(invoice["id"])["status"] == "paid"


@pytest.mark.parametrize(
    ("back", "refunded", "balance", "elsewhere"),
    [
        pytest.param(Back(refund=3000), 3000, 0, None, id="to the card"),
        pytest.param(Back(balance=3000), 0, -3000, None, id="to the customer's balance"),
        pytest.param(Back(out_of_band=3000), 0, 0, 3000, id="elsewhere"),
        pytest.param(Back(refund=1000, balance=1500, out_of_band=500), 1000, -1500, 500, id="to all three"),
    ],
)
def test_a_credit_note_on_a_paid_invoice_gives_money_back(
    shop: Shop, back: Back, refunded: int, balance: int, elsewhere: int | None
) -> None:
    invoice = shop.bill(Line(shop.setup))
    charge = shop.world.invoices.pay(invoice["id"])
    note = shop.world.get(shop.world.credit_notes.create(invoice["id"], [Credited(3000, invoice["lines"]["data"][0]["id"])], back))
    assert (note["post_payment_amount"], note["out_of_band_amount"], note["type"]) == (3000, elsewhere, "post_payment")
    assert sum(one["amount_refunded"] for one in note["refunds"]) == refunded == shop.world.get(charge)["amount_refunded"]
    assert shop.balance() == balance
    assert shop.world.get(invoice["id"])["post_payment_credit_notes_amount"] == 3000


def test_a_credit_note_can_name_a_refund_that_is_there_once(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup))
    refund = shop.world.refunds.refund(shop.world.invoices.pay(invoice["id"]), 3000)
    back = Back(existing=refund)
    note = shop.world.get(shop.world.credit_notes.create(invoice["id"], [Credited(3000)], back))
    assert [one["refund"] for one in note["refunds"]] == [refund]
    with pytest.raises(StripeRefuses):
        shop.world.credit_notes.create(invoice["id"], [Credited(3000)], back)


def test_the_credits_of_a_line_sum_to_the_line_with_its_discounts_and_taxes(shop: Shop) -> None:
    invoice = shop.bill(Line(shop.setup), Line(shop.postage, 3), coupon=shop.tenth, tax_rate=shop.tax)
    for line in invoice["lines"]["data"]:
        third = line["amount"] // 3
        for amount in (third, third, line["amount"] - 2 * third - 100):
            shop.world.credit_notes.create(invoice["id"], [Credited(amount, line["id"])])
        with pytest.raises(StripeRefuses):
            shop.world.credit_notes.create(invoice["id"], [Credited(101, line["id"])])
    shop.world.credit_notes.create(invoice["id"], [Credited(100, line["id"]) for line in invoice["lines"]["data"]])
    notes = shop.world.account.listed("credit_note")
    assert sum(note["total"] for note in notes) == invoice["total"]
    assert shop.world.get(invoice["id"])["status"] == "paid"


def test_a_deleted_customer_buys_nothing_more(shop: Shop) -> None:
    charge = shop.world.charges.pay(1999, customer=shop.customer)
    shop.world.catalogue.delete_customer(shop.customer)
    shop.world.refunds.refund(charge, 999)
    with pytest.raises(StripeRefuses):
        shop.world.charges.pay(1999, customer=shop.customer)
    with pytest.raises(StripeRefuses):
        shop.bill(Line(shop.setup))
