"""What Stripe, the card networks and a platform keep of a payment: by default Stripe's US list price for cards."""

from __future__ import annotations

from dataclasses import dataclass

from services.sandbox.stripe.exchange import Settled
from services.sandbox.stripe.ledger import Fee

PROCESSING = "Stripe processing fees"


def processing_fee(amount: int) -> int:
    """2.9 % and 30 minor units, half up: Stripe's US list price for cards."""
    return (amount * 29 + 500) // 1000 + 30


@dataclass(frozen=True, slots=True)
class Pricing:
    """`interchange_plus`: Stripe passes the networks' costs through and adds 0.4 %. `conversion_per_mille` is added where money
    is exchanged. `tax_percent` is on Stripe's own fees. `application`: the platform whose fee comes off, `application_per_mille` of it."""

    interchange_plus: bool = False
    conversion_per_mille: int = 10
    tax_percent: int = 0
    application: str | None = None
    application_per_mille: int = 0

    def fees(self, money: Settled) -> tuple[Fee, ...]:
        """In the settlement currency."""
        stripes = self._stripes(money)
        fees = [*stripes]
        if self.interchange_plus:
            fees.append(Fee(_per_mille(money.amount, 17) + 10, "Interchange and network fees", "payment_method_passthrough_fee"))
        if self.tax_percent:
            fees.append(Fee(_per_mille(sum(fee.amount for fee in stripes), 10 * self.tax_percent), "VAT", "tax"))
        if self.application:
            fee = _per_mille(money.amount, self.application_per_mille)
            fees.append(Fee(fee, "Application fee", "application_fee", self.application))
        return tuple(fee for fee in fees if fee.amount)

    def _stripes(self, money: Settled) -> list[Fee]:
        own = _per_mille(money.amount, 4) + 10 if self.interchange_plus else processing_fee(money.amount)
        fees = [Fee(own, PROCESSING)]
        if money.rate is not None:
            fees.append(Fee(_per_mille(money.amount, self.conversion_per_mille), "Stripe currency conversion fee"))
        return fees


def _per_mille(amount: int, parts: int) -> int:
    return (amount * parts + 500) // 1000
