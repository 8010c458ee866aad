"""Payments: intents, payment methods, captures, refunds, disputes."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.form import Form
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes.write import Write

Keys = Mapping[str, str]


def create_intent(world: World, _: Keys, form: Form) -> Json:
    _only_cards(form)
    intent = world.intents.create(
        form.amount(),
        form.needed("currency").lower(),
        customer=form.text("customer"),
        description=form.text("description"),
        metadata=form.texts("metadata"),
        method=form.text("payment_method"),
        manual=_manual(form),
    )
    if form.flag("confirm"):
        world.intents.confirm(intent)
    return world.account.of("payment_intent", intent)


def confirm_intent(world: World, keys: Keys, form: Form) -> Json:
    world.intents.confirm(keys["id"], form.text("payment_method"))
    return world.account.of("payment_intent", keys["id"])


def capture_intent(world: World, keys: Keys, form: Form) -> Json:
    world.intents.capture(keys["id"], form.whole("amount_to_capture"))
    return world.account.of("payment_intent", keys["id"])


def cancel_intent(world: World, keys: Keys, form: Form) -> Json:
    world.intents.cancel(keys["id"], form.text("cancellation_reason"))
    return world.account.of("payment_intent", keys["id"])


def capture_charge(world: World, keys: Keys, form: Form) -> Json:
    world.charges.capture(keys["id"], form.whole("amount"))
    return world.account.of("charge", keys["id"])


def create_method(world: World, _: Keys, form: Form) -> Json:
    token = form.inner("card").text("token")
    if form.needed("type") != "card" or token is None:
        raise StripeRefuses(
            "parameter_invalid", "The sandbox makes payment methods of cards by their test tokens: type=card, card[token]=tok_visa."
        )
    return world.account.of("payment_method", world.methods.take(token))


def attach_method(world: World, keys: Keys, form: Form) -> Json:
    return world.account.of("payment_method", world.methods.attach(keys["id"], form.needed("customer")))


def detach_method(world: World, keys: Keys, _: Form) -> Json:
    return world.account.of("payment_method", world.methods.detach(keys["id"]))


def create_refund(world: World, _: Keys, form: Form) -> Json:
    charge, intent = form.text("charge"), form.text("payment_intent")
    if intent and not charge:
        charge = world.account.of("payment_intent", intent)["latest_charge"]
    if not charge:
        raise StripeRefuses("parameter_missing", "One of the following params should be provided: charge, payment_intent.")
    refund = world.refunds.refund(charge, form.whole("amount"), reason=form.text("reason"), metadata=form.texts("metadata"))
    return world.account.of("refund", refund)


def cancel_refund(world: World, keys: Keys, _: Form) -> Json:
    world.refunds.cancel(keys["id"])
    return world.account.of("refund", keys["id"])


def close_dispute(world: World, keys: Keys, _: Form) -> Json:
    """The merchant accepts it: lost."""
    world.disputes.close(keys["id"], won=False)
    return world.account.of("dispute", keys["id"])


def _manual(form: Form) -> bool:
    method = form.text("capture_method") or "automatic_async"
    if method not in ("automatic", "automatic_async", "manual"):
        raise StripeRefuses("parameter_invalid", f"Invalid capture_method: must be one of automatic, automatic_async, or manual: {method}")
    return method == "manual"


def _only_cards(form: Form) -> None:
    """`payment_method_types` left the newest version; who names no version, as the Stripe CLI, may still send it."""
    if other := sorted({*form.list("payment_method_types")} - {"card"}):
        raise StripeRefuses("payment_intent_invalid_parameter", f"The sandbox's intents are paid by cards alone, not by {other[0]}.")


WRITES: Mapping[tuple[str, str], Write] = {
    ("POST", "/v1/payment_intents"): Write(
        create_intent,
        "amount automatic_payment_methods capture_method confirm confirmation_method currency customer description metadata off_session "
        "payment_method payment_method_types return_url setup_future_usage shipping",
    ),
    ("POST", "/v1/payment_intents/{id}/confirm"): Write(confirm_intent, "off_session payment_method return_url"),
    ("POST", "/v1/payment_intents/{id}/capture"): Write(capture_intent, "amount_to_capture"),
    ("POST", "/v1/payment_intents/{id}/cancel"): Write(cancel_intent, "cancellation_reason"),
    ("POST", "/v1/charges/{id}/capture"): Write(capture_charge, "amount"),
    ("POST", "/v1/payment_methods"): Write(create_method, "billing_details card metadata type"),
    ("POST", "/v1/payment_methods/{id}/attach"): Write(attach_method, "customer"),
    ("POST", "/v1/payment_methods/{id}/detach"): Write(detach_method),
    ("POST", "/v1/refunds"): Write(create_refund, "amount charge metadata payment_intent reason"),
    ("POST", "/v1/refunds/{id}/cancel"): Write(cancel_refund),
    ("POST", "/v1/disputes/{id}/close"): Write(close_dispute),
}
