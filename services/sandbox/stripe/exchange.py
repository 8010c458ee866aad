"""In which currency money settles, and the rate of the day when that is another one than the customer paid in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from services.sandbox.stripe.account import Account
from services.sandbox.stripe.shapes.ledger import rounded

DAY = 86_400
# What one minor unit is worth in minor units of usd, about: yen have no decimals, dinars three.
IN_USD = {"usd": "1", "eur": "1.0843", "gbp": "1.2718", "jpy": "0.6641", "kwd": "0.32553", "cad": "0.7214"}
MOST_PER_MILLE = 15


@dataclass(frozen=True, slots=True)
class Settled:
    """An amount in the currency of the balance; `rate` is None where nothing was exchanged."""

    amount: int
    currency: str
    rate: Decimal | None


class Exchange:
    """Every currency settles in itself until `settle_only` names those the merchant has bank accounts for."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._only: tuple[str, ...] = ()

    def settle_only(self, *currencies: str) -> None:
        """Settle in these; any other currency is exchanged into the first of them."""
        self._only = currencies

    def settled(self, amount: int, currency: str) -> Settled:
        """Converted at the rate of the day, half up to a minor unit.

        `amount × exchange_rate` is the settled amount, both in minor units, as Stripe's reference words it. How it scales the
        rate between currencies of different exponents is not documented further: nobody should compute with it."""
        if not self._only or currency in self._only:
            return Settled(amount, currency, None)
        rate = self.rate(currency, self._only[0])
        return Settled(rounded(amount * rate), self._only[0], rate)

    def rate(self, currency: str, into: str) -> Decimal:
        """Five or six decimals; it moves by up to 1.5 % from day to day, the same way every time."""
        today = self.account.now // DAY
        digest = hashlib.sha256(f"{currency}/{into}/{today}".encode()).digest()
        moved = int.from_bytes(digest[:2], "big") % (2 * MOST_PER_MILLE + 1) - MOST_PER_MILLE
        base = Decimal(IN_USD.get(currency, "1")) / Decimal(IN_USD.get(into, "1"))
        return (base * (1000 + moved) / 1000).quantize(Decimal("0.00001"))
