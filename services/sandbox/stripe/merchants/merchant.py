"""One merchant: what he sells, how his account is set up, and how he picks what to do next. Few of everything, so that things collide."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal

from services.sandbox.stripe.charges import LARGEST_CHARGE, THREE_DECIMALS
from services.sandbox.stripe.merchants.family import Family, with_needs
from services.sandbox.stripe.pricing import Pricing
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World

# Amounts that binary fractions and careless rounding get wrong, Stripe's smallest charge, and sums that meet again.
AWKWARD = (115, 435, 887, 1999, 50, 333, 3333, 9999, 10_000, 101)
NAMES = ("Ada Able", "Ben Berg", "Zoë O'Neil-García", "Li", "Müller & Söhne GmbH")


class Merchant:
    """Everything he does is chosen by `random`; the same seed and families choose the same."""

    def __init__(self, world: World, seed: int, families: frozenset[Family], currencies: Sequence[str]) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.families = with_needs(families)
        self.currencies = tuple(currencies) if Family.CURRENCIES in families else tuple(currencies[:1])
        self.settles_in = self._settlement()
        self.by_hand = Family.MANUAL_PAYOUTS in families and self.random.random() < 0.3
        self.is_debited = Family.DEBTS in families and self.random.random() < 0.5
        self.on_hold: list[tuple[str, int, str]] = []
        self.customers: dict[str, list[str]] = {currency: [] for currency in self.currencies}
        self._prices: dict[tuple[str, bool], list[str]] = {}
        self.product = world.catalogue.product("Things")
        self.coupons: list[str] = []
        self.rates: list[str] = []

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def currency(self) -> str:
        return self.random.choice(self.currencies)

    def amount(self, currency: str = "usd") -> int:
        """Mostly awkward, seldom the largest; a currency of three decimals has a zero at the end."""
        picked = self.random.choice(AWKWARD) if self.chance(0.7) else self.random.randint(50, 50_000)
        if self.chance(0.01):
            return LARGEST_CHARGE // 10 * 10
        return picked * 10 if currency in THREE_DECIMALS else picked

    def part(self, of: int, currency: str = "usd") -> int:
        """Of an amount: a unit, a third, all but a unit, anything; never nothing. Three decimals end in a zero here too."""
        unit = 10 if currency in THREE_DECIMALS else 1
        units = of // unit
        return unit * max(1, min(units, self.random.choice((1, units // 3, units // 2, units - 1, self.random.randint(1, max(units, 1))))))

    def customer(self, currency: str) -> str:
        """One of at most three per currency; Stripe's customers keep to the currency of their first invoice."""
        living = [one for one in self.customers[currency] if not self.world.account.of("customer", one).get("deleted")]
        if living and (len(living) >= 3 or self.chance(0.5)):
            return self.random.choice(living)
        name = self.random.choice(NAMES)
        at = sum(map(len, self.customers.values()))
        address = {"city": "Kuala Lumpur", "country": "MY", "line1": "1 Jalan", "line2": None, "postal_code": "50000", "state": None}
        made = self.world.catalogue.customer(name, f"buyer.{at % 3}@example.com", address=address if self.chance(0.5) else None)
        self.customers[currency].append(made)
        return made

    def price(self, currency: str, *, recurring: bool = False) -> str:
        """One of two per currency and kind."""
        made = self._prices.setdefault((currency, recurring), [])
        if len(made) < 2 and (not made or self.chance(0.5)):
            amount = self.amount(currency)
            made.append(self.world.catalogue.price(self.product, amount, currency, interval="week" if recurring else None))
        return self.random.choice(made)

    def coupon(self) -> str:
        if len(self.coupons) < 3:
            percent = self.random.choice(("15", "33.3", "50", "100"))
            self.coupons.append(self.world.catalogue.coupon(f"{percent} % off", percent_off=Decimal(percent)))
        return self.random.choice(self.coupons)

    def rate(self) -> str:
        if len(self.rates) < 3:
            inclusive = self.chance(0.4)
            percent = self.random.choice(("8.25", "20", "7.7", "0"))
            self.rates.append(self.world.catalogue.tax_rate("VAT" if inclusive else "Sales tax", Decimal(percent), inclusive=inclusive))
        return self.random.choice(self.rates)

    def one(self, kind: str, fits: Callable[[Json], bool] = lambda _: True) -> str | None:
        """Any object of a kind that fits."""
        found = [each["id"] for each in self.world.account.listed(kind) if fits(each)]
        return self.random.choice(found) if found else None

    def set_pricing(self) -> None:
        """What Stripe keeps of the charges to come."""
        fees, connect = Family.FEES in self.families, Family.CONNECT in self.families
        self.world.charges.pricing = Pricing(
            interchange_plus=fees and self.chance(0.3),
            tax_percent=20 if fees and self.chance(0.2) else 0,
            application="ca_sandboxplatform" if connect and self.chance(0.2) else None,
            application_per_mille=25,
        )

    def _settlement(self) -> tuple[str, ...]:
        """Bank accounts in the first currency alone, or in some of the others too."""
        others = [currency for currency in self.currencies[1:] if self.chance(0.4)]
        settles_in = (self.currencies[0], *others)
        self.world.exchange.settle_only(*settles_in)
        return settles_in
