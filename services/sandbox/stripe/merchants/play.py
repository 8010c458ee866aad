"""A merchant's days: some with acts in any order, then calm ones in which everything that can clear does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.merchants import account_acts, bills, payments
from services.sandbox.stripe.merchants.family import EVERY, Family
from services.sandbox.stripe.merchants.merchant import Merchant
from services.sandbox.stripe.world import World

ACTS: tuple[tuple[Family, int, Callable[[Merchant], object]], ...] = (*payments.ACTS, *bills.ACTS, *account_acts.ACTS)
# A bank debit settles after four days, a card after two; then a payout takes two. The last calm day sees it arrive.
CALM_DAYS = 7
# Into the last days of a month, so that a flow crosses it; 0 stays where the world is.
FIRST_DAYS = (0, 0, 25, 57)


class Size(NamedTuple):
    """How many days with acts, and how many acts a day."""

    days: int
    acts: int


SIZES = {"small": Size(4, 4), "large": Size(21, 14)}
TRIES = 6
Weighed = tuple[int, Callable[[Merchant], object]]


def play_merchant(
    world: World,
    seed: int,
    size: Literal["small", "large"] = "small",
    currencies: Sequence[str] = ("usd", "eur", "gbp", "jpy", "kwd"),
    families: frozenset[Family] = EVERY,
) -> Iterator[date]:
    """Play day by day, yielding each day when it is over and the money is proven whole.

    The first currency is the account's own. At the end no payment, refund or payout is on its way; what is left is visible:
    a balance that nobody pays out, open invoices, undecided disputes."""
    m = Merchant(world, seed, families, currencies)
    m.set_pricing()
    acts = [(weight * m.random.choice((1, 2, 4, 8)), act) for family, weight, act in ACTS if family in m.families]
    day = world.now.date() + timedelta(days=m.random.choice(FIRST_DAYS))
    for number in range(SIZES[size].days + CALM_DAYS):
        today = day + timedelta(days=number)
        calm = number - SIZES[size].days
        morning(m, today, pays_out=calm < CALM_DAYS - 2)
        if calm < 0:
            _act(m, today, acts, SIZES[size].acts)
        else:
            clear(m)
        move_to(m, today, time(23, 59, 30))
        world.prove()
        yield today


def morning(m: Merchant, today: date, *, pays_out: bool) -> None:
    """Yesterday's asynchronous captures settle, payouts arrive, new ones leave."""
    move_to(m, today, time(0, 0, m.random.randrange(2)))
    world = m.world
    for charge in [one for one in world.account.listed("charge") if one["captured"] and not one["balance_transaction"]]:
        world.charges.settle(charge["id"])
    for payout in list(world.account.listed("payout")):
        _arrive(m, payout["id"])
    if pays_out:
        for currency in m.settles_in:
            _pay_out(m, currency)


def _arrive(m: Merchant, payout: str) -> None:
    found, payouts = m.world.account.of("payout", payout), m.world.payouts
    if found["status"] not in ("pending", "in_transit") or found["arrival_date"] > m.world.now.timestamp():
        return
    early = found["automatic"] and m.chance(0.2)
    if early:
        payouts.reconcile(payout)
    late = found["automatic"] and not early and m.chance(0.2)
    payouts.pay(payout, reconciled=not late)
    if late:
        payouts.reconcile(payout)


def _pay_out(m: Merchant, currency: str) -> None:
    payouts = m.world.payouts
    if m.by_hand:
        available = sum(row["net"] for row in m.world.ledger.available(currency))
        instant = m.chance(0.5)
        with suppress(StripeRefuses):
            payouts.request(m.part(available) if m.chance(0.5) else available * 98 // 100, currency, instant=instant)
    elif m.is_debited:
        payouts.settle_up(currency)
    elif (payout := payouts.create(currency)) and m.chance(0.5):
        payouts.send(payout)


def _act(m: Merchant, today: date, acts: Sequence[Weighed], times: int) -> None:
    """So many acts, each at a time of the day; now and then several in the same second."""
    for moment in sorted(m.random.randrange(10, 86_300) for _ in range(times)):
        m.world.account.tick = 0 if m.chance(0.15) else 1
        if m.world.account.tick:
            move_to(m, today, time(moment // 3600, moment // 60 % 60, moment % 60))
        something(m, acts)
    m.world.account.tick = 1


def something(m: Merchant, acts: Sequence[Weighed]) -> None:
    """One act that finds what it acts upon and that Stripe does not refuse, or none after a few tries."""
    before = m.world.account.size
    for act in m.random.choices([act for _, act in acts], [weight for weight, _ in acts], k=TRIES):
        with suppress(StripeRefuses):
            act(m)
        if m.world.account.size > before:
            return


def clear(m: Merchant) -> None:
    """Everything that waits for a bank or for the merchant comes to an end."""
    world = m.world
    for charge in list(world.account.listed("charge")):
        if charge["status"] == "pending":
            (world.delayed.clear if m.chance(0.8) else world.delayed.bounce)(charge["id"])
        elif payments.waits_for_capture(charge):
            with suppress(StripeRefuses):
                world.charges.capture(charge["id"], charge["amount"] * 3 // 4 if m.chance(0.5) else None)
            if not charge["captured"]:
                world.charges.capture(charge["id"])
    for refund in list(world.account.listed("refund")):
        if refund["status"] == "pending":
            world.refunds.succeed(refund["id"])
    for topup in list(world.account.listed("topup")):
        if topup["status"] == "pending":
            world.connect.topup_arrives(topup["id"])
    while m.on_hold:
        world.own_rows.book(*m.on_hold.pop())


def move_to(m: Merchant, day: date, moment: time) -> None:
    """Move the clock there, unless the work took longer."""
    m.world.advance_to(max(datetime.combine(day, moment, m.world.now.tzinfo), m.world.now))
