"""No order of operations on the sandbox's Stripe makes or loses money, and a refused one leaves no trace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.invoices import Line, Shipping
from services.sandbox.stripe.payouts import instant_fee
from services.sandbox.stripe.refunds import AT_THE_BANK, NO_MONEY_YET
from services.sandbox.stripe.shapes.ledger import rounded
from services.sandbox.stripe.world import World
from tests.shared import needs_shared
from tests.stripe_schema import complaints

DISPUTE_FEE = 1500


class Play:
    """A world played by numbers: each operation picks its subject among those there are."""

    def __init__(self) -> None:
        self.world = World()
        catalogue = self.world.catalogue
        self.customer = catalogue.customer("Ada Able", "ada@example.com")
        self.product = catalogue.product("Things")
        self.weekly = [catalogue.price(self.product, amount, interval="week") for amount in (999, 4999)]
        self.coupon = catalogue.coupon("Third", percent_off=Decimal("33.3"))
        self.rate = catalogue.tax_rate("Tax", Decimal("7.7"))
        self.subscription, _ = self.world.subscriptions.start(self.customer, self.weekly[0], trial=True)
        self.adjusted = 0

    def one(self, kind: str, number: int) -> str:
        found = self.world.account.listed(kind)
        return str(found[number % len(found)]["id"]) if found else "none"

    def bill(self, number: int) -> None:
        """The draft may be made and finalising it be refused: two requests."""
        line = Line(product=self.product, unit_amount=number - 300, coupons=(self.coupon,) if number % 2 else ())
        made = self.world.invoices.create(
            self.customer, [line, Line(self.weekly[1])], tax_rate=self.rate, shipping=Shipping(number % 500, (self.rate,))
        )
        self.world.invoices.finalize(made)

    def credit(self, number: int) -> None:
        invoice = self.one("invoice", number)
        line = self.world.account.listed("line_item", "invoice", invoice)[0]["id"]
        amount = number % 700
        backs = (None, Back(refund=amount), Back(balance=amount), Back(out_of_band=amount), Back(existing=self.one("refund", number)))
        self.world.credit_notes.create(invoice, [Credited(amount, line if number % 2 else "")], backs[number % 5])

    def adjust(self, number: int) -> None:
        self.world.own_rows.book("goodwill", number)
        self.adjusted += number

    def wait(self, number: int) -> None:
        self.world.advance_to(self.world.now + timedelta(days=number % 4))

    def operations(self) -> dict[str, Callable[[int], object]]:
        world, one = self.world, self.one
        return {
            "charge": lambda n: world.charges.pay(n, customer=self.customer),
            "authorise": world.charges.authorize,
            "capture a part": lambda n: world.charges.capture(one("charge", n), n // 2),
            "expire": lambda n: world.charges.expire(one("charge", n)),
            "refund later": lambda n: world.refunds.refund(one("charge", n), n // 3 + 1, pending=(NO_MONEY_YET, AT_THE_BANK)[n % 2]),
            "refund": lambda n: world.refunds.refund(one("charge", n), n // 3 + 1),
            "refund succeeds": lambda n: world.refunds.succeed(one("refund", n)),
            "refund fails": lambda n: world.refunds.fail(one("refund", n)),
            "refund cancelled": lambda n: world.refunds.cancel(one("refund", n)),
            "dispute a part": lambda n: world.disputes.open(one("charge", n), n // 3 + 1),
            "close": lambda n: world.disputes.close(one("dispute", n), won=n % 2 == 0),
            "bill": self.bill,
            "pay": lambda n: world.invoices.pay(one("invoice", n)),
            "pay a part": lambda n: world.invoices.pay_part(one("invoice", n), n),
            "debit": lambda n: world.invoices.debit(one("invoice", n)),
            "clear": lambda n: world.delayed.clear(one("charge", n)),
            "bounce": lambda n: world.delayed.bounce(one("charge", n)),
            "void": lambda n: world.invoices.void(one("invoice", n)),
            "write off": lambda n: world.invoices.mark_uncollectible(one("invoice", n)),
            "pay elsewhere": lambda n: world.invoices.pay_out_of_band(one("invoice", n)),
            "credit": self.credit,
            "void a credit": lambda n: world.credit_notes.void(one("credit_note", n)),
            "balance": lambda n: world.balance.adjust(self.customer, n - 15_000),
            "switch": lambda n: world.subscriptions.switch(self.subscription, self.weekly[n % 2], n % 100),
            "renew": lambda _: world.subscriptions.renew(self.subscription),
            "adjust": self.adjust,
            "pay out": lambda _: world.payouts.create(),
            "settle up": lambda _: world.payouts.settle_up(),
            "by hand": lambda n: world.payouts.request(n // 2, instant=n % 2 == 0),
            "arrive": lambda n: world.payouts.pay(one("payout", n)),
            "payout fails": lambda n: world.payouts.fail(one("payout", n)),
            "payout cancelled": lambda n: world.payouts.cancel(one("payout", n)),
            "earn": world.connect.earn,
            "give back": lambda n: world.connect.give_back(one("application_fee", n), n // 3 + 1),
            "transfer": world.connect.transfer,
            "reverse": lambda n: world.connect.reverse(one("transfer", n), n // 3 + 1),
            "top up": world.connect.top_up,
            "topup arrives": lambda n: world.connect.topup_arrives(one("topup", n)),
            "topup returns": lambda n: world.connect.topup_returns(one("topup", n)),
            "wait": self.wait,
        }

    def balance_by_what_happened(self) -> int:
        """What is with Stripe, from the objects alone, not from the ledger's rows."""
        listed = self.world.account.listed
        total = self.adjusted
        for charge in listed("charge"):
            if charge["balance_transaction"]:
                total += charge["amount_captured"] if not charge["failure_balance_transaction"] else 0
                total -= fee_of(charge)
        for refund in listed("refund"):
            total -= refund["amount"] if refund["status"] == "succeeded" or at_the_bank(refund) else 0
        for dispute in listed("dispute"):
            total -= DISPUTE_FEE + (dispute["amount"] if dispute["status"] != "won" else 0)
        for payout in listed("payout"):
            if payout["status"] not in ("failed", "canceled"):
                total -= payout["amount"] + (instant_fee(payout["amount"]) if payout["method"] == "instant" else 0)
        total += sum(one["amount"] - one["amount_refunded"] for one in listed("application_fee"))
        total -= sum(one["amount"] - one["amount_reversed"] for one in listed("transfer"))
        total += sum(one["amount"] for one in listed("topup") if one["status"] == "succeeded")
        return int(total)


def at_the_bank(refund: dict[str, Any]) -> bool:
    return refund["status"] == "pending" and bool(refund["balance_transaction"])


def fee_of(charge: dict[str, Any]) -> int:
    """2.9 % and 30 of what was captured for a card, 0.8 % up to 500 of what was debited for a bank."""
    if charge["id"].startswith("ch_"):
        return rounded(charge["amount_captured"] * Decimal("0.029")) + 30
    return min(rounded(charge["amount"] * Decimal("0.008")), 500)


# Things to do something with come first and often.
OPERATIONS = [*sorted(Play().operations()), *(["charge", "bill", "pay", "credit", "refund", "wait", "pay out", "arrive"] * 3)]
STEPS = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(50, 30_000)), min_size=20, max_size=70)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_order_of_operations_makes_or_loses_money_and_a_refused_one_leaves_no_trace(steps: list[tuple[str, int]]) -> None:
    play = Play()
    operations = play.operations()
    for name, number in steps:
        before = play.world.account.size
        try:
            operations[name](number)
        except StripeRefuses:
            assert name == "bill" or play.world.account.size == before, f"{name} was refused half-way"
        except IndexError:
            assert name == "credit"
        play.world.prove()
        assert play.world.ledger.not_paid_out().get("usd", {"balance": 0})["balance"] == play.balance_by_what_happened()


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_what_an_invoice_shows_follows_from_its_payments_and_credit_notes(steps: list[tuple[str, int]]) -> None:
    play = Play()
    operations = play.operations()
    for name, number in steps:
        with contextlib.suppress(StripeRefuses, IndexError):
            operations[name](number)
    listed = play.world.account.listed
    for invoice in listed("invoice"):
        if invoice["status"] == "draft":
            continue
        paid = sum(one["amount_paid"] for one in listed("invoice_payment", "invoice", invoice["id"]) if one["status"] == "paid")
        notes = [one for one in listed("credit_note", "invoice", invoice["id"]) if one["status"] == "issued"]
        assert invoice["amount_paid"] == paid + invoice["amount_paid_off_stripe"]
        assert invoice["amount_remaining"] == invoice["amount_due"] + invoice["amount_overpaid"] - invoice["amount_paid"] >= 0
        assert invoice["pre_payment_credit_notes_amount"] == sum(one["pre_payment_amount"] for one in notes)
        assert invoice["post_payment_credit_notes_amount"] == sum(one["post_payment_amount"] for one in notes)
        used = invoice["ending_balance"] - invoice["starting_balance"]
        assert invoice["amount_due"] == invoice["total"] - used - invoice["pre_payment_credit_notes_amount"]
        assert (invoice["status"] == "paid") == (invoice["amount_remaining"] == 0)
    moves = listed("customer_balance_transaction", "customer", play.customer)
    assert play.world.get(play.customer)["balance"] == sum(one["amount"] for one in moves)


@needs_shared
@settings(max_examples=6, deadline=None)
@given(STEPS)
def test_whatever_is_done_every_object_and_event_looks_like_stripes(steps: list[tuple[str, int]]) -> None:
    play = Play()
    operations = play.operations()
    for name, number in steps:
        with contextlib.suppress(StripeRefuses, IndexError):
            operations[name](number)
    bodies = [event["data"]["object"] for event in play.world.events]
    kept = [play.world.get(body["id"]) for body in bodies if "id" in body]
    hidden = [
        one
        for kind in ("balance_transaction", "credit_note_line_item", "transfer_reversal", "fee_refund")
        for one in play.world.account.listed(kind)
    ]
    assert [complaint for found in (*bodies, *kept, *hidden) for complaint in complaints(found)] == []
