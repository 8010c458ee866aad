"""The acting rows of the event table as small scenarios: what the merchant does, stage by stage; the events of a stage are told after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from services.sandbox.stripe.invoices import Line
from services.sandbox.stripe.world import World

Stage = Callable[[World], object]


class Variant(StrEnum):
    """How the events of a scenario are told."""

    NEW = "new"
    REPEATED = "repeated"
    DISORDERED = "disordered"
    HALF_DONE = "half-done"


def buyer(w: World) -> str:
    return w.catalogue.customer("Ada Able", "ada@example.com")


def newest(w: World, kind: str) -> str:
    return str(w.account.listed(kind)[-1]["id"])


def sale(w: World) -> str:
    return w.charges.pay(1999, customer=buyer(w))


def bill(w: World) -> str:
    """Two lines of one price, final."""
    price = w.catalogue.price(w.catalogue.product("Things"), 435)
    made = w.invoices.create(buyer(w), [Line(price, 3), Line(price)])
    w.invoices.finalize(made)
    return made


def paid_bill(w: World) -> str:
    return w.invoices.pay(bill(w))


def payout(w: World) -> str:
    """A sale's and a refund's money on its way to the bank."""
    charge = sale(w)
    w.refunds.refund(charge, 29)
    w.advance_to(w.now + timedelta(days=3))
    made = w.payouts.create()
    assert made
    return made


def disputed(w: World) -> str:
    return w.disputes.open(newest(w, "charge"), 115)


def paid_out(w: World) -> None:
    found = newest(w, "payout")
    w.advance_to(w.now + timedelta(days=2))
    w.payouts.pay(found)


ROWS: Mapping[str, Sequence[Stage]] = {
    "charge.captured": (lambda w: w.charges.authorize(8870, customer=buyer(w)), lambda w: w.charges.capture(newest(w, "charge"), 887)),
    "charge.failed": (
        lambda w: w.delayed.begin(10_000, customer=buyer(w)),
        lambda w: w.delayed.bounce(newest(w, "charge")),
    ),
    "charge.refunded": (sale, lambda w: w.refunds.refund(newest(w, "charge"), 29)),
    "charge.refunded of an invoice": (paid_bill, lambda w: w.refunds.refund(newest(w, "charge"), 115)),
    "charge.succeeded": (sale,),
    "charge.succeeded of an invoice": (paid_bill,),
    "charge.updated": (
        lambda w: w.charges.pay(1999, customer=buyer(w), balance_later=True),
        lambda w: w.charges.settle(newest(w, "charge")),
    ),
    "charge.dispute.created": (sale, disputed),
    "charge.dispute.funds_withdrawn": (paid_bill, disputed),
    "charge.dispute.updated": (sale, disputed, lambda w: w.disputes.answer(newest(w, "dispute"), "It was delivered.")),
    "customer.created": (buyer,),
    "invoice.payment_succeeded": (bill, lambda w: w.invoices.pay(newest(w, "invoice"))),
    "invoice.payment_failed": (lambda w: w.invoices.fail_payment(bill(w)),),
    "invoice.updated": (bill, lambda w: w.invoices.void(newest(w, "invoice"))),
    "price.created": (lambda w: w.catalogue.price(w.catalogue.product("Things"), 1999),),
    "payout.created": (payout,),
    "payout.failed": (payout, paid_out, lambda w: w.payouts.fail(newest(w, "payout"))),
    "payout.paid": (payout, paid_out),
    "payout.updated": (payout, paid_out, lambda w: w.payouts.trace(newest(w, "payout"))),
}
"""By the row that a scenario is for; the rows that its earlier stages need are in it too."""
