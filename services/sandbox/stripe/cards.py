"""Stripe's test cards by their names, `pm_card_visa` and `tok_visa`: https://docs.stripe.com/testing"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.sandbox.stripe.shapes.payments import Decline

_GENERIC = Decline()


@dataclass(frozen=True, slots=True)
class Card:
    """What becomes of a payment by it; without anything said, it succeeds and settles as usual."""

    last4: str = "4242"
    brand: str = "visa"
    decline: Decline | None = None
    available_at_once: bool = False
    asks_the_buyer: bool = False
    dispute: Literal["", "inquiry", "fraudulent", "product_not_received"] = ""


CARDS = {
    "visa": Card(),
    "visa_debit": Card("5556"),
    "mastercard": Card("4444", "mastercard"),
    "amex": Card("0005", "amex"),
    "bypassPending": Card("0077", available_at_once=True),
    "chargeDeclined": Card("0002", decline=_GENERIC),
    "visa_chargeDeclined": Card("0002", decline=_GENERIC),
    "chargeCustomerFail": Card("0341", decline=_GENERIC),
    "visa_chargeDeclinedInsufficientFunds": Card(
        "9995", decline=Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
    ),
    "chargeDeclinedExpiredCard": Card("0069", decline=Decline("expired_card", "expired_card", "Your card has expired.")),
    "createDispute": Card("0259", dispute="fraudulent"),
    "createDisputeProductNotReceived": Card("2685", dispute="product_not_received"),
    "createDisputeInquiry": Card("1976", dispute="inquiry"),
    "authenticationRequired": Card("3184", asks_the_buyer=True),
    "threeDSecure2Required": Card("3220", asks_the_buyer=True),
}
