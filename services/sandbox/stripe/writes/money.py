"""Money between Stripe's balance and the outside: payouts, top-ups, transfers to connected accounts."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.form import Form
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes.write import Write

Keys = Mapping[str, str]


def create_payout(world: World, _: Keys, form: Form) -> Json:
    """By hand. An instant one is in the bank at once; any other waits for `pay`, as time does not pass by itself here."""
    instant = form.text("method") == "instant"
    payout = world.payouts.request(
        form.amount(),
        form.needed("currency").lower(),
        instant=instant,
        description=form.text("description"),
        metadata=form.texts("metadata"),
    )
    if instant:
        world.payouts.pay(payout)
    return world.account.of("payout", payout)


def cancel_payout(world: World, keys: Keys, _: Form) -> Json:
    world.payouts.cancel(keys["id"])
    return world.account.of("payout", keys["id"])


def create_topup(world: World, _: Keys, form: Form) -> Json:
    """Arrives at once, as Stripe's test mode has it."""
    topup = world.connect.top_up(
        form.amount(), form.needed("currency").lower(), description=form.text("description"), metadata=form.texts("metadata")
    )
    world.connect.topup_arrives(topup)
    return world.account.of("topup", topup)


def create_account(world: World, _: Keys, form: Form) -> Json:
    """Nothing of it matters here but its id."""
    form.text("type")
    return world.account.of("account", world.connect.connect())


def create_transfer(world: World, _: Keys, form: Form) -> Json:
    to = form.needed("destination")
    world.account.of("account", to)
    transfer = world.connect.transfer(form.amount(), form.needed("currency").lower(), to=to, description=form.text("description"))
    return world.account.of("transfer", transfer)


def reverse_transfer(world: World, keys: Keys, form: Form) -> Json:
    found = world.account.of("transfer", keys["id"])
    left = found["amount"] - found["amount_reversed"]
    amount = form.whole("amount")
    return world.account.of("transfer_reversal", world.connect.reverse(keys["id"], left if amount is None else amount))


WRITES: Mapping[tuple[str, str], Write] = {
    ("POST", "/v1/payouts"): Write(create_payout, "amount currency description metadata method"),
    ("POST", "/v1/payouts/{id}/cancel"): Write(cancel_payout),
    ("POST", "/v1/topups"): Write(create_topup, "amount currency description metadata"),
    ("POST", "/v1/accounts"): Write(create_account, "type"),
    ("POST", "/v1/transfers"): Write(create_transfer, "amount currency description destination"),
    ("POST", "/v1/transfers/{id}/reversals"): Write(reverse_transfer, "amount"),
}
