"""What each operation of the sandbox's Stripe books: the rows of the ledger, as Stripe's statement shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.sandbox.stripe.invoices import Line
from services.sandbox.stripe.own_rows import KINDS
from services.sandbox.stripe.pricing import Pricing
from services.sandbox.stripe.refunds import AT_THE_BANK, NO_MONEY_YET
from services.sandbox.stripe.world import World

Act = Callable[[World], Any]
WAIT = timedelta(days=3)


def settled_in_dollars() -> World:
    world = World()
    world.exchange.settle_only("usd")
    return world


def sold(amount: int = 10_000, currency: str = "usd") -> Act:
    return lambda world: world.charges.pay(amount, currency)


def a_hundred_available(world: World) -> str:
    world.own_rows.book("goodwill", 10_000)
    return "usd"


def paid_out(world: World) -> str:
    a_hundred_available(world)
    return str(world.payouts.create())


def invoice(world: World, amount: int = 10_000) -> str:
    customer = world.catalogue.customer("Ben Berg", "ben@example.com")
    price = world.catalogue.price(world.catalogue.product("Pro"), amount)
    made = world.invoices.create(customer, [Line(price)])
    world.invoices.finalize(made)
    return made


ROWS = [
    pytest.param(None, sold(), [("charge", "charge", 10_000, 320, "ch")], id="a card payment"),
    pytest.param(
        lambda w: w.charges.authorize(6000),
        lambda w, charge: w.charges.capture(charge, 4500),
        [("charge", "charge", 6000, 161, "ch"), ("refund", "partial_capture_reversal", -1500, 0, "ch")],
        id="a capture of a part",
    ),
    pytest.param(lambda w: w.charges.authorize(6000), lambda w, charge: w.charges.expire(charge), [], id="an authorisation that expires"),
    pytest.param(None, lambda w: w.delayed.begin(10_000), [("payment", "charge", 10_000, 80, "py")], id="a bank debit"),
    pytest.param(
        lambda w: w.delayed.begin(10_000),
        lambda w, charge: w.delayed.bounce(charge),
        [("payment_failure_refund", "charge_failure", -10_000, 0, "py")],
        id="a bank debit that comes back",
    ),
    pytest.param(sold(), lambda w, charge: w.refunds.refund(charge, 999), [("refund", "refund", -999, 0, "re")], id="a refund"),
    pytest.param(
        sold(), lambda w, charge: w.refunds.refund(charge, 999, pending=NO_MONEY_YET), [], id="a refund that waits for money has no row"
    ),
    pytest.param(
        lambda w: w.refunds.refund(w.charges.pay(10_000), 999, pending=NO_MONEY_YET),
        lambda w, refund: w.refunds.succeed(refund),
        [("refund", "refund", -999, 0, "re")],
        id="it has one when it succeeds",
    ),
    pytest.param(
        sold(),
        lambda w, charge: w.refunds.refund(charge, 999, pending=AT_THE_BANK),
        [("refund", "refund", -999, 0, "re")],
        id="a refund that waits for the bank",
    ),
    pytest.param(
        lambda w: w.refunds.refund(w.charges.pay(10_000), 999),
        lambda w, refund: w.refunds.fail(refund),
        [("refund_failure", "refund_failure", 999, 0, "re")],
        id="a refund to a card that fails",
    ),
    pytest.param(
        lambda w: w.delayed.begin(10_000),
        lambda w, charge: (w.delayed.clear(charge), w.refunds.fail(w.refunds.refund(charge, 999))),
        [("payment_refund", "refund", -999, 0, "pyr"), ("payment_refund", "refund_failure", 999, 0, "pyr")],
        id="a refund to a bank that fails",
    ),
    pytest.param(
        lambda w: w.refunds.refund(w.charges.pay(10_000), 999, pending=NO_MONEY_YET),
        lambda w, refund: w.refunds.cancel(refund),
        [],
        id="a refund cancelled before any money moved",
    ),
    pytest.param(sold(), lambda w, charge: w.disputes.inquire(charge), [], id="an inquiry"),
    pytest.param(
        sold(), lambda w, charge: w.disputes.open(charge, 4000), [("adjustment", "dispute", -4000, 1500, "du")], id="a dispute of a part"
    ),
    pytest.param(
        lambda w: w.disputes.open(w.charges.pay(10_000), 4000),
        lambda w, _: w.disputes.open(newest(w, "charge")),
        [("adjustment", "dispute", -6000, 1500, "du")],
        id="a second dispute of the rest",
    ),
    pytest.param(
        lambda w: w.disputes.open(w.charges.pay(10_000)),
        lambda w, dispute: w.disputes.close(dispute, won=True),
        [("adjustment", "dispute_reversal", 10_000, 0, "du")],
        id="a dispute won: the fee is kept",
    ),
    pytest.param(a_hundred_available, lambda w, _: w.payouts.create(), [("payout", "payout", -10_000, 0, "po")], id="a payout"),
    pytest.param(a_hundred_available, lambda w, _: w.payouts.request(5000), [("payout", "payout", -5000, 0, "po")], id="a payout by hand"),
    pytest.param(
        a_hundred_available,
        lambda w, _: w.payouts.request(9000, instant=True),
        [("payout", "payout", -9000, 90, "po")],
        id="a payout at once, with a fee",
    ),
    pytest.param(
        paid_out,
        lambda w, payout: (w.payouts.pay(payout), w.payouts.fail(payout)),
        [("payout_failure", "payout_reversal", 10_000, 0, "po")],
        id="a payout that fails after it was paid",
    ),
    pytest.param(
        paid_out,
        lambda w, payout: w.payouts.cancel(payout),
        [("payout_cancel", "payout_reversal", 10_000, 0, "po")],
        id="a payout cancelled",
    ),
    pytest.param(
        lambda w: w.own_rows.book("adjustment", 700),
        lambda w, _: w.payouts.settle_up(),
        [("payout", "payout", 700, 0, "po")],
        id="a debt that Stripe debits",
    ),
    pytest.param(None, lambda w: w.connect.earn(250), [("application_fee", "platform_earning", 250, 0, "fee")], id="a platform's fee"),
    pytest.param(
        lambda w: w.connect.earn(250),
        lambda w, fee: w.connect.give_back(fee, 100),
        [("application_fee_refund", "platform_earning_refund", -100, 0, "fr")],
        id="a platform's fee given back",
    ),
    pytest.param(None, lambda w: w.connect.transfer(250), [("transfer", "transfer", -250, 0, "tr")], id="a transfer"),
    pytest.param(
        lambda w: w.connect.transfer(250),
        lambda w, transfer: w.connect.reverse(transfer, 250),
        [("transfer_refund", "transfer_reversal", 250, 0, "trr")],
        id="a transfer reversed",
    ),
    pytest.param(
        lambda w: w.connect.top_up(5000),
        lambda w, topup: w.connect.topup_arrives(topup),
        [("topup", "topup", 5000, 0, "tu")],
        id="a top-up",
    ),
    pytest.param(
        lambda w: (made := w.connect.top_up(5000), w.connect.topup_arrives(made))[0],
        lambda w, topup: w.connect.topup_returns(topup),
        [("topup_reversal", "topup_reversal", -5000, 0, "tu")],
        id="a top-up that returns",
    ),
    pytest.param(invoice, lambda w, made: w.invoices.pay_out_of_band(made), [], id="an invoice paid elsewhere"),
    pytest.param(
        invoice,
        lambda w, made: (w.invoices.pay_part(made, 3000), w.invoices.pay(made)),
        [("charge", "charge", 3000, 117, "ch"), ("charge", "charge", 7000, 233, "ch")],
        id="an invoice paid in two parts",
    ),
    *(
        pytest.param(
            None,
            lambda w, name=name: w.own_rows.book(name, 333),
            [(kind.type, kind.category, kind.sign * 333, 0, "")],
            id=f"Stripe's own: {name}",
        )
        for name, kind in KINDS.items()
    ),
]


@pytest.mark.parametrize(("before", "act", "rows"), ROWS)
def test_it_books_what_stripe_books(before: Act | None, act: Callable[..., Any], rows: list[tuple[str, str, int, int, str]]) -> None:
    world = World()
    subject = (before(world),) if before else ()
    known = len(world.account.listed("balance_transaction"))
    act(world, *subject)
    made = world.account.listed("balance_transaction")[known:]
    assert [
        (row["type"], row["reporting_category"], row["amount"], row["fee"], (row["source"] or "").partition("_")[0]) for row in made
    ] == rows
    world.prove()


def newest(world: World, kind: str) -> str:
    return str(world.account.listed(kind)[-1]["id"])


@pytest.mark.parametrize(
    ("currency", "amount", "about"),
    [
        pytest.param("eur", 10_000, "1.08", id="euro"),
        pytest.param("gbp", 999, "1.27", id="pounds"),
        pytest.param("jpy", 5000, "0.66", id="yen have no decimals"),
        pytest.param("kwd", 12_340, "0.325", id="dinars have three"),
    ],
)
def test_what_the_customer_paid_is_exchanged_and_rounded(currency: str, amount: int, about: str) -> None:
    world = settled_in_dollars()
    row = world.get(world.get(world.charges.pay(amount, currency))["balance_transaction"])
    rate = Decimal(str(row["exchange_rate"]))
    assert row["currency"] == "usd"
    assert abs(row["amount"] - amount * rate) <= Decimal("0.5")
    assert abs(rate / Decimal(about) - 1) < Decimal("0.03")


def test_what_was_paid_in_the_currency_of_the_balance_has_no_rate() -> None:
    world = settled_in_dollars()
    row = world.get(world.get(world.charges.pay(10_000))["balance_transaction"])
    assert (row["amount"], row["exchange_rate"]) == (10_000, None)


def test_a_refund_and_a_dispute_are_exchanged_at_the_rate_of_their_own_day() -> None:
    world = settled_in_dollars()
    charges = [world.charges.pay(10_000, "eur") for _ in range(2)]
    sale = world.get(world.get(charges[0])["balance_transaction"])
    world.advance_to(world.now + WAIT)
    refund = world.get(world.get(world.refunds.refund(charges[0]))["balance_transaction"])
    [withdrawn] = world.get(world.disputes.open(charges[1]))["balance_transactions"]
    assert refund["amount"] == withdrawn["amount"] != -sale["amount"]
    assert withdrawn["fee"] == 1500
    world.prove()


def test_a_merchant_with_two_bank_accounts_is_paid_in_both() -> None:
    world = World()
    world.exchange.settle_only("usd", "eur")
    for currency in ("usd", "eur", "gbp"):
        world.charges.pay(10_000, currency)
    world.advance_to(world.now + WAIT)
    payouts = [world.get(str(world.payouts.create(currency))) for currency in ("usd", "eur")]
    assert [payout["currency"] for payout in payouts] == ["usd", "eur"]
    assert payouts[0]["destination"] != payouts[1]["destination"]
    assert world.payouts.create("gbp") is None
    world.prove()


@pytest.mark.parametrize(
    ("pricing", "details"),
    [
        pytest.param(Pricing(), [("stripe_fee", 320)], id="the list price"),
        pytest.param(Pricing(tax_percent=20), [("stripe_fee", 320), ("tax", 64)], id="with tax on it"),
        pytest.param(
            Pricing(interchange_plus=True), [("stripe_fee", 50), ("payment_method_passthrough_fee", 180)], id="network costs passed through"
        ),
        pytest.param(
            Pricing(application="ca_platform", application_per_mille=25),
            [("stripe_fee", 320), ("application_fee", 250)],
            id="a platform's fee on a connected account",
        ),
    ],
)
def test_the_fee_says_what_it_is_made_of(pricing: Pricing, details: list[tuple[str, int]]) -> None:
    world = World()
    world.charges.pricing = pricing
    row = world.get(world.get(world.charges.pay(10_000))["balance_transaction"])
    assert [(one["type"], one["amount"]) for one in row["fee_details"]] == details
    assert row["net"] == 10_000 - sum(amount for _, amount in details)


def test_a_debt_and_a_sale_of_the_same_size_settle_at_zero() -> None:
    world = World()
    world.own_rows.book("goodwill", 700)
    world.own_rows.book("adjustment", 700)
    payout = world.payouts.settle_up()
    assert payout is not None
    assert world.get(payout)["amount"] == 0
    world.prove()


def test_a_payout_by_hand_does_not_say_what_is_in_it() -> None:
    world = World()
    a_hundred_available(world)
    payout = world.payouts.request(4000, instant=True)
    world.payouts.pay(payout)
    shown = world.get(payout)
    assert (shown["automatic"], shown["method"], shown["reconciliation_status"]) == (False, "instant", "not_applicable")
    assert world.account.listed("balance_transaction", "payout", payout) == []
    assert world.ledger.not_paid_out()["usd"]["balance"] == 10_000 - 4000 - 50


def test_ten_thousand_rows_are_made_and_paid_out_quickly_enough_for_a_test() -> None:
    world = World()
    for _ in range(10_200):
        world.own_rows.book("goodwill", 1)
    payout = world.payouts.create()
    assert payout is not None
    assert world.get(payout)["amount"] == 10_200
    assert len(world.account.listed("balance_transaction", "payout", payout)) == 10_201
    world.prove()
